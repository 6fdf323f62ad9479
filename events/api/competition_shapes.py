"""How competitions and entries stand in the API, and what a program may say about one."""

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from engagement.api.fields import Moment, MomentField, RefSerializer, Text, YesNo
from engagement.api.viewsets import StrictSerializer
from events.actions.competition_rules import MOST_JUDGES, MOST_ROUNDS
from events.lots import commitment
from events.models import (
    DESCRIPTION_LENGTH,
    EXTERNAL_ID_LENGTH,
    GROUP_NAME_LENGTH,
    MOST_VALUE,
    REASON_LENGTH,
    TITLE_LENGTH,
    UNIT_WORD_LENGTH,
    Competition,
    CompetitionEmblem,
    Entry,
    GroupKind,
    Result,
    TieRule,
)
from events.palette import COLOURS, MOST_GROUPS, PATTERNS
from events.queries.competing import rows_of

LONGEST_ID = 40
MOST_MEMBERS = 1000
STATES = ("coming", "running", "closed", "cancelled")


class Amount(serializers.DecimalField):
    """A number above nothing with at most two decimals, as a JSON number or text."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            max_digits=12, decimal_places=2, min_value=Decimal("0.01"),
            max_value=Decimal(MOST_VALUE), **kwargs,
        )  # fmt: skip

    def to_internal_value(self, data: Any) -> Decimal:
        if isinstance(data, bool):
            self.fail("invalid")
        value: Decimal = super().to_internal_value(data)
        return value


class GroupStandingSerializer(serializers.Serializer[Any]):
    """Where a group stands. Numbers only where five or more stand behind them."""

    id = serializers.CharField(source="group.key", read_only=True)
    name = serializers.CharField(source="group.name", read_only=True)
    letter = serializers.CharField(source="sign.letter", read_only=True)
    colour = serializers.IntegerField(
        source="sign.colour", read_only=True, min_value=0, max_value=COLOURS - 1
    )
    pattern = serializers.ChoiceField(PATTERNS, source="sign.pattern", read_only=True)
    state = serializers.ChoiceField(
        Result.State.choices, source="line.state", read_only=True,
        help_text="`too_few`: fewer than five people. `waiting`: nothing can be told yet.",
    )  # fmt: skip
    per_head = serializers.DecimalField(
        max_digits=18, decimal_places=2, source="line.per_head", read_only=True, allow_null=True
    )
    place = serializers.IntegerField(
        source="line.place", read_only=True, allow_null=True, min_value=1
    )


class RoundSerializer(serializers.Serializer[Any]):
    """From when to when a round runs."""

    starts_at = MomentField()
    ends_at = MomentField()


class CompetitionSerializer(serializers.Serializer[Any]):
    """A contest between groups, with where they stand. Never a person's contribution."""

    id = serializers.CharField(source="key", read_only=True)
    title = serializers.CharField(read_only=True)
    description = serializers.CharField(read_only=True)
    emblem = serializers.ChoiceField(CompetitionEmblem.choices, read_only=True)
    unit_word = serializers.CharField(read_only=True)
    kind = serializers.ChoiceField(GroupKind.choices, read_only=True)
    by_people = serializers.BooleanField(read_only=True)
    by_judge = serializers.BooleanField(read_only=True)
    by_api = serializers.BooleanField(read_only=True)
    tie_rule = serializers.ChoiceField(TieRule.choices, read_only=True)
    lot_commitment = serializers.SerializerMethodField(
        help_text="SHA-256 of the seed that decides a tie by lot; else empty."
    )
    lot_seed = serializers.SerializerMethodField(help_text="Empty until it is closed.")
    most_per_entry = serializers.DecimalField(max_digits=12, decimal_places=2, read_only=True)
    most_per_day = serializers.DecimalField(max_digits=12, decimal_places=2, read_only=True)
    organiser = RefSerializer(read_only=True)
    state = serializers.SerializerMethodField()
    starts_at = MomentField()
    ends_at = MomentField()
    rounds = RoundSerializer(many=True, source="rounds.all", read_only=True)
    standings = serializers.SerializerMethodField(help_text="The best first.")
    cancel_reason = serializers.CharField(source="why_cancelled", read_only=True)

    @extend_schema_field(serializers.CharField())
    def get_lot_commitment(self, competition: Competition) -> str:
        is_lot = competition.tie_rule == TieRule.LOT
        return commitment(competition.tie_seed) if is_lot else ""

    @extend_schema_field(serializers.CharField())
    def get_lot_seed(self, competition: Competition) -> str:
        is_shown = competition.tie_rule == TieRule.LOT and competition.closed_at is not None
        return competition.tie_seed if is_shown else ""

    @extend_schema_field(serializers.ChoiceField(STATES))
    def get_state(self, competition: Competition) -> str:
        at = self.context["at"]
        if competition.cancelled_at is not None:
            return "cancelled"
        if competition.is_over(at):
            return "closed"
        return "running" if competition.starts_at <= at else "coming"

    @extend_schema_field(GroupStandingSerializer(many=True))
    def get_standings(self, competition: Competition) -> Any:
        return GroupStandingSerializer(rows_of(competition), many=True).data


