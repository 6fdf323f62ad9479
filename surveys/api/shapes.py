"""How a survey stands in the API, and what a program may say about one."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from engagement.api.fields import Moment, MomentField, RefSerializer, Text, Whole
from engagement.api.viewsets import StrictSerializer
from surveys.access import Place
from surveys.actions.drafts import (
    LONGEST_REASON,
    LONGEST_RETENTION,
    LONGEST_TEXT,
    MOST_ITEMS,
    SHORTEST_RETENTION,
)
from surveys.instruments import templates
from surveys.instruments.parse import LONGEST_KEY
from surveys.models import Survey, SurveyAudience

MOST_PLACES, MOST_SECTIONS = 200, 20
LONGEST_ID = 40


class PlaceSerializer(RefSerializer):
    """A unit, a site or an employer."""

    kind = serializers.SerializerMethodField()

    @extend_schema_field({"type": "string", "enum": ["unit", "site", "employer"]})
    def get_kind(self, place: Place) -> str:
        return type(place).__name__.lower()


class SectionSerializer(serializers.Serializer[Any]):
    """An instrument that is asked."""

    instrument = serializers.CharField(source="version.instrument.key", read_only=True)
    version = serializers.IntegerField(source="version.number", read_only=True)
    items = serializers.ListField(
        source="item_keys",
        child=serializers.CharField(),
        read_only=True,
        help_text="Empty: all of them.",
    )


class SurveySerializer(serializers.Serializer[Any]):
    """A survey as it was fixed, and how far it has come. What is public of its ballots is in the
    manifest and in the receipts.
    """

    id = serializers.CharField(source="key", read_only=True)
    kind = serializers.ChoiceField(Survey.Kind.choices, read_only=True)
    level = serializers.ChoiceField(Survey.Level.choices, read_only=True)
    state = serializers.ChoiceField(Survey.State.choices, read_only=True)
    title_nb = serializers.CharField(read_only=True)
    title_en = serializers.CharField(read_only=True)
    purpose_nb = serializers.CharField(read_only=True)
    purpose_en = serializers.CharField(read_only=True)
    who_sees_nb = serializers.CharField(read_only=True)
    who_sees_en = serializers.CharField(read_only=True)
    discussed_on = serializers.DateField(read_only=True, allow_null=True)
    feedback_on = serializers.DateField(read_only=True, allow_null=True)
    feedback_owner = RefSerializer(read_only=True, allow_null=True)
    retention_months = serializers.IntegerField(read_only=True, allow_null=True)
    audience = serializers.SerializerMethodField()
    sections = SectionSerializer(many=True, read_only=True)
    opens_at = MomentField(allow_null=True)
    closes_at = MomentField(allow_null=True)
    counted_at = MomentField(allow_null=True)
    cancelled_at = MomentField(allow_null=True)
    cancel_reason = serializers.CharField(read_only=True)

    @extend_schema_field(PlaceSerializer(many=True))
    def get_audience(self, survey: Survey) -> Any:
        return PlaceSerializer([_place(row) for row in survey.audience.all()], many=True).data


def _place(row: SurveyAudience) -> Place:
    place = row.unit or row.site or row.employer
    assert place is not None
    return place


class NewSectionSerializer(StrictSerializer):
    """An instrument to ask."""

    instrument = Text(max_length=LONGEST_KEY)
    version = Whole(min_value=1, max_value=32767, required=False, help_text="Else the newest.")
    items = serializers.ListField(
        child=Text(max_length=80), max_length=MOST_ITEMS, required=False, help_text="Else all."
    )


class ChangedSurveySerializer(StrictSerializer):
    """What is changed of a draft: what is left out stays."""

    title_nb = Text(max_length=120, required=False)
    title_en = Text(max_length=120, required=False)
    purpose_nb = Text(max_length=LONGEST_TEXT, allow_blank=True, required=False)
    purpose_en = Text(max_length=LONGEST_TEXT, allow_blank=True, required=False)
    who_sees_nb = Text(max_length=LONGEST_TEXT, allow_blank=True, required=False)
    who_sees_en = Text(max_length=LONGEST_TEXT, allow_blank=True, required=False)
    level = serializers.ChoiceField(Survey.Level.choices, required=False)
    discussed_on = serializers.DateField(required=False)
    feedback_on = serializers.DateField(required=False)
    feedback_owner = Text(max_length=LONGEST_ID, required=False, help_text="Id of a person.")
    retention_months = Whole(
        min_value=SHORTEST_RETENTION, max_value=LONGEST_RETENTION, required=False
    )
    opens_at = Moment(required=False)
    closes_at = Moment(required=False)
    over_limit_reason = Text(
        max_length=LONGEST_REASON,
        allow_blank=True,
        required=False,
        help_text="Why units are asked for more minutes than the limit.",
    )
    audience = serializers.ListField(
        child=Text(max_length=LONGEST_ID),
        min_length=1,
        max_length=MOST_PLACES,
        required=False,
        help_text="Ids of units (with all below them), sites and employers.",
    )
    sections = serializers.ListField(
        child=NewSectionSerializer(), min_length=1, max_length=MOST_SECTIONS, required=False
    )


class NewSurveySerializer(ChangedSurveySerializer):
    """A new draft: a template, and what differs from it."""

    template = serializers.ChoiceField(sorted(templates()))


class ExtendSerializer(StrictSerializer):
    """More time."""

    closes_at = Moment()


class CancelSerializer(StrictSerializer):
    """Why a survey ends without a count; everybody who was asked can read it."""

    reason = Text(max_length=LONGEST_REASON)
