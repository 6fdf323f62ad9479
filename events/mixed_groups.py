"""The part of a competition's page on which a planner says who is in each mixed group."""

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from engagement.people.access import visible_people
from engagement.people.lists import written_list
from engagement.people.models import Person
from engagement.people.queries import placed_people
from events.access.planning import Reach
from events.competition_facts import CompetitionFacts, GroupFacts
from events.models import GROUP_NAME_LENGTH
from events.palette import MOST_GROUPS
from events.queries.listed_groups import Line, Wrong, count_lines, read_lists

# As many as a program may send for a group; a line is at most the longest address with a name.
MOST_IN_A_GROUP = 1000
LONGEST_LIST = 400 * MOST_IN_A_GROUP
USUAL_ROWS = 3
MOST_WRONG_SHOWN = 20
MOST_GONE_SHOWN = 20
ROWS = range(MOST_GROUPS)
FIELDS = tuple(f"group_{what}_{row}" for row in ROWS for what in ("name", "people"))


def add_fields(fields: dict[str, forms.Field]) -> None:
    """A name and a list for as many groups as there may be; none must be filled."""
    for row in ROWS:
        number = {"number": row + 1}
        fields[f"group_name_{row}"] = forms.CharField(
            label=_("Group %(number)d") % number, required=False, max_length=GROUP_NAME_LENGTH
        )
        fields[f"group_people_{row}"] = forms.CharField(
            label=_("Who is in group %(number)d?") % number,
            required=False,
            max_length=LONGEST_LIST,
            strip=False,
            widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false", "autocomplete": "off"}),
        )


def proposed(
    now: CompetitionFacts | None,
    names: Sequence[str],
    *,
    reach: Reach,
    viewer: Person,
    day: dt.date,
) -> dict[str, str]:
    """What stands in those fields: the groups as they are, or only ``names``. Nobody beyond ``reach``:
    whoever made a competition may still change its words when their role has ended."""
    groups = now.groups if now else [GroupFacts(name) for name in names]
    near = _near([person for group in groups for person in group.members], reach=reach, day=day)
    lists = [[one for one in group.members if one.pk in near] for group in groups]
    found: dict[str, str] = {}
    for row, (group, members) in enumerate(zip(groups, lists, strict=True)):
        found[f"group_name_{row}"] = group.called
        found[f"group_people_{row}"] = written_list(members, viewer=viewer)
    return found


def gone(now: CompetitionFacts | None, *, reach: Reach, day: dt.date) -> list[str]:
    """The names of those who are in a group and not on the lists of `proposed`, as they have moved
    beyond ``reach``. Whoever has left is not named, nor is anybody to those who plan for nobody."""
    if now is None or not (reach.is_everywhere or reach.units):
        return []
    members = [person for group in now.groups for person in group.members]
    near = _near(members, reach=reach, day=day)
    away = visible_people(day).filter(pk__in={one.pk for one in members} - near)
    names = [one.name for one in away.order_by("sort_name", "pk")]
    shown = names[:MOST_GONE_SHOWN]
    if more := len(names) - len(shown):
        told = ngettext("and %(count)d more", "and %(count)d more", more)
        shown.append(told % {"count": more})
    return shown


def _near(people: Sequence[Person], *, reach: Reach, day: dt.date) -> set[int]:
    if not people:
        return set()
    placed = placed_people(day).filter(pk__in=[one.pk for one in people])
    units = dict(placed.values_list("pk", "unit_id"))  # type: ignore[misc] # annotated
    return {pk for pk, unit in units.items() if reach.is_everywhere or unit in reach.units}


def rows_of(form: forms.Form) -> tuple[list[Any], list[Any]]:
    """Pairs of fields: those that are shown, and those that are folded away, which are empty."""
    pairs = [(form[f"group_name_{row}"], form[f"group_people_{row}"]) for row in ROWS]
    used = [row for row in ROWS if any(box.value() or box.errors for box in pairs[row])]
    shown = min(max(USUAL_ROWS, used[-1] + 1 if used else 0), MOST_GROUPS)
    return pairs[:shown], pairs[shown:]


def read(
    cleaned: dict[str, Any],
    *,
    reach: Reach,
    viewer: Person,
    day: dt.date,
    refuse: Callable[[str, list[str]], None],
) -> list[GroupFacts]:
    """The groups that are filled in. ``refuse`` is told of each field that is wrong, line by line."""
    used = [
        row for row in ROWS
        if cleaned.get(f"group_name_{row}") or cleaned.get(f"group_people_{row}", "").strip()
    ]  # fmt: skip
    names = [cleaned.get(f"group_name_{row}", "") for row in used]
    texts = [cleaned.get(f"group_people_{row}", "") for row in used]
    is_long = [count_lines(text) > MOST_IN_A_GROUP for text in texts]
    texts = ["" if long else text for long, text in zip(is_long, texts, strict=True)]
    found = read_lists(texts, reach=reach, viewer=viewer, day=day)
    groups = []
    for row, name, lines, long in zip(used, names, found, is_long, strict=True):
        if not name:
            refuse(f"group_name_{row}", [_("Give the group a name.")])
        field = f"group_people_{row}"
        if long:
            why = _("At most %(most)d people in a group.") % {"most": MOST_IN_A_GROUP}
            refuse(field, [why])
        elif problems := _problems(lines, names):
            refuse(field, problems)
        groups.append(GroupFacts(name, members=_members(lines)))
    return groups


def _members(lines: Sequence[Line]) -> list[Person]:
    return [line.person for line in lines if line.person and line.wrong is None]


def _problems(lines: Sequence[Line], names: Sequence[str]) -> list[str]:
    if not lines:
        return [_("Write who is in it, one on each line, or take the name out.")]
    wrong = [line for line in lines if line.wrong]
    told = [_in_words(line, names) for line in wrong[:MOST_WRONG_SHOWN]]
    if (more := len(wrong) - MOST_WRONG_SHOWN) > 0:
        told.append(_("And %(count)d more.") % {"count": more})
    return told


WORDS = {
    Wrong.UNKNOWN: gettext_lazy(
        "Line %(number)d, “%(text)s”: nobody here. Look for a slip of the pen."
    ),
    Wrong.SEVERAL: gettext_lazy(
        "Line %(number)d, “%(text)s”: several are called this. Write a number or an e-mail address."
    ),
    Wrong.TOGETHER: gettext_lazy(
        "Line %(number)d, “%(text)s”: more than one person. Write one on each line."
    ),
    Wrong.MISNAMED: gettext_lazy(
        "Line %(number)d, “%(text)s”: the name does not belong to what stands beside it."
    ),
    Wrong.OUTSIDE: gettext_lazy(
        "Line %(number)d, “%(text)s”: not one of those you plan for. Take the line out."
    ),
    Wrong.LEFT: gettext_lazy("Line %(number)d, “%(text)s”: has left. Take the line out."),
    Wrong.TWICE: gettext_lazy(
        "Line %(number)d, “%(text)s”: stands on line %(other)d already. Take one of them out."
    ),
    Wrong.ELSEWHERE: gettext_lazy(
        "Line %(number)d, “%(text)s”: is in %(group)s already. Choose one of the groups."
    ),
}


def _in_words(line: Line, names: Sequence[str]) -> str:
    assert line.wrong is not None
    group = ""
    if line.wrong == Wrong.ELSEWHERE:
        group = names[line.other] or _("a group above")
    facts = {
        "number": line.number,
        "text": line.text[:60],
        "other": line.other,
        "group": group,
    }
    return str(WORDS[line.wrong]) % facts
