"""What the pages of an author send, translated. Each form's last line calls an action."""

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from engagement import times
from engagement.people.forms import DayField, PeopleField
from engagement.people.models import Person
from engagement.people.tree import Tree
from events.access.announcing import people_reached, reaches
from events.access.planning import Reach, reach_of
from events.actions import announcing
from events.announcement_facts import WORDS, AnnouncementFacts, Words
from events.models import (
    ANSWER_LENGTH,
    BODY_LENGTH,
    MOST_WALL_DAYS,
    REASON_LENGTH,
    SHORT_ANSWER_LENGTH,
    TITLE_LENGTH,
    Announcement,
)
from events.queries.announcements import facts_of, series_to_link
from events.queries.groups import Choice, groups_within

USUAL_WALL_DAYS = 2
FEW = 8


def _answer(label: Any, help_text: Any, most: int, *, rows: int) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        max_length=most,
        required=False,
        widget=forms.Textarea(attrs={"rows": rows}),
    )


class WordsForm(forms.Form):
    """What readers read. The action says what is missing: a draft may be unfinished."""

    # Not called optional: nothing is sent without them.
    expected = ("decided", "why", "affects", "wall_days", "people")

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    title = forms.CharField(
        label=pgettext_lazy("of an announcement", "Title"),
        help_text=gettext_lazy("What somebody should see first, as “New break rota from Monday”."),
        max_length=TITLE_LENGTH,
    )
    decided = _answer(
        gettext_lazy("What was decided?"),
        gettext_lazy("The decision itself, in a sentence or two."),
        ANSWER_LENGTH,
        rows=3,
    )
    why = _answer(
        gettext_lazy("Why?"),
        gettext_lazy("What made it necessary. It is what people ask first."),
        ANSWER_LENGTH,
        rows=3,
    )
    affects = _answer(
        gettext_lazy("Whom does it affect, and how?"),
        gettext_lazy("What is different for them, as “You who work evenings: your break moves.”"),
        SHORT_ANSWER_LENGTH,
        rows=2,
    )
    next_step = _answer(
        gettext_lazy("What happens next?"),
        gettext_lazy("What comes now, and whom one can ask."),
        SHORT_ANSWER_LENGTH,
        rows=2,
    )
    next_on = DayField(label=gettext_lazy("On which day?"), required=False)
    body_name = forms.CharField(
        label=gettext_lazy("Decided by"),
        help_text=gettext_lazy("A group or a meeting, if it was not you alone."),
        max_length=BODY_LENGTH,
        required=False,
    )

    def words(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in WORDS}

    def add_refusal(self, error: ValidationError) -> None:
        """What an action refused, at the fields it concerns."""
        if not hasattr(error, "error_dict"):
            self.add_error(None, error)
            return
        for name, errors in error.error_dict.items():
            self.add_error(name if name in self.fields else None, errors)


class AnnouncementForm(WordsForm):
    """A draft on one page."""

    kind = forms.ChoiceField(
        label=gettext_lazy("What is it?"),
        choices=Announcement.Kind.choices,
        widget=forms.RadioSelect,
        initial=Announcement.Kind.DECISION,
    )
    people = PeopleField(label=gettext_lazy("Single people"), required=False)
    series = forms.ChoiceField(label=gettext_lazy("An event it belongs to"), required=False)
    on_walls = forms.BooleanField(
        label=gettext_lazy("Show it on the walls of those units and sites"), required=False
    )
    wall_days = forms.IntegerField(
        label=gettext_lazy("For how many days?"),
        min_value=1,
        max_value=MOST_WALL_DAYS,
        required=False,
        initial=USUAL_WALL_DAYS,
    )
    ends_on = DayField(
        label=gettext_lazy("Holds until"),
        help_text=gettext_lazy("Empty: until you say that it is over."),
        required=False,
    )

    def __init__(
        self, data: QueryDict | None, *, viewer: Person, announcement: Announcement | None = None
    ) -> None:
        self.viewer, self.announcement, self.sent = viewer, announcement, data
        self.tree = Tree.on(times.today())
        self.reach: Reach = reach_of(viewer, tree=self.tree)
        self.groups = groups_within(self.reach, tree=self.tree)
        self.offered: dict[str, Choice] = {
            one.key: one for group in self.groups for one in group.all()
        }
        self.stored = facts_of(announcement) if announcement else None
        super().__init__(data, initial=self._stored() if announcement else None)
        linked = series_to_link(viewer, announcement)
        self.series_by_key = {one.key: one for one in linked}
        self.fields["series"].choices = [  # type: ignore[attr-defined]
            ("", _("None")), *((one.key, one.title) for one in linked)
        ]  # fmt: skip
        self.chosen = self._chosen()
        people: Any = self.fields["people"]
        people.offer(
            people_reached(self.reach, day=self.tree.day),
            viewer=viewer,
            tree=self.tree,
            options_url=reverse("events:announcement-people"),
            list_url=reverse("events:announcement-list"),
        )

    # --- what is chosen ---------------------------------------------------------------------------

    def _stored(self) -> dict[str, Any]:
        assert self.stored is not None
        assert self.announcement is not None
        stored = self.stored
        return {
            **{name: getattr(stored, name) for name in WORDS},
            "version": self.announcement.version,
            "kind": stored.kind,
            "people": [one for one in stored.people if reaches(self.reach, one)],
            "series": stored.series.key if stored.series else "",
            "on_walls": stored.wall_days is not None,
            "wall_days": stored.wall_days or USUAL_WALL_DAYS,
            "ends_on": stored.ends_on,
        }

    def _chosen(self) -> list[str]:
        if self.sent is not None:
            sent = dict.fromkeys(self.sent.getlist("audience"))
            return [key for key in sent if key in self.offered]
        stored = self.stored.audiences if self.stored else ()
        return [one.key for one in stored if one.key in self.offered]

    @property
    def chosen_choices(self) -> list[Choice]:
        """What stands as chips: in the order it was chosen."""
        return [self.offered[key] for key in self.chosen]

    @property
    def opened(self) -> list[str]:
        """The places with something chosen below them: they stand open without script."""
        chosen = set(self.chosen)
        places = (place for group in self.groups for place in group.places)
        return [place.key for place in places if chosen & {one.key for one in place.all()}]

    @property
    def is_short(self) -> bool:
        """Few enough to look at without opening anything."""
        return len(self.offered) <= FEW

    @property
    def gone(self) -> list[str]:
        """Whom it was for and cannot be any more: closed since, or beyond the author's reach."""
        if self.stored is None:
            return []
        groups = [one.name for one in self.stored.audiences if one.key not in self.offered]
        people = [one.name for one in self.stored.people if not reaches(self.reach, one)]
        return [*groups, *people]

    # --- what it says -----------------------------------------------------------------------------

    def facts(self) -> AnnouncementFacts:
        cleaned = self.cleaned_data
        return AnnouncementFacts(
            **self.words(),
            kind=cleaned["kind"],
            audiences=[one.audience for one in self.chosen_choices],
            people=cleaned["people"],
            series=self.series_by_key.get(cleaned["series"]),
            wall_days=(cleaned["wall_days"] or USUAL_WALL_DAYS) if cleaned["on_walls"] else None,
            ends_on=cleaned["ends_on"],
        )

    def perform(self, *, by: Person, at: dt.datetime) -> Announcement:
        if self.announcement is None:
            return announcing.create_announcement(facts=self.facts(), by=by, at=at)
        return announcing.change_announcement(
            announcement=self.announcement,
            facts=self.facts(),
            version=self.cleaned_data["version"],
            by=by,
            at=at,
        )


