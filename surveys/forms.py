"""What the pages of surveys send, translated into facts. Each form's last line calls an action."""

import contextlib
import datetime as dt
import json
from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from engagement import times
from engagement.people.actions import issue_activation_codes
from engagement.people.forms import DayField, SheetForm
from engagement.people.models import Person
from engagement.people.queries import person_options, unit_id_of
from engagement.people.receivers import resolve_receivers
from engagement.people.tree import Tree
from surveys import actions
from surveys.access import Place, places_of
from surveys.actions import clock
from surveys.instruments import templates
from surveys.models import InstrumentVersion, Survey
from surveys.queries.asking import minutes_of_items
from surveys.queries.planning import Places, askable_places, own_places
from surveys.queries.sections import Picked, newest_versions, picked_of

TEXT_LENGTH = 1000


class MomentField(forms.DateTimeField):
    """Day and time on the organisation's wall clock, from the browser's own picker."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")

    def __init__(self, **options: Any) -> None:
        super().__init__(input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"], **options)


def area(rows: int = 3) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


def add_refusal(form: forms.Form, error: ValidationError) -> None:
    """What an action refused, at the fields it concerns."""
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for name, errors in error.error_dict.items():
        form.add_error(name if name in form.fields else None, errors)


class NewSurveyForm(forms.Form):
    """Which template a survey starts from."""

    template = forms.ChoiceField()

    def __init__(self, *data: Any, **options: Any) -> None:
        super().__init__(*data, **options)
        self.fields["template"].choices = [(key, key) for key in templates()]  # type: ignore[attr-defined]

    @transaction.atomic
    def perform(self, *, by: Person, at: dt.datetime) -> Survey:
        """A draft that asks everybody in the scope of ``by``, until that is changed."""
        survey = actions.create_survey(by=by, template=self.cleaned_data["template"], at=at)
        places = own_places(by, askable_places(by, day=times.local_date(survey.opens_at or at)))
        if places:
            # Fewer than five: the page says so where the people are chosen.
            with contextlib.suppress(ValidationError):
                actions.set_audience(survey=survey, places=places, by=by, at=at)
        return survey


class PlacesForm(forms.Form):
    """What drafts and pulse plans share: the places that are asked, and who tells the results."""

    feedback_owner = forms.CharField(required=False, max_length=40)
    feedback_owner_text = forms.CharField(required=False, max_length=100)

    def __init__(
        self,
        data: QueryDict | None,
        *,
        viewer: Person,
        day: dt.date,
        owner: Person | None,
        initial: dict[str, Any],
    ) -> None:
        self.viewer, self.sent, self.owner = viewer, data, owner
        super().__init__(data, initial=initial)
        self.places: Places = askable_places(viewer, day=day)
        self.chosen: set[str] = set(data.getlist("place") if data is not None else self.stored())

    def stored(self) -> set[str]:
        """The keys of the places that are chosen before anything is sent."""
        raise NotImplementedError

    @property
    def chosen_places(self) -> list[Place]:
        return [place for key, place in self.places.by_key().items() if key in self.chosen]

    @property
    def has_chosen_units(self) -> bool:
        return any(row.place.key in self.chosen for row in self.places.units)

    @property
    def owner_json(self) -> str:
        """Who is chosen to give feedback, for the type-ahead field."""
        owner = self.owner
        if owner is None:
            return "[]"
        return json.dumps(
            [
                {"id": owner.key, "name": owner.name, "detail": owner.title,
                 "initials": owner.initials, "hue": owner.hue, "kind": "person"}
            ]
        )  # fmt: skip

    @property
    def owner_typed(self) -> str:
        """What stands in that field when no script makes a choice of it."""
        if self.sent is not None:
            return self.sent.get("feedback_owner_text", "")
        return self.owner.name if self.owner else ""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        key, typed = cleaned.get("feedback_owner", ""), cleaned.get("feedback_owner_text", "")
        self.owner = self._owner(key, typed.strip())
        return cleaned

    def _owner(self, key: str, typed: str) -> Person | None:
        people = found_people(key, typed, viewer=self.viewer)
        if people is None:
            return None
        if not people:
            self.add_error("feedback_owner", _("Choose one person from the list."))
        return people[0] if people else None


def found_people(key: str, typed: str, *, viewer: Person) -> list[Person] | None:
    """The person chosen by ``key``, or the only one ``typed`` can mean; None when neither is given."""
    day = times.today()
    if key:
        return resolve_receivers([key], day=day)[0]
    if not typed:
        return None
    found = person_options(typed, viewer=viewer, day=day, limit=2)
    return resolve_receivers([str(found[0].id)], day=day)[0] if len(found) == 1 else []


class SurveyForm(PlacesForm):
    """A draft on one page: questions, people, dates, texts, promises.

    Only what was changed goes to the actions. ``picked`` are the sections in their order.
    """

    title_nb = forms.CharField(
        label=gettext_lazy("Title in Norwegian"), max_length=120,
        widget=forms.TextInput(attrs={"lang": "nb"}),
    )  # fmt: skip
    title_en = forms.CharField(
        label=gettext_lazy("Title in English"), max_length=120,
        widget=forms.TextInput(attrs={"lang": "en"}),
    )  # fmt: skip
    opens_at = MomentField(label=gettext_lazy("Opens"), required=False)
    closes_at = MomentField(label=gettext_lazy("Closes"), required=False)
    purpose_nb = forms.CharField(
        label=gettext_lazy("Why we ask, in Norwegian"), required=False, widget=area()
    )
    purpose_en = forms.CharField(
        label=gettext_lazy("Why we ask, in English"), required=False, widget=area()
    )
    who_sees_nb = forms.CharField(
        label=gettext_lazy("Who sees what, in Norwegian"), required=False, widget=area()
    )
    who_sees_en = forms.CharField(
        label=gettext_lazy("Who sees what, in English"), required=False, widget=area()
    )
    level = forms.ChoiceField(
        label=gettext_lazy("Who holds the key to the answers?"),
        choices=[
            (
                Survey.Level.WITNESSED,
                gettext_lazy("Two representatives (witnessed)"),
            ),
            (Survey.Level.SEALED, gettext_lazy("The counting process (sealed)")),
        ],
        widget=forms.RadioSelect,
        help_text=gettext_lazy(
            "Only with representatives can we say: your employer cannot read your answer."
        ),
    )
    discussed_on = DayField(
        label=gettext_lazy("Discussed with the representatives on"), required=False
    )
    feedback_on = DayField(label=gettext_lazy("Everybody hears the results by"), required=False)
    retention_months = forms.IntegerField(
        label=gettext_lazy("Months the numbers are kept"), required=False, min_value=1,
        max_value=120,
    )  # fmt: skip
    over_limit_reason = forms.CharField(
        label=gettext_lazy("Why more than usual is asked"), required=False, widget=area(2),
        help_text=gettext_lazy("Only when the limit is passed. Everybody who is asked reads it."),
    )  # fmt: skip

    FACTS = (
        "title_nb", "title_en", "opens_at", "closes_at", "purpose_nb", "purpose_en",
        "who_sees_nb", "who_sees_en", "level", "discussed_on", "feedback_on", "retention_months",
        "over_limit_reason",
    )  # fmt: skip
    # A draft may be saved without them, but not launched: they are not called optional.
    expected = frozenset(FACTS) - {"over_limit_reason"}

    def __init__(self, data: QueryDict | None = None, *, survey: Survey, viewer: Person) -> None:
        self.survey = survey
        super().__init__(
            data,
            viewer=viewer,
            day=times.local_date(survey.opens_at or times.now()),
            owner=survey.feedback_owner,
            initial={name: getattr(survey, name) for name in self.FACTS},
        )
        for name in ("purpose_nb", "purpose_en", "who_sees_nb", "who_sees_en"):
            self.fields[name].widget.attrs |= {"lang": name[-2:], "maxlength": TEXT_LENGTH}
        self.versions: list[InstrumentVersion] = newest_versions()
        self.picked: list[Picked] = self._picked()

    def stored(self) -> set[str]:
        return {place.key for place in places_of(self.survey)}

    def _picked(self) -> list[Picked]:
        """The sections as sent, or as stored."""
        stored = picked_of(self.survey)
        if self.sent is None:
            return stored
        by_name = {str(one.pk): one for one in self.versions}
        by_name |= {str(one.version.pk): one.version for one in stored}
        items = set(self.sent.getlist("item"))
        return [
            Picked(
                by_name[pk], [one for one in by_name[pk].content["items"] if one["key"] in items]
            )
            for pk in dict.fromkeys(self.sent.getlist("section"))
            if pk in by_name
        ]

    @property
    def opening(self) -> dt.datetime | None:
        """When it opens as the page says now; the draft's own time where that cannot be read."""
        if self.is_bound and not self.has_error("opens_at"):
            return self.cleaned_data.get("opens_at") or self.survey.opens_at
        return self.survey.opens_at

    @property
    def not_picked(self) -> list[InstrumentVersion]:
        """What can still be added: an instrument can be asked once."""
        taken = {one.version.instrument_id for one in self.picked}
        return [one for one in self.versions if one.instrument_id not in taken]

    @property
    def minutes(self) -> int:
        return minutes_of_items(item for one in self.picked for item in one.items)

    def move(self, order: str) -> None:
        """``up:<pk>``, ``down:<pk>``, ``drop:<pk>`` or ``add:<pk>`` of a section."""
        verb, _colon, pk = order.partition(":")
        place = next((n for n, one in enumerate(self.picked) if str(one.version.pk) == pk), None)
        if verb == "add":
            new = next((one for one in self.not_picked if str(one.pk) == pk), None)
            self.picked += [Picked(new, list(new.content["items"]))] if new else []
        elif place is not None and verb == "drop":
            del self.picked[place]
        elif place is not None and verb in ("up", "down"):
            section = self.picked.pop(place)
            self.picked.insert(max(0, place + (-1 if verb == "up" else 1)), section)

    def perform(self, *, by: Person, at: dt.datetime) -> bool:
        """Saves what was changed, all of it or nothing; what an action refuses stands on the form."""
        with transaction.atomic():
            for act in (self._save_people, self._save_facts, self._save_sections):
                try:
                    act(by, at)
                except ValidationError as error:
                    add_refusal(self, error)
            if self.errors:
                transaction.set_rollback(True)
        return not self.errors

    def _save_people(self, by: Person, at: dt.datetime) -> None:
        before = {place.key for place in places_of(self.survey)}
        beyond = before - self.places.by_key().keys()
        if self.chosen != before - beyond:
            actions.set_audience(survey=self.survey, places=self.chosen_places, by=by, at=at)

    def _save_facts(self, by: Person, at: dt.datetime) -> None:
        facts: dict[str, Any] = {
            name: self.cleaned_data[name]
            for name in self.FACTS
            if name in self.cleaned_data and self._is_new(name)
        }
        if "feedback_owner" not in self.errors and self.owner != self.survey.feedback_owner:
            facts["feedback_owner"] = self.owner
        if facts:
            actions.change_survey(survey=self.survey, by=by, at=at, **facts)

    def _is_new(self, name: str) -> bool:
        before, now = getattr(self.survey, name), self.cleaned_data[name]
        if isinstance(now, dt.datetime) and before is not None:
            # The picker knows no seconds.
            return bool(before.replace(second=0, microsecond=0) != now)
        if isinstance(now, str):
            return bool(now.replace("\r\n", "\n").strip() != before)
        return bool(before != now)

    def _save_sections(self, by: Person, at: dt.datetime) -> None:
        empty = [one.version.title for one in self.picked if not one.items]
        if empty:
            raise ValidationError(
                _("Choose at least one question of %(title)s, or take it out.")
                % {"title": empty[0]}
            )
        stored = [(one.version.pk, one.keys) for one in picked_of(self.survey)]
        if stored == [(one.version.pk, one.keys) for one in self.picked]:
            return
        sections = [(one.version, [] if one.is_whole else one.keys) for one in self.picked]
        actions.set_sections(survey=self.survey, sections=sections, by=by, at=at)


