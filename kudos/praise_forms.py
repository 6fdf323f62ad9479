"""What leads and HR send about praise of customers."""

import hashlib
from collections.abc import Collection, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from engagement import times
from engagement.people.models import Person
from engagement.people.receivers import Receiver
from kudos import access
from kudos.forms import NamesValue
from kudos.models import MESSAGE_LENGTH, Kudos, Praise, PraiseRule
from kudos.praise_text import Part, flags_of, parts_of, take_back, without_personal
from kudos.queries import colleagues_of, find_receiver
from kudos.scrubbing import KINDS, find_personal_data

WORDS_MOST = 30


class CheckForm(NamesValue):
    """The text edited down, and how it goes on. What still looks personal is asked about once."""

    most = MESSAGE_LENGTH

    message = forms.CharField(
        label=gettext_lazy("What goes on"),
        required=False,
        # Longer than what fits: the action says by how much, and nothing typed is cut off.
        max_length=20 * MESSAGE_LENGTH,
    )
    audience = forms.ChoiceField(
        label=gettext_lazy("Who may see it?"),
        choices=Kudos.Audience.choices,
        initial=Kudos.Audience.TEAM,
    )
    wall = forms.BooleanField(
        label=gettext_lazy("Show it on wall screens"), required=False, initial=True
    )
    to = forms.CharField(required=False, max_length=40)
    to_text = forms.CharField(required=False, max_length=100)
    # What the person has seen and stands by, although it looks personal.
    sure = forms.CharField(required=False, max_length=64)

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        praise: Praise,
        by: Person,
        back: Collection[int] | None = None,
        initial: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial=initial)
        self.praise, self.by = praise, by
        sent = data.getlist("taken_back")[:500] if data else []
        # Numbers of the parts that are in the text again.
        self.back = back or {int(one) for one in sent if one.isdecimal() and len(one) < 5}
        self.receiver: Receiver | None = praise.agent
        self.remaining: list[str] = []
        self.sure_of = ""
        self.initial.setdefault("message", without_personal(praise))

    @property
    def parts(self) -> list[Part]:
        """The text as it came, cut at what was found in it."""
        return parts_of(self.praise.text, flags_of(self.praise))

    @property
    def taken_out(self) -> list[tuple[Part, str]]:
        """The parts that are out of the text, with what each looks like."""
        return [
            (part, str(KINDS[part.kind]))
            for part in self.parts
            if part.is_personal and part.number not in self.back
        ]

    def with_part(self, number: str) -> "CheckForm":
        """The same form, nothing of it lost and nothing judged, with one part back in the text."""
        typed = {name: self[name].value() for name in self.fields if name != "sure"}
        back = set(self.back)
        if number in {str(part.number) for part, _kind in self.taken_out}:
            text = str(typed["message"] or "")
            typed["message"] = take_back(self.praise, text, int(number), back)
            back.add(int(number))
        return CheckForm(initial=typed, back=back, praise=self.praise, by=self.by)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.praise.agent is None:
            self._find_receiver(cleaned)
        self._ask_about_what_remains(cleaned.get("message", ""), cleaned.get("sure", ""))
        return cleaned

    def _find_receiver(self, cleaned: dict[str, Any]) -> None:
        try:
            if key := cleaned.get("to"):
                [self.receiver] = access.get_receivers(by=self.by, keys=[key], at=times.now())
            elif typed := cleaned.get("to_text", "").strip():
                self.receiver = find_receiver(typed, giver=self.by, day=times.today())
        except ValidationError as error:
            self.add_error(None, error)

    def _ask_about_what_remains(self, text: str, sure: str) -> None:
        names = colleagues_of(self.praise.agent, day=times.today())
        parts = parts_of(text, find_personal_data(text, colleagues=names))
        self.remaining = [
            _("%(kind)s: %(words)s") % {"kind": KINDS[part.kind], "words": part.text}
            for part in parts
            if part.is_personal
        ]
        if self.remaining:
            # Other words than those stood by are asked about again.
            self.sure_of = hashlib.sha256("\n".join(self.remaining).encode()).hexdigest()
            if sure != self.sure_of:
                self.add_error("message", _("Some of it still looks personal."))


class RuleForm(forms.Form):
    """One rule of the kind given; only what that kind needs is asked."""

    source = forms.SlugField(
        label=gettext_lazy("Only from this source"),
        required=False,
        max_length=40,
        help_text=gettext_lazy("As the sender calls itself. Empty: from everywhere."),
    )
    count = forms.IntegerField(min_value=1, max_value=10_000)
    score = forms.FloatField(
        label=gettext_lazy("Less than this score"),
        min_value=0.01,
        max_value=1,
        help_text=gettext_lazy("From 0 to 1, as the sender gives it. Without a score it is kept."),
    )
    words = forms.CharField(
        label=gettext_lazy("Words"),
        max_length=2000,
        help_text=gettext_lazy(
            "With commas between. Each fits words that begin like it: «takk» fits «takker» too."
        ),
    )

    def __init__(self, *args: Any, rule: PraiseRule, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rule = rule
        kind = PraiseRule.Kind(rule.kind)
        labels = {
            PraiseRule.Kind.TOO_SHORT: _("Shorter than so many characters"),
            PraiseRule.Kind.TOO_LONG: _("Longer than so many characters"),
            PraiseRule.Kind.WEEKLY: _("At most so many a week for one person"),
        }
        if kind in PraiseRule.COUNTING:
            self.fields["count"].label = labels[kind]
            needed = "count"
        else:
            needed = "words" if kind in PraiseRule.NAMING_WORDS else "score"
        for name in {"count", "score", "words"} - {needed}:
            del self.fields[name]
        self.initial = {
            "source": rule.source,
            needed: ", ".join(rule.words) if needed == "words" else getattr(rule, needed),
        }

    def clean_words(self) -> Sequence[str]:
        typed = [" ".join(one.split()) for one in self.cleaned_data["words"].split(",")]
        words = list(dict.fromkeys(one for one in typed if any(map(str.isalnum, one))))
        if not words or len(words) > WORDS_MOST or any(len(one) > 60 for one in words):
            raise ValidationError(_("Write one to 30 words, each of at most 60 letters."))
        return words

    def changed_rule(self) -> PraiseRule:
        """The rule as the form says, not saved."""
        for name, fact in self.cleaned_data.items():
            setattr(self.rule, name, fact)
        return self.rule
