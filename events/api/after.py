"""What programs may do when an event is over: say how it was, and read which photos there are."""

from typing import Any

from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from engagement import times
from engagement.api.fields import MomentField
from engagement.api.models import Scope
from engagement.api.viewsets import KEY_PARAMETER, Resource, StrictSerializer
from events import actions
from events.access.after import get_event_to_answer
from events.access.planning import get_event_to_view
from events.models import Photo, Tally
from events.queries.after import agreed_photos


class OpinionSerializer(StrictSerializer):
    """What the caller found. Counted, not kept."""

    opinion = serializers.ChoiceField(Tally.Opinion.choices)


class PhotoSerializer(serializers.Serializer[Any]):
    """A photo that all on it have agreed to. Never who that is."""

    id = serializers.CharField(source="key", read_only=True)
    what = serializers.CharField(source="alt", read_only=True, help_text="What one sees, in words.")
    width = serializers.IntegerField(read_only=True)
    height = serializers.IntegerField(read_only=True)
    page = serializers.SerializerMethodField(
        help_text="Where a signed-in browser shows it. Keep no copy: it may be taken down at any time."
    )
    uploaded_at = MomentField()

    def get_page(self, photo: Photo) -> str:
        return f"/events/photos/{photo.key}/"


class AfterEvent(Resource):
    """What `EventResource` has for events that are over."""

    @extend_schema(parameters=[KEY_PARAMETER], request=OpinionSerializer, responses={204: None})
    @action(detail=True, methods=["put"], url_path="was-it-good", write_scope=Scope.SIGNUPS_WRITE)
    def was_it_good(self, request: Request, key: str) -> Response:
        """How it was, once, for those who had a place, within three days after it is over."""
        # No POST: an Idempotency-Key would keep the hash of an answer beside its person for a day.
        at = times.now()
        event = get_event_to_answer(self.me, key, at=at)
        opinion = self.clean(OpinionSerializer)["opinion"]
        actions.answer_was_it_good(event=event, opinion=opinion, by=self.me, at=at)
        return Response(status=204)

    @extend_schema(
        parameters=[KEY_PARAMETER],
        responses={200: inline_serializer("EventPhotos", {"photos": PhotoSerializer(many=True)})},
    )
    @action(detail=True, methods=["get"])
    def photos(self, request: Request, key: str) -> Response:
        """Photos that all on them have agreed to."""
        event = get_event_to_view(self.me, key)
        shown = agreed_photos(event, day=times.today())
        return Response({"photos": PhotoSerializer(shown, many=True).data})
