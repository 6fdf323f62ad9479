"""Picking people: by name one by one, or many at once from a pasted list. With and without script."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from engagement.people.access import is_key
from engagement.people.lists import MOST_LISTED, Wrong, read_list, written_list
from engagement.people.models import Person, PersonQuerySet
from engagement.people.queries import placed_options
from engagement.people.tree import Tree

# More are kept as a list: a page of a thousand chips helps nobody.
MOST_CHIPS = 60
MOST_WRONG_SHOWN = 20
# A name and an address for each of them.
LONGEST_LIST = 100 * MOST_LISTED
LONGEST_NAME = 400


class Sent(NamedTuple):
    """What a page sends: ids of those picked, a name that was typed and not picked, and a list."""

    keys: Sequence[str] = ()
    typed: str = ""
    pasted: str = ""


class PeopleWidget(forms.Widget):
    """A type-ahead with chips, and a text field for many. Draws `people/picker.html`."""

    template_name = "people/picker.html"
    use_fieldset = True

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs)
        self.among: PersonQuerySet | None = None
        self.tree: Tree | None = None
        self.viewer: Person | None = None
        self.options_url = self.list_url = ""
        self.wrong: Sequence[Wrong] = ()

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> Sent:
        keys = data.getlist(name) if hasattr(data, "getlist") else data.get(name, ())
        return Sent(
            tuple(dict.fromkeys(keys)), data.get(f"{name}_text", ""), data.get(f"{name}_list", "")
        )

    def value_omitted_from_data(self, data: Mapping[str, Any], files: Any, name: str) -> bool:
        return False

    def id_for_label(self, id_: str) -> str:
        return f"{id_}_list" if self.wrong else id_

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        sent = value if isinstance(value, Sent) else self._as_sent(value or ())
        chips = self._chips(sent.keys[:MOST_LISTED])
        context["widget"] |= {
            "chips": chips,
            "chosen_json": json.dumps(chips, ensure_ascii=False),
            "typed": sent.typed,
            "pasted": sent.pasted,
            "wrong": _first(self.wrong),
            "options_url": self.options_url,
            "list_url": self.list_url,
            "most": MOST_CHIPS,
        }
        return context

    def _as_sent(self, people: Sequence[Person]) -> Sent:
        if len(people) <= MOST_CHIPS:
            return Sent(keys=[one.key for one in people])
        assert self.viewer is not None
        return Sent(pasted=written_list(people, viewer=self.viewer))

    def _chips(self, keys: Sequence[str]) -> list[dict[str, str | int]]:
        if not keys or self.among is None or self.tree is None:
            return []
        found = {one.key: one for one in find_picked(keys, among=self.among)}
        options = placed_options([found[key] for key in keys if key in found], tree=self.tree)
        return [option.as_dict() for option in options]


def find_picked(keys: Sequence[str], *, among: PersonQuerySet) -> list[Person]:
    """Those of ``among`` with these public ids, in their order. One query."""
    rows = among.filter(key__in=[key for key in keys if is_key(key)])
    found = {one.key: one for one in rows}
    return [found[key] for key in keys if key in found]


class PeopleField(forms.Field):
    """People by their ids, by a name typed in full, and by a list. Cleans to those meant, each once.

    Whoever uses it calls `offer` first. What is wrong with a list stands at its lines.
    """

    widget: Any = PeopleWidget

    def offer(
        self, among: PersonQuerySet, *, viewer: Person, tree: Tree, options_url: str, list_url: str
    ) -> None:
        """``among``, read with `placed_people` on the day of ``tree``, are those whom ``viewer`` can
        pick; the addresses answer what is typed, and what is pasted (see `answer_list`)."""
        self.among = self.widget.among = among
        self.viewer = self.widget.viewer = viewer
        self.widget.tree = tree
        self.widget.options_url, self.widget.list_url = options_url, list_url

    def clean(self, value: Sent) -> list[Person]:
        if len(value.typed) > LONGEST_NAME:
            raise ValidationError(_name_too_long())
        if len(value.pasted) > LONGEST_LIST:
            raise ValidationError(_too_long())
        picked = find_picked(value.keys[: MOST_LISTED + 1], among=self.among)
        typed = read_list(value.typed, among=self.among, viewer=self.viewer)
        pasted = read_list(value.pasted, among=self.among, viewer=self.viewer)
        self.widget.wrong = pasted.wrong
        problems = [
            ValidationError(_("“%(text)s”: %(why)s") % {"text": one.text, "why": one.why})
            for one in typed.wrong
        ]
        if pasted.wrong:
            problems.append(ValidationError(lines_in_words(len(pasted.wrong))))
        if gone := len(value.keys) - len(picked):
            problems.append(ValidationError(_gone_in_words(gone)))
        if problems:
            raise ValidationError(problems)
        everybody = [*picked, *typed.people, *pasted.people]
        if self.required and not everybody:
            raise ValidationError(self.error_messages["required"], code="required")
        return list({one.pk: one for one in everybody}.values())


def lines_in_words(count: int) -> str:
    return ngettext(
        "%(count)d line of the list is not understood.",
        "%(count)d lines of the list are not understood.",
        count,
    ) % {"count": count}


def _gone_in_words(count: int) -> str:
    return ngettext(
        "%(count)d person you picked cannot be chosen any more, and is taken out.",
        "%(count)d people you picked cannot be chosen any more, and are taken out.",
        count,
    ) % {"count": count}


def answer_list(text: str, *, among: PersonQuerySet, viewer: Person, tree: Tree) -> dict[str, Any]:
    """What a pasted list came to, for the script of the picker: ``options`` as in type-aheads, what is
    ``wrong`` line by line, the lines that are ``left`` to mend and what is wrong with those
    (``left_wrong``), and what to say (``told``)."""
    if len(text) > LONGEST_LIST:
        return {"options": [], "wrong": [], "left": text, "left_wrong": [], "told": _too_long()}
    listed = read_list(text, among=among, viewer=viewer)
    options = placed_options(listed.people, tree=tree)
    found = ngettext("Found %(count)d person.", "Found %(count)d people.", len(options))
    told = [found % {"count": len(options)}]
    if listed.wrong:
        told.append(lines_in_words(len(listed.wrong)))
    return {
        "options": [option.as_dict() for option in options],
        "wrong": _first(listed.wrong),
        "left": listed.left,
        "left_wrong": _first(counted_anew(listed.wrong)),
        "told": " ".join(told),
    }


def counted_anew(wrong: Sequence[Wrong]) -> list[Wrong]:
    """The same with the lines counted as if those without anything wrong were gone."""
    places = {line: place for place, line in enumerate(sorted({one.line for one in wrong}), 1)}
    return [one._replace(line=places[one.line]) for one in wrong]


def _first(wrong: Sequence[Wrong]) -> list[str]:
    told = [str(one) for one in wrong[:MOST_WRONG_SHOWN]]
    if (more := len(wrong) - MOST_WRONG_SHOWN) > 0:
        told.append(_("And %(count)d more.") % {"count": more})
    return told


def _too_long() -> str:
    return _("The list is too long. At most %(most)d people.") % {"most": MOST_LISTED}


def _name_too_long() -> str:
    return _("The name is too long: at most %(most)d characters. Paste many people as a list.") % {
        "most": LONGEST_NAME
    }
