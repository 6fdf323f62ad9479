"""How an announcement stands in the API, and what a program may say of one."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from engagement.api.fields import Moment, MomentField, RefSerializer, Text, Whole
from engagement.api.viewsets import StrictSerializer
from engagement.people.lists import MOST_LISTED
from events.actions.announcing.drafting import MOST_GROUPS
from events.models import (
    ANSWER_LENGTH,
    BODY_LENGTH,
    MOST_WALL_DAYS,
    REASON_LENGTH,
    SHORT_ANSWER_LENGTH,
    TITLE_LENGTH,
    Announcement,
)
from events.read_counts import FEWEST, bounds_of

LONGEST_ID = 40
LONGEST_NAME = 254


class CorrectionSerializer(serializers.Serializer[Any]):
    """What was corrected, and when."""

    at = MomentField(source="made_at")
    note = serializers.CharField(read_only=True)


class ReadSerializer(serializers.Serializer[Any]):
    """About how many had read it. Blurred, so that nobody can be worked out."""

    after_days = serializers.IntegerField(read_only=True)
    about_from = serializers.IntegerField(read_only=True)
    about_to = serializers.IntegerField(read_only=True)


class AnnouncementSerializer(serializers.Serializer[Any]):
    """A draft, or something that was sent."""

    id = serializers.CharField(source="key", read_only=True)
    kind = serializers.ChoiceField(Announcement.Kind.choices, read_only=True)
    state = serializers.ChoiceField(Announcement.State.choices, read_only=True)
    title = serializers.CharField(read_only=True)
    decided = serializers.CharField(read_only=True, help_text="What was decided.")
    why = serializers.CharField(read_only=True)
    affects = serializers.CharField(read_only=True, help_text="Whom it affects, and how.")
    next_step = serializers.CharField(read_only=True, help_text="What happens next.")
    next_on = serializers.DateField(read_only=True, allow_null=True)
    body_name = serializers.CharField(
        read_only=True, help_text="Who decided, where it was not the author alone."
    )
    author = RefSerializer(read_only=True)
    series = serializers.CharField(
        source="series.key",
        read_only=True,
        default=None,
        allow_null=True,
        help_text="The series of events it belongs to.",
    )
    ends_on = serializers.DateField(
        read_only=True, allow_null=True, help_text="The last day on which it holds."
    )
    publish_at = MomentField(allow_null=True, help_text="When the clock sends it.")
    published_at = MomentField(allow_null=True)
    corrections = serializers.SerializerMethodField(help_text="The oldest first.")
    ended_at = MomentField(allow_null=True)
    withdrawn_at = MomentField(allow_null=True)
    withdraw_reason = serializers.CharField(read_only=True)
    version = serializers.IntegerField(
        read_only=True, help_text="Send it with a change, to be refused if somebody was faster."
    )
    is_new = serializers.SerializerMethodField(
        help_text="Whether the caller got it and has not said that they have read it."
    )
    recipient_count = serializers.SerializerMethodField(
        help_text="To how many it was sent; null for all but its author."
    )
    read = serializers.SerializerMethodField(
        help_text="Counted 1, 3 and 7 days after it was sent; empty for all but its author, and for "
        f"fewer than {FEWEST} people."
    )

    @extend_schema_field(CorrectionSerializer(many=True))
    def get_corrections(self, announcement: Announcement) -> Any:
        return CorrectionSerializer(
            announcement.corrections,  # type: ignore[attr-defined]  # prefetched
            many=True,
        ).data

    def get_is_new(self, announcement: Announcement) -> bool:
        return announcement.pk in self.context["new"]

    @extend_schema_field(serializers.IntegerField(allow_null=True))
    def get_recipient_count(self, announcement: Announcement) -> int | None:
        return announcement.recipient_count if self._is_author(announcement) else None

    @extend_schema_field(ReadSerializer(many=True))
    def get_read(self, announcement: Announcement) -> Any:
        if not announcement.recipient_count or not self._is_author(announcement):
            return []
        told = []
        for one in sorted(announcement.read_counts.all(), key=lambda count: count.days):
            least, most = bounds_of(one.step, announcement.recipient_count)
            told.append({"after_days": one.days, "about_from": least, "about_to": most})
        return told

    def _is_author(self, announcement: Announcement) -> bool:
        return bool(announcement.author_id == self.context["viewer"].pk)


class WordsSerializer(StrictSerializer):
    """The words that readers read."""

    title = Text(max_length=TITLE_LENGTH, required=False)
    decided = Text(max_length=ANSWER_LENGTH, required=False, allow_blank=True)
    why = Text(max_length=ANSWER_LENGTH, required=False, allow_blank=True)
    affects = Text(max_length=SHORT_ANSWER_LENGTH, required=False, allow_blank=True)
    next_step = Text(max_length=SHORT_ANSWER_LENGTH, required=False, allow_blank=True)
    next_on = serializers.DateField(required=False, allow_null=True)
    body_name = Text(max_length=BODY_LENGTH, required=False, allow_blank=True)


class NewAnnouncementSerializer(WordsSerializer):
    """Shape of a draft; the action decides the rest."""

    title = Text(max_length=TITLE_LENGTH)
    kind = serializers.ChoiceField(Announcement.Kind.choices, default=Announcement.Kind.DECISION)
    audience = serializers.ListField(
        child=Text(max_length=LONGEST_ID), default=list, max_length=MOST_GROUPS,
        help_text="Ids of units (with those below), sites and employers.",
    )  # fmt: skip
    people = serializers.ListField(
        child=Text(max_length=LONGEST_NAME), default=list, max_length=MOST_LISTED,
        help_text="Ids, employee numbers or e-mail addresses.",
    )  # fmt: skip
    event = Text(
        max_length=LONGEST_ID,
        default=None,
        allow_null=True,
        help_text="Id of an event it is about.",
    )
    wall_days = Whole(
        min_value=1, max_value=MOST_WALL_DAYS, default=None, allow_null=True,
        help_text="How long it hangs on the walls of its units and sites; null: not at all.",
    )  # fmt: skip
    ends_on = serializers.DateField(default=None, allow_null=True)


class VersionedSerializer(StrictSerializer):
    version = Whole(default=None, allow_null=True, help_text="The version that the change is of.")


class PublishSerializer(VersionedSerializer):
    """When it is sent."""

    at = Moment(default=None, allow_null=True, help_text="Null: now.")


class CorrectedSerializer(WordsSerializer):
    """New words; what is left out stays."""

    version = Whole(default=None, allow_null=True, help_text="The version that the change is of.")
    note = Text(max_length=REASON_LENGTH, help_text="What is corrected, and why.")


class WithdrawSerializer(VersionedSerializer):
    """Why it does not hold any more."""

    reason = Text(max_length=REASON_LENGTH)
