"""An instrument written in the browser, or sent as a file. Each form's last line calls an action."""

import copy
import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.forms.utils import ErrorDict
from django.http import QueryDict
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from engagement.people.models import Person
from surveys import actions
from surveys.actions.instruments import MOST_FILE_BYTES, PROBLEM_WORDS
from surveys.forms import add_refusal
from surveys.instrument_parts import (
    TOKEN,
    OwnScale,
    OwnTheme,
    Row,
    free_part,
    lasting_keys,
    one_line,
    sent_row,
    sent_scales,
    sent_themes,
    sent_tokens,
)
from surveys.instruments import BadInstrument, parse
from surveys.instruments.parse import (
    LONGEST,
    MISSING,
    MOST_DRIVERS,
    MOST_ITEMS,
    MOST_SCALES,
    REVERSAL,
    Problem,
)
from surveys.models import Instrument, InstrumentVersion
from surveys.queries.instruments import (
    FACTOR_NAMES,
    free_key,
    item_numbers,
    known_drivers,
    known_scales,
)

# What stands for "no scale" in the choice of scales: no scale's key has a hyphen.
OPEN = "-"
OWN_RIGHTS = {"nb": "Våre egne ord.", "en": "Our own words."}
ORDER = re.compile(r"(up|down|drop):([0-9]{1,6})")
PLACE = re.compile(r"items\[(\d+)\]\.(text\.nb|text\.en|\w+)")
# Which field of the page each place of the document is.
FIELDS = {
    "title.nb": "title_nb", "title.en": "title_en", "intro.nb": "intro_nb", "intro.en": "intro_en",
    "source": "source", "rights.nb": "rights_nb", "rights.en": "rights_en",
    "scoring": "min_answered", "scoring.min_answered": "min_answered",
}  # fmt: skip
PART_NEEDS = {
    "drivers": gettext_lazy("The theme needs a name of up to 60 letters in both languages."),
    "scales": gettext_lazy(
        "The scale needs 2 to 11 lines, as many in both languages, with words on the first and the "
        "last, at most 60 letters each."
    ),
}
ROW_WORDS = {
    "text_nb": gettext_lazy("The question in Norwegian"),
    "text_en": gettext_lazy("The question in English"),
    "scale": gettext_lazy("The scale"),
    "driver": gettext_lazy("The theme"),
    "factor": gettext_lazy("The factor of § 4-3"),
    "reversed": gettext_lazy("Reversed"),
}