class GivenRoundSerializer(StrictSerializer):
    starts_at = Moment()
    ends_at = Moment()


class GivenGroupSerializer(StrictSerializer):
    """A unit, a site, or people under a name."""

    name = Text(max_length=GROUP_NAME_LENGTH, allow_blank=True, default="")
    unit = Text(max_length=LONGEST_ID, allow_null=True, default=None)
    site = Text(max_length=LONGEST_ID, allow_null=True, default=None)
    members = serializers.ListField(
        child=Text(max_length=LONGEST_ID), max_length=MOST_MEMBERS, default=list
    )


class NewCompetitionSerializer(StrictSerializer):
    """A new competition."""

    title = Text(max_length=TITLE_LENGTH)
    description = Text(max_length=DESCRIPTION_LENGTH, allow_blank=True, default="")
    emblem = serializers.ChoiceField(CompetitionEmblem.choices, default="cup")
    unit_word = Text(max_length=UNIT_WORD_LENGTH)
    kind = serializers.ChoiceField(GroupKind.choices)
    groups = serializers.ListField(
        child=GivenGroupSerializer(), min_length=2, max_length=MOST_GROUPS
    )
    rounds = serializers.ListField(
        child=GivenRoundSerializer(), min_length=1, max_length=MOST_ROUNDS
    )
    by_people = YesNo(default=True)
    by_judge = YesNo(default=False)
    by_api = YesNo(default=False)
    judges = serializers.ListField(
        child=Text(max_length=LONGEST_ID), max_length=MOST_JUDGES, default=list
    )
    tie_rule = serializers.ChoiceField(TieRule.choices, default="shared")
    most_per_entry = Amount(default=Decimal(100))
    most_per_day = Amount(default=Decimal(200))
    joined_freely = YesNo(default=False)
    for_place = Text(
        max_length=LONGEST_ID, allow_null=True, default=None,
        help_text="For mixed groups: the unit or site whose people take part; null: everybody.",
    )  # fmt: skip
    for_everybody = YesNo(default=False)
    shows_on_walls = YesNo(default=True)


class CancelCompetitionSerializer(StrictSerializer):
    """Why it ends."""

    reason = Text(max_length=REASON_LENGTH, help_text="Those who take part read it.")


class EntrySerializer(serializers.Serializer[Any]):
    """Something the caller entered."""

    id = serializers.CharField(source="key", read_only=True)
    competition = serializers.CharField(source="competition.key", read_only=True)
    group = RefSerializer(read_only=True)
    way = serializers.ChoiceField(Entry.Way.choices, read_only=True)
    value = serializers.DecimalField(
        max_digits=12, decimal_places=2, read_only=True, allow_null=True,
        help_text="Null: somebody else entered it for a group that has had fewer than five people.",
    )  # fmt: skip
    entered_at = MomentField()
    withdrawn_at = MomentField(allow_null=True)
    external_id = serializers.CharField(read_only=True)


class NewEntrySerializer(StrictSerializer):
    """With `group` it counts for that group, and the caller judges or made the competition; without,
    it is the caller's own."""

    competition = Text(max_length=LONGEST_ID, help_text="Its id.")
    value = Amount()
    group = Text(max_length=LONGEST_ID, allow_null=True, default=None, help_text="Its id.")
    external_id = Text(
        max_length=EXTERNAL_ID_LENGTH, allow_blank=True, default="",
        help_text="The sender's own name for it: the same again is the same entry.",
    )  # fmt: skip


class ChangedEntrySerializer(StrictSerializer):
    """Another number."""

    value = Amount()


class AmendedEntrySerializer(StrictSerializer):
    """Another number for what a judge or a program entered, or none, with the reason."""

    value = Amount(allow_null=True, help_text="null strikes it.")
    reason = Text(
        max_length=REASON_LENGTH,
        help_text="What was wrong. Judges read it, and it stands in the log: name nobody.",
    )