class PublishForm(forms.Form):
    """When it is sent: at once, or at a time by the organisation's clock."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    publish_on = DayField(label=gettext_lazy("Day"), required=False)
    publish_clock = forms.TimeField(
        label=gettext_lazy("Time"),
        required=False,
        input_formats=["%H:%M", "%H:%M:%S"],
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )

    def __init__(self, data: QueryDict | None, *, announcement: Announcement) -> None:
        self.announcement = announcement
        self.is_later = bool(data and "later" in data)
        at = announcement.publish_at
        initial: dict[str, Any] = {"version": announcement.version}
        if at:
            initial |= {"publish_on": times.local_date(at), "publish_clock": times.local_clock(at)}
        super().__init__(data, initial=initial)

    def clean_publish_on(self) -> dt.date | None:
        """Far from today no moment can be told, so it is judged before one is made."""
        day: dt.date | None = self.cleaned_data["publish_on"]
        if not self.is_later or day is None:
            return day
        if day < times.today():
            raise ValidationError(_("This day has been. Choose today or a day to come."))
        if day.year > times.today().year + 1:
            raise ValidationError(_("Choose a time within a year."))
        return day

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        has_time = cleaned.get("publish_on") and cleaned.get("publish_clock")
        if self.is_later and not self.errors and not has_time:
            raise ValidationError(_("Choose the day and the time when it is to be sent."))
        return cleaned

    def add_refusal(self, error: ValidationError) -> None:
        """Above the page: most of what is refused here is mended on the draft."""
        self.add_error(None, ValidationError(error.messages))

    def perform(self, *, by: Person, at: dt.datetime) -> Announcement:
        facts: dict[str, Any] = {
            "announcement": self.announcement,
            "version": self.cleaned_data["version"],
            "by": by,
            "at": at,
        }
        if not self.is_later:
            return announcing.publish_announcement(**facts)
        publish_at = times.moment_of(
            self.cleaned_data["publish_on"], self.cleaned_data["publish_clock"]
        )
        return announcing.schedule_announcement(publish_at=publish_at.astimezone(dt.UTC), **facts)


class CorrectionForm(WordsForm):
    """New words for something that was sent, and why."""

    note = forms.CharField(
        label=gettext_lazy("What do you correct, and why?"),
        help_text=gettext_lazy("Everybody it was sent to reads this. The old text stays beside the new."),
        max_length=REASON_LENGTH,
    )  # fmt: skip

    def __init__(self, data: QueryDict | None, *, announcement: Announcement) -> None:
        self.announcement = announcement
        initial = {name: getattr(announcement, name) for name in WORDS}
        super().__init__(data, initial={**initial, "version": announcement.version})

    def perform(self, *, by: Person, at: dt.datetime) -> Announcement:
        return announcing.correct_announcement(
            announcement=self.announcement,
            words=Words(**self.words()),
            note=self.cleaned_data["note"],
            version=self.cleaned_data["version"],
            by=by,
            at=at,
        )


class WithdrawForm(forms.Form):
    """Why it does not hold any more."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    reason = forms.CharField(
        label=gettext_lazy("Why is it withdrawn?"),
        help_text=gettext_lazy("Everybody it was sent to reads this."),
        max_length=REASON_LENGTH,
    )

    def __init__(self, data: QueryDict | None, *, announcement: Announcement) -> None:
        self.announcement = announcement
        super().__init__(data, initial={"version": announcement.version})

    def add_refusal(self, error: ValidationError) -> None:
        self.add_error(None, ValidationError(error.messages))

    def perform(self, *, by: Person, at: dt.datetime) -> Announcement:
        return announcing.withdraw_announcement(
            announcement=self.announcement,
            reason=self.cleaned_data["reason"],
            version=self.cleaned_data["version"],
            by=by,
            at=at,
        )
