"""The box that people thank with."""

import secrets
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from engagement import times
from engagement.people.models import Person, Unit
from engagement.people.queries import place_of
from engagement.people.receivers import Receiver, resolve_receivers
from engagement.themes.calendar import theme_for
from kudos import access
from kudos.actions import MOST_MENTIONS
from kudos.looks import DRAWN, LOOKS, PLAIN
from kudos.models import MESSAGE_LENGTH, Kudos, Value
from kudos.queries import find_receiver
from kudos.wording import warning_for


class WrittenForm(forms.Form):
    """A text for colleagues: sent once, with names after an @, and asked about when it may hurt.

    ``mentioned`` are those whose keys came with it; whoever is gone meanwhile is simply not told.
    ``asked`` is the question about words that hurt; sent back as ``warned`` with the same text, it
    is the answer.
    """

    mention = forms.MultipleChoiceField(required=False)
    once = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)
    warned = forms.CharField(required=False, max_length=1000)
    asked = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.mentioned: list[Person] = []
        _take_any_key(self.fields["mention"])
        if not self.is_bound:
            self.initial.setdefault("once", secrets.token_urlsafe(16))

    def clean_mention(self) -> list[str]:
        keys: list[str] = self.cleaned_data["mention"][:MOST_MENTIONS]
        self.mentioned = resolve_receivers(keys, day=times.today())[0]
        return keys

    def ask_about(self, text: str) -> None:
        question = warning_for(text)
        if question and self.cleaned_data.get("warned") != question:
            self.asked = question
            self.add_error(None, question)


class NamesValue(forms.Form):
    """A form that may name one of the values in use; the template draws the chips from ``values``.

    A page that has read those in use already gives them, and no question is asked.
    """

    value = forms.CharField(label=_("Which value did it show?"), required=False, max_length=40)

    def __init__(self, *args: Any, values: Sequence[Value] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.values = list(Value.objects.in_use() if values is None else values)

    def clean_value(self) -> Value | None:
        key = self.cleaned_data["value"]
        value = next((value for value in self.values if value.key == key), None)
        if key and value is None:
            raise ValidationError(_("This value is no longer in use. Choose another, or none."))
        return value


def _take_any_key(field: forms.Field) -> None:
    """Any key may be sent: all are looked up at once when the form is cleaned."""
    field.valid_value = lambda _key: True  # type: ignore[attr-defined]


class GiveForm(NamesValue, WrittenForm):
    """To, message, value, audience, wall. ``to`` holds keys; typed names count too, without script."""

    to = forms.MultipleChoiceField(label=_("Who do you want to thank?"), required=False)
    to_text = forms.CharField(required=False, max_length=100)
    message = forms.CharField(
        label=_("What did you see?"),
        required=False,
        # Longer than what fits: the action says by how much, and nothing typed is cut off.
        max_length=20 * MESSAGE_LENGTH,
        widget=forms.Textarea(
            attrs={
                "rows": 2,
                "data-testid": "kudos-message",
                "placeholder": _("What did you see? What did it lead to?"),
                "data-counter": MESSAGE_LENGTH,
            }
        ),
    )
    audience = forms.ChoiceField(
        label=_("Who may see it?"),
        choices=Kudos.Audience.choices,
        initial=Kudos.Audience.COMPANY,
    )
    wall = forms.BooleanField(label=_("Show it on wall screens"), required=False, initial=True)
    look = forms.ChoiceField(
        label=_("How the card looks"),
        choices=[(look.key, look.name) for look in LOOKS.values()],
        initial=PLAIN,
        required=False,
        widget=forms.RadioSelect,
    )
    from_team = forms.BooleanField(label=_("From my whole team"), required=False)
    release_at = forms.DateTimeField(
        label=_("Send it later"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=_("For a birthday or a last day, within a year."),
        error_messages={"invalid": _("Write a day and a time, such as 2026-12-24 09:00.")},
    )

    def __init__(self, *args: Any, giver: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.giver = giver
        self.receivers: list[Receiver] = []
        self.from_unit: Unit | None = None
        _take_any_key(self.fields["to"])
        self.fields["look"].choices = self._looks()  # type: ignore[attr-defined]

    def _looks(self) -> list[tuple[str, Any]]:
        """The cards to choose from: plain, that of the day, the others. Whether one that was sent
        belongs to its day, the action says."""
        moments = {times.now(), self.initial.get("release_at") or times.now()}
        themes = [theme for at in sorted(moments) if (theme := theme_for(self.giver, at))]
        choices: dict[str, Any] = {PLAIN: LOOKS[PLAIN].name}
        choices |= {theme.look: theme.name for theme in themes}
        choices |= {key: look.name for key, look in LOOKS.items() if key != PLAIN}
        sent = self["look"].value() if self.is_bound else PLAIN
        if sent in DRAWN:
            choices.setdefault(sent, DRAWN[sent].name)
        return list(choices.items())

    # The beginnings that a thank-you can grow from.
    starters = (_("You helped"), _("I noticed that"), _("The customer"))

    @property
    def has_more(self) -> bool:
        """Whether something beyond the first choices was made, or is wrong."""
        more = ("look", "from_team", "release_at")
        return any(
            self[name].errors or self[name].value() not in ("", None, False, PLAIN) for name in more
        )

    def clean_look(self) -> str:
        return self.cleaned_data["look"] or PLAIN

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        keys = list(cleaned.get("to") or [])
        if typed := cleaned.get("to_text", "").strip():
            # A name typed and not chosen is meant as well, not dropped.
            try:
                keys.append(find_receiver(typed, giver=self.giver, day=times.today()).key)
            except ValidationError as error:
                self.add_error(None, error)
        if len(keys) > 100:
            keys = keys[:100]  # the action refuses so many, in its own words
        try:
            self.receivers = access.get_receivers(by=self.giver, keys=keys, at=times.now())
        except ValidationError as error:
            self.add_error(None, error)
        if cleaned.get("from_team"):
            self.from_unit = place_of(self.giver, times.today()).unit
            if self.from_unit is None:
                self.add_error("from_team", _("You are in no team yet."))
        self.ask_about(cleaned.get("message") or "")
        return cleaned


class CommentForm(WrittenForm):
    """One line under a kudos."""

    text = forms.CharField(
        label=_("Write a comment"),
        required=False,
        max_length=20 * MESSAGE_LENGTH,
        widget=forms.Textarea(
            attrs={"rows": 1, "data-testid": "comment-text", "data-counter": MESSAGE_LENGTH}
        ),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        self.ask_about(cleaned.get("text") or "")
        return cleaned
