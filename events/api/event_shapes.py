"""How an event stands in the API, and what a program may say about one."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from engagement.api.fields import MomentField, RefSerializer, Text, Whole, YesNo
from engagement.api.viewsets import StrictSerializer
from events.actions.planning import (
    JOB_LENGTH,
    MOST_CLOSED_MINUTES,
    MOST_HANDS,
    MOST_INVITED,
    MOST_JOBS,
    MOST_OPEN_DAYS,
    MOST_SITTINGS,
)
from events.facts import Audience
from events.models import (
    DESCRIPTION_LENGTH,
    MOST_PLACES,
    PLACE_LENGTH,
    REASON_LENGTH,
    TITLE_LENGTH,
    Emblem,
    Event,
)
from events.recurrence import LONGEST_RULE

LONGEST_ID = 40
# What one day may have for itself.
ONE_DAY = ("title", "description", "day", "sittings")
AUDIENCE_KINDS = ("unit", "site", "employer")
SCOPES = ("this", "following", "all")
MOST_REPLACED = 200


class AudienceSerializer(RefSerializer):
    """A unit, a site or an employer."""

    kind = serializers.SerializerMethodField()

    @extend_schema_field({"type": "string", "enum": list(AUDIENCE_KINDS)})
    def get_kind(self, audience: Audience) -> str:
        return type(audience).__name__.lower()


class EventJobSerializer(serializers.Serializer[Any]):
    """Hands wanted."""

    id = serializers.CharField(source="key", read_only=True)
    name = serializers.CharField(read_only=True)
    hands = serializers.IntegerField(source="capacity", read_only=True)
    taken = serializers.IntegerField(source="taken_count", read_only=True)


class EventSittingSerializer(serializers.Serializer[Any]):
    """A sitting with how many places are taken; never by whom."""

    id = serializers.CharField(source="key", read_only=True)
    site = RefSerializer(read_only=True, allow_null=True)
    starts_at = MomentField()
    ends_at = MomentField()
    place = serializers.CharField(read_only=True)
    capacity = serializers.IntegerField(
        read_only=True, allow_null=True, help_text="Null: as many as come."
    )
    taken = serializers.IntegerField(source="taken_count", read_only=True)
    opens_at = MomentField()
    closes_at = MomentField()
    cancelled_at = MomentField(allow_null=True)
    jobs = EventJobSerializer(many=True, read_only=True)


class EventSerializer(serializers.Serializer[Any]):
    """One day of a series."""

    id = serializers.CharField(source="key", read_only=True)
    series = serializers.CharField(
        source="series.key", read_only=True, help_text="The same for all days of one series."
    )
    title = serializers.CharField(read_only=True)
    description = serializers.CharField(read_only=True)
    emblem = serializers.ChoiceField(Emblem.choices, source="series.emblem", read_only=True)
    day = serializers.DateField(read_only=True)
    rule = serializers.CharField(
        source="series.rule", read_only=True, help_text="RRULE of the series; empty: held once."
    )
    organiser = RefSerializer(source="series.organiser", read_only=True)
    invited = serializers.SerializerMethodField(help_text="Empty: everybody.")
    sittings = EventSittingSerializer(source="sittings.all", many=True, read_only=True)
    has_own_sittings = serializers.BooleanField(
        read_only=True,
        help_text="Somebody changed the sittings of this day: the series passes it by.",
    )
    cancelled_at = MomentField(allow_null=True)
    cancel_reason = serializers.CharField(read_only=True)

    @extend_schema_field(AudienceSerializer(many=True))
    def get_invited(self, event: Event) -> Any:
        rows = event.series.invitations.all()
        invited = [one for row in rows if (one := row.unit or row.site or row.employer)]
        return AudienceSerializer(invited, many=True).data


class GivenSittingSerializer(StrictSerializer):
    """From when to when by the wall clock of its site. What ends before it starts ends next day."""

    site = Text(max_length=LONGEST_ID, allow_null=True, help_text="Null: for all at once.")
    starts = serializers.TimeField(format="%H:%M", input_formats=["%H:%M", "%H:%M:%S"])
    ends = serializers.TimeField(format="%H:%M", input_formats=["%H:%M", "%H:%M:%S"])
    place = Text(max_length=PLACE_LENGTH, allow_blank=True, default="")
    capacity = Whole(min_value=1, max_value=MOST_PLACES, allow_null=True, default=None)


class GivenJobSerializer(StrictSerializer):
    name = Text(max_length=JOB_LENGTH)
    hands = Whole(min_value=1, max_value=MOST_HANDS, default=1)


class GivenEventSerializer(StrictSerializer):
    """What new and changed events share."""

    title = Text(max_length=TITLE_LENGTH, required=False)
    description = Text(max_length=DESCRIPTION_LENGTH, allow_blank=True, required=False)
    emblem = serializers.ChoiceField(Emblem.choices, required=False)
    day = serializers.DateField(required=False, input_formats=["%Y-%m-%d"])
    rule = Text(
        max_length=LONGEST_RULE,
        allow_blank=True,
        required=False,
        help_text="RRULE (RFC 5545) over days, such as `FREQ=WEEKLY;BYDAY=FR`.",
    )
    skips_holidays = YesNo(required=False)
    opens_days = Whole(min_value=1, max_value=MOST_OPEN_DAYS, required=False)
    closes_minutes = Whole(min_value=0, max_value=MOST_CLOSED_MINUTES, required=False)
    is_drawn = YesNo(required=False)
    shows_on_walls = YesNo(required=False)
    sittings = serializers.ListField(
        child=GivenSittingSerializer(), min_length=1, max_length=MOST_SITTINGS, required=False
    )
    jobs = serializers.ListField(child=GivenJobSerializer(), max_length=MOST_JOBS, required=False)
    invited = serializers.ListField(
        child=Text(max_length=LONGEST_ID),
        max_length=MOST_INVITED,
        required=False,
        help_text="Units, sites and employers. Empty: everybody.",
    )


class NewEventSerializer(GivenEventSerializer):
    """A new event."""

    title = Text(max_length=TITLE_LENGTH)
    day = serializers.DateField(input_formats=["%Y-%m-%d"])
    sittings = serializers.ListField(
        child=GivenSittingSerializer(), min_length=1, max_length=MOST_SITTINGS
    )


class ChangedEventSerializer(GivenEventSerializer):
    """What is left out stays. `title`, `description`, `day` and `sittings` may change for one day."""

    scope = serializers.ChoiceField(SCOPES, default="this")
    replace_own = serializers.ListField(
        child=Text(max_length=LONGEST_ID),
        max_length=MOST_REPLACED,
        default=list,
        help_text="Of events with `has_own_sittings`: the ids of those that do as the series again. The "
        "others keep what they have. With `following` and `all`.",
    )


class CancelEventSerializer(StrictSerializer):
    """Why it is not held."""

    reason = Text(max_length=REASON_LENGTH, help_text="Those signed up read it.")
    following = YesNo(default=False)
