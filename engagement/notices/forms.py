"""What the page of choices and the link in a mail send."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from engagement.notices import actions
from engagement.notices.kinds import DIGEST, KINDS, Way
from engagement.notices.queries import Offer, hours_of, offers_for
from engagement.people.models import Person

PREFIX = "way_"


class ClockField(forms.TimeField):
    """A time of day from the browser's own picker."""

    widget = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")

    def __init__(self, **options: Any) -> None:
        super().__init__(input_formats=["%H:%M", "%H:%M:%S"], required=False, **options)


class ChoicesForm(forms.Form):
    """A way for each kind that leaves one a choice, and the quiet hours."""

    # Not required where quiet hours are off, but no extra either.
    expected = ("quiet_from", "quiet_to")

    is_quiet = forms.BooleanField(
        label=gettext_lazy("No mails in these hours"),
        help_text=gettext_lazy(
            "They wait until the hours are over, but not while you are at work. A sign-in mail comes"
            " at once, and so does a reminder of a survey."
        ),
        required=False,
    )
    quiet_from = ClockField(label=gettext_lazy("From"))
    quiet_to = ClockField(label=gettext_lazy("To"))

    def __init__(self, *data: Any, reader: Person, **options: Any) -> None:
        hours = hours_of(reader)
        options.setdefault(
            "initial",
            {
                "is_quiet": hours.is_quiet,
                "quiet_from": hours.quiet_from,
                "quiet_to": hours.quiet_to,
            },
        )
        super().__init__(*data, **options)
        self.reader = reader
        self.offers = offers_for(reader)
        for offer in self.offers:
            if offer.is_choice:
                # A kind that is new since the page was made is left as it is.
                self.fields[PREFIX + offer.kind.key] = forms.ChoiceField(
                    label=str(offer.kind.title),
                    choices=[(way, way.label) for way in offer.kind.ways],
                    initial=offer.way,
                    widget=forms.RadioSelect,
                    required=False,
                )

    def rows(self) -> Iterator[tuple[Offer, forms.BoundField | None]]:
        """Each kind with its field; None for one that leaves no choice."""
        for offer in self.offers:
            yield offer, self[PREFIX + offer.kind.key] if offer.is_choice else None

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or {}
        if facts.get("is_quiet") and not self.errors:
            for name in ("quiet_from", "quiet_to"):
                if facts.get(name) is None:
                    self.add_error(name, _("Say from when to when, or switch quiet hours off."))
        return facts

    def save(self) -> bool:
        """Whether it was done; what was refused stands on the form."""
        facts = self.cleaned_data
        ways = {
            name.removeprefix(PREFIX): way
            for name, way in facts.items()
            if name.startswith(PREFIX) and way
        }
        try:
            actions.choose_quiet_hours(
                is_quiet=facts["is_quiet"],
                starts_at=facts["quiet_from"],
                ends_at=facts["quiet_to"],
                by=self.reader,
            )
        except ValidationError as error:
            self.add_error("quiet_to", error.messages)
            return False
        actions.choose_ways(ways=ways, by=self.reader)
        return True


class StopForm(forms.Form):
    """Stops mails of one kind; with a ``way``, which undoing sends, they come again."""

    way = forms.ChoiceField(required=False)

    def __init__(self, *data: Any, kind: str, person: Person, **options: Any) -> None:
        super().__init__(*data, **options)
        self.kind, self.person = kind, person
        ways = {Way.DIGEST} if kind == DIGEST else {Way.AT_ONCE, Way.DIGEST} & {*KINDS[kind].ways}
        self.fields["way"] = forms.ChoiceField(choices=[(way, way) for way in ways], required=False)

    def perform(self) -> dict[str, Any]:
        """What the page tells: whether it is ``stopped`` or comes again, and the way to undo it."""
        if not self.is_valid():
            return {}
        if way := self.cleaned_data["way"]:
            actions.resume_mails(kind=self.kind, way=way, by=self.person)
            return {"is_resumed": True}
        before = actions.stop_mails(kind=self.kind, by=self.person)
        return {"is_stopped": True, "undo_way": "" if before in (Way.NONE, Way.OFF) else before}