class InstrumentForm(forms.Form):
    """Titles, source, rights, themes and questions on one page.

    A button that adds, moves or drops a question changes the page only. ``base`` is the document
    that is changed; of a new instrument there is none.
    """

    title_nb = forms.CharField(
        label=gettext_lazy("Title in Norwegian"),
        widget=forms.TextInput(attrs={"lang": "nb", "maxlength": LONGEST["title"]}),
    )  # fmt: skip
    title_en = forms.CharField(
        label=gettext_lazy("Title in English"),
        widget=forms.TextInput(attrs={"lang": "en", "maxlength": LONGEST["title"]}),
    )  # fmt: skip
    intro_nb = forms.CharField(
        label=gettext_lazy("Above the questions, in Norwegian"), required=False,
        widget=forms.Textarea(attrs={"rows": 2, "lang": "nb", "maxlength": LONGEST["intro"]}),
    )  # fmt: skip
    intro_en = forms.CharField(
        label=gettext_lazy("Above the questions, in English"), required=False,
        widget=forms.Textarea(attrs={"rows": 2, "lang": "en", "maxlength": LONGEST["intro"]}),
    )  # fmt: skip
    source = forms.CharField(
        label=gettext_lazy("Source"),
        widget=forms.Textarea(attrs={"rows": 2, "maxlength": LONGEST["source"]}),
        help_text=gettext_lazy("Who wrote the questions, and where. Your own words: say so."),
    )  # fmt: skip
    rights_nb = forms.CharField(
        label=gettext_lazy("Rights, in Norwegian"),
        widget=forms.Textarea(attrs={"rows": 2, "lang": "nb", "maxlength": LONGEST["rights"]}),
    )  # fmt: skip
    rights_en = forms.CharField(
        label=gettext_lazy("Rights, in English"),
        widget=forms.Textarea(attrs={"rows": 2, "lang": "en", "maxlength": LONGEST["rights"]}),
    )  # fmt: skip
    min_answered = forms.IntegerField(
        label=gettext_lazy("Score of the whole: at least so many answered"), required=False,
        min_value=1, max_value=MOST_ITEMS,
        help_text=gettext_lazy(
            "The mean of what a person answered, reversed questions turned. All questions need the "
            "same scale. Leave it empty for no score of the whole."
        ),
    )  # fmt: skip

    # A page that is only rearranged may have empty fields.
    use_required_attribute = False

    TEXTS = ("title", "intro", "rights")
    ABOUT = ("intro_nb", "intro_en", "source", "rights_nb", "rights_en", "min_answered")

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        instrument: Instrument | None = None,
        base: Mapping[str, Any] | None = None,
    ) -> None:
        self.instrument, self.sent = instrument, data
        self.base: Mapping[str, Any] = base or {}
        super().__init__(data, initial=self._initial())
        self.shared_scales = known_scales({})
        self.shared_drivers = known_drivers({})
        self.themes = self._themes()
        self.own_scales = self._own_scales()
        self.rows = self._rows()

    def _initial(self) -> dict[str, Any]:
        base = self.base or {"rights": OWN_RIGHTS, "source": str(_("Our own words."))}
        facts: dict[str, Any] = {
            f"{name}_{language}": text
            for name in self.TEXTS
            for language, text in base.get(name, {}).items()
        }
        scoring = base.get("scoring") or {}
        return facts | {"source": base["source"], "min_answered": scoring.get("min_answered")}

    # --- the questions -------------------------------------------------------------------------

    def _rows(self) -> list[Row]:
        if self.sent is not None:
            return [sent_row(self.sent, one) for one in sent_tokens(self.sent)]
        rows = [
            Row(
                str(number), item["key"], item["text"]["nb"], item["text"]["en"],
                item["scale"] or OPEN, item["driver"], item["factor"], item["reversed"],
            )
            for number, item in enumerate(self.base.get("items", []))
        ]  # fmt: skip
        return rows or [self._new_row("0")]

    def _new_row(self, token: str, like: Row | None = None) -> Row:
        scale = like.scale if like else next(iter(self.shared_scales), OPEN)
        return Row(token, scale=scale, driver=like.driver if like else "")

    def _themes(self) -> list[OwnTheme]:
        if self.sent is not None:
            return sent_themes(self.sent)
        own = self.base.get("drivers", {}).items()
        return [
            OwnTheme(key, words["nb"], words["en"])
            for key, words in own
            if self.shared_drivers.get(key) != words
        ]

    def _own_scales(self) -> list[OwnScale]:
        if self.sent is not None:
            return sent_scales(self.sent)
        own = self.base.get("scales", {}).items()
        return [
            OwnScale.of(key, scale) for key, scale in own if self.shared_scales.get(key) != scale
        ]

    def move(self, order: str) -> None:
        """``add``, ``theme``, ``scale``, or ``up``, ``down``, ``drop`` with the token of a question."""
        # The page is half written: nothing on it is wrong yet.
        self._errors = ErrorDict()
        if order == "add" and len(self.rows) < MOST_ITEMS:
            token = str(max((int(one.token) for one in self.rows), default=-1) + 1)
            if TOKEN.fullmatch(token):
                self.rows.append(self._new_row(token, self.rows[-1] if self.rows else None))
        elif order == "theme" and len(self.themes) < MOST_DRIVERS:
            taken = [*(one.key for one in self.themes), *self.shared_drivers]
            self.themes.append(OwnTheme(free_part(taken)))
        elif order == "scale" and len(self.own_scales) < MOST_SCALES:
            taken = [*(one.key for one in self.own_scales), *self.shared_scales]
            self.own_scales.append(OwnScale(free_part(taken)))
        elif found := ORDER.fullmatch(order):
            self._move_row(found[1], found[2])

    def _move_row(self, verb: str, token: str) -> None:
        place = next((n for n, one in enumerate(self.rows) if one.token == token), None)
        if place is None:
            return
        row = self.rows.pop(place)
        if verb != "drop":
            self.rows.insert(max(0, place + (-1 if verb == "up" else 1)), row)

    @property
    def about_fields(self) -> list[forms.BoundField]:
        """What stands below the questions."""
        return [self[name] for name in self.ABOUT]

    @property
    def next_anchor(self) -> str:
        """Where the next question will stand on the page."""
        return f"row-{max((int(one.token) for one in self.rows), default=-1) + 1}"

    # --- what can be chosen --------------------------------------------------------------------

    @property
    def scale_choices(self) -> list[tuple[str, str]]:
        language = "en" if get_language() == "en" else "nb"
        own = [(one.key, one.name) for one in self.own_scales if one.name]
        keys = {key for key, _name in own}
        shared = []
        for key, scale in self.shared_scales.items():
            points, anchors = scale["points"], scale["anchors"][language]
            if key not in keys:
                shared.append((key, f"{points[0]} {anchors[0]} – {points[-1]} {anchors[-1]}"))
        return [*own, *shared, (OPEN, str(_("Open question")))]

    @property
    def driver_choices(self) -> list[tuple[str, str]]:
        language = "en" if get_language() == "en" else "nb"
        own = [(one.key, one.name) for one in self.themes if one.name]
        keys = {key for key, _name in own}
        shared = [
            (key, words[language]) for key, words in self.shared_drivers.items() if key not in keys
        ]
        return [("", str(_("No theme"))), *own, *sorted(shared, key=lambda one: one[1].casefold())]

    @property
    def factor_choices(self) -> list[tuple[str, str]]:
        return [
            ("", str(_("None of them"))),
            *((key, str(name)) for key, name in FACTOR_NAMES.items()),
        ]

    # --- the document --------------------------------------------------------------------------

    def document(self, key: str) -> dict[str, Any]:
        """What the page says, as a document of the instrument ``key``."""
        facts = self.cleaned_data
        items = list(self._items(key))
        themes = {one.key: {"nb": one.nb, "en": one.en} for one in self.themes if one.name}
        scales = {one.key: one.document() for one in self.own_scales if not one.is_empty}
        return {
            "key": key,
            "version": 1,
            **{
                name: {x: one_line(facts.get(f"{name}_{x}", "")) for x in ("nb", "en")}
                for name in self.TEXTS
            },
            "source": one_line(facts.get("source", "")),
            "drivers": self._part("drivers", key, themes, self.shared_drivers),
            "scales": self._part("scales", key, scales, self.shared_scales),
            "items": items,
            "scoring": self._scoring(facts.get("min_answered")),
        }  # fmt: skip

    def _part(
        self, part: str, key: str, own: Mapping[str, Any], shared: Mapping[str, Any]
    ) -> dict[str, Any]:
        """All that is one's own, and of the shared ones what a question names."""
        names = self._lasting(part, key)
        chosen = {row.driver if part == "drivers" else row.scale for row in self.rows}
        used = {one: shared[one] for one in shared if one in chosen and one not in own}
        return {names[one]: value for one, value in own.items()} | used

    def _lasting(self, part: str, key: str) -> dict[str, str]:
        """A theme keeps its key when it is named anew; a scale with other labels is another scale."""
        base = self.base.get(part, {})
        if part == "drivers":
            return lasting_keys([one.key for one in self.themes], kept=base, taken=base, key=key)
        kept = [one.key for one in self.own_scales if base.get(one.key) == one.document()]
        return lasting_keys([one.key for one in self.own_scales], kept=kept, taken=base, key=key)

    def _scoring(self, min_answered: int | None) -> dict[str, Any] | None:
        if min_answered is None:
            return None
        return {
            "method": "mean", "reverse": REVERSAL, "min_answered": min_answered,
            "missing": MISSING,
        }  # fmt: skip

    def _items(self, key: str) -> Iterator[dict[str, Any]]:
        known = {item["key"] for item in self.base.get("items", [])}
        number = item_numbers(self.instrument) if self.instrument else 0
        scales, drivers = self._lasting("scales", key), self._lasting("drivers", key)
        for row in self.rows:
            if row.key in known:
                item_key = row.key
                known.discard(row.key)
            else:
                number += 1
                item_key = f"{key}.{number}"
            is_open = row.scale == OPEN
            yield {
                "key": item_key,
                "kind": "text" if is_open else "scale",
                "scale": None if is_open else scales.get(row.scale, row.scale),
                "text": {"nb": row.text_nb, "en": row.text_en},
                "driver": drivers.get(row.driver, row.driver),
                "factor": row.factor,
                "reversed": row.is_reversed and not is_open,
            }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        try:
            parse(copy.deepcopy(self.document(self.key)))
        except BadInstrument as refused:
            for problem in refused.problems:
                self._tell(problem)
        return cleaned

    @property
    def key(self) -> str:
        """The instrument's key; of a new one a free key that its title suggests."""
        if self.instrument is not None:
            return self.instrument.key
        facts = self.cleaned_data
        return free_key(facts.get("title_en") or facts.get("title_nb") or "own")

    def _tell(self, problem: Problem) -> None:
        """At the field it concerns."""
        words = str(PROBLEM_WORDS[problem.reason]) % dict(problem.facts)
        found = PLACE.fullmatch(problem.path)
        if found and int(found[1]) < len(self.rows):
            name = found[2].replace(".", "_")
            row = self.rows[int(found[1])]
            row.errors.setdefault(name, []).append(f"{ROW_WORDS.get(name, name)} {words}.")
            number = int(found[1]) + 1
            self.add_error(
                None, _("Question %(number)d: %(problem)s") % {
                    "number": number, "problem": row.errors[name][-1]
                },
            )  # fmt: skip
        elif (name := FIELDS.get(problem.path, "")) and name not in self.errors:
            self.add_error(name, f"{self.fields[name].label} {words}.")
        elif not name:
            self._tell_elsewhere(problem.path, words)

    def _tell_elsewhere(self, path: str, words: str) -> None:
        part, _dot, rest = path.partition(".")
        names = self._lasting(part, self.key) if part in ("drivers", "scales") else {}
        rows: Sequence[OwnTheme | OwnScale] = self.themes if part == "drivers" else self.own_scales
        row = next(
            (one for one in rows if names and names[one.key] == rest.partition(".")[0]), None
        )
        if row is not None:
            # Several things may be wrong with it: one sentence says all that it needs.
            if not row.error:
                row.error = str(PART_NEEDS[part])
                self.add_error(None, row.error)
        elif path == "items":
            self.add_error(None, _("Write at least one question."))
        else:
            self.add_error(None, f"{path}: {words}.")

    def create(self, *, by: Person, at: dt.datetime) -> InstrumentVersion | None:
        """A new instrument; None when it is refused, and then the form says why."""
        return self._act(
            lambda: actions.create_instrument(document=self.document(self.key), by=by, at=at)
        )

    def change(
        self, version: InstrumentVersion, *, by: Person, at: dt.datetime
    ) -> InstrumentVersion | None:
        """The same version in other words, as long as nobody was asked."""
        return self._act(
            lambda: actions.change_version(
                version=version, document=self.document(self.key), by=by, at=at
            )
        )

    def create_version(
        self, instrument: Instrument, *, by: Person, at: dt.datetime
    ) -> InstrumentVersion | None:
        """The next version."""
        return self._act(
            lambda: actions.create_version(
                instrument=instrument, document=self.document(self.key), by=by, at=at
            )
        )

    def _act(self, act: Callable[[], InstrumentVersion]) -> InstrumentVersion | None:
        try:
            return act()
        except ValidationError as error:
            add_refusal(self, error)
            return None


class FileForm(forms.Form):
    """An instrument in a JSON file."""

    file = forms.FileField(
        label=gettext_lazy("Instrument file (JSON)"),
        widget=forms.FileInput(attrs={"accept": ".json,application/json"}),
        error_messages={"required": gettext_lazy("Choose a file first.")},
        allow_empty_file=True,
    )
    refusals: Sequence[str] = ()

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > MOST_FILE_BYTES:
            raise ValidationError(
                _("The file has %(size)d kB; at most %(most)d fit.")
                % {"size": (file.size or 0) // 1024 + 1, "most": MOST_FILE_BYTES // 1024}
            )
        return file

    def perform(self, *, by: Person, at: dt.datetime) -> InstrumentVersion | None:
        """None when it is refused: ``refusals`` says everything that is wrong, by its place."""
        try:
            return actions.import_instrument_file(
                content=self.cleaned_data["file"].read(), by=by, at=at
            )
        except ValidationError as error:
            self.refusals = error.messages
            return None