class ReviewForm(forms.Form):
    """A representative has read the plan."""

    remark = forms.CharField(
        label=gettext_lazy("A remark for HR"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "maxlength": TEXT_LENGTH}),
    )

    def perform(self, *, survey: Survey, by: Person, at: dt.datetime) -> None:
        actions.confirm_review(survey=survey, by=by, remark=self.cleaned_data["remark"], at=at)


class PaperForm(forms.Form):
    """Whose codes are made: those of one site, or of all sites together."""

    site = forms.ChoiceField(label=gettext_lazy("Site"), required=False)
    expected = frozenset({"site"})

    def __init__(self, data: QueryDict | None = None, *, people: list[Person], tree: Tree) -> None:
        super().__init__(data)
        self.people = people
        self.sites: dict[str, list[Person]] = {"": people}
        names = {"": _("All sites")}
        for person in people:
            if site := tree.site_of(unit_id_of(person)):
                self.sites.setdefault(site.key, []).append(person)
                names[site.key] = site.name
        self.fields["site"].choices = [  # type: ignore[attr-defined]
            (key, f"{names[key]} ({len(self.sites[key])})")
            for key in sorted(names, key=lambda key: (key != "", names[key]))
        ]

    def clean_site(self) -> str:
        key: str = self.cleaned_data["site"]
        if len(self.sites[key]) > SheetForm.MOST:
            raise ValidationError(
                _("At most %(count)d slips at a time. Choose a site.") % {"count": SheetForm.MOST}
            )
        return key

    def issue(self, *, by: Person, at: dt.datetime) -> list[tuple[Person, str]]:
        """Each person with their unit, and their new code."""
        people = {one.pk: one for one in self.sites[self.cleaned_data["site"]]}
        issued = issue_activation_codes(people=list(people.values()), by=by, at=at)
        codes = {person.pk: code for person, code in issued}
        return [(person, codes[pk]) for pk, person in people.items()]


class ExtendForm(forms.Form):
    closes_at = MomentField(label=gettext_lazy("New time to close"))

    def perform(self, *, survey: Survey, by: Person, at: dt.datetime) -> None:
        clock.extend_survey(survey=survey, closes_at=self.cleaned_data["closes_at"], by=by, at=at)


class CancelForm(forms.Form):
    reason = forms.CharField(
        label=pgettext_lazy("of cancelling", "Why?"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": 500}),
        help_text=gettext_lazy("Everybody who was asked can read it."),
    )

    def perform(self, *, survey: Survey, by: Person, at: dt.datetime) -> None:
        clock.cancel_survey(survey=survey, reason=self.cleaned_data["reason"], by=by, at=at)


def places_for(keys: Iterable[str], places: Places) -> list[Place]:
    """The places behind ``keys`` that may be asked; others are passed over."""
    known = places.by_key()
    return [known[key] for key in dict.fromkeys(keys) if key in known]
