"""Announcements for programs, read and written as in the browser and with the same actions."""

import datetime as dt
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Model, Prefetch
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from engagement import times
from engagement.api.idempotency import idempotent
from engagement.api.models import Scope
from engagement.api.pagination import KeysetPagination, bad_cursor
from engagement.api.problems import InvalidRequest
from engagement.api.viewsets import KEY_PARAMETER, LOCATION, Resource
from engagement.people.lists import find_listed
from engagement.people.tree import Tree
from events.access import announcing as access
from events.access.planning import reach_of
from events.actions import announcing
from events.announcement_facts import WORDS, AnnouncementFacts, Words
from events.api.announcement_shapes import (
    AnnouncementSerializer,
    CorrectedSerializer,
    NewAnnouncementSerializer,
    PublishSerializer,
    WithdrawSerializer,
)
from events.api.events import audiences_by_key
from events.models import Announcement, AnnouncementQuerySet, AnnouncementRevision, Series

ONE: dict[str, Any] = {"parameters": [KEY_PARAMETER], "responses": {200: AnnouncementSerializer}}


class LatestFirst(KeysetPagination):
    """What was sent or corrected last comes first."""

    ordering = ("told_at", "pk")
    is_descending = True

    def write(self, row: Model, *, is_back: bool) -> str:
        told = Announcement(pk=row.pk)
        told.told_at = row.told_at.isoformat()  # type: ignore[attr-defined]
        return super().write(told, is_back=is_back)

    @staticmethod
    def _value(name: str, value: Any) -> Any:
        if name != "told_at":
            return KeysetPagination._value(name, value)
        try:
            moment = dt.datetime.fromisoformat(value)
        except (TypeError, ValueError) as error:
            raise bad_cursor() from error
        if moment.tzinfo is None:
            raise bad_cursor()
        return moment


class AnnouncementResource(Resource):
    """What was decided or will be done, for those it affects. Leads, site managers and HR announce, to
    those they answer for. Nothing here tells who has read one."""

    read_scope = Scope.ANNOUNCEMENTS_READ
    write_scope = Scope.ANNOUNCEMENTS_WRITE
    serializer_class = AnnouncementSerializer
    pagination_class = LatestFirst
    api_names = {"audiences": "audience", "series": "event"}

    def list(self, request: Request) -> Response:
        """What was sent to the caller, the latest first."""
        mine = _announcements().published().filter(access.sent_to(self.me))
        return self.get_paginated_response(self._shown(self.paginate_queryset(mine) or []))

    @extend_schema(parameters=[KEY_PARAMETER])
    def retrieve(self, request: Request, key: str) -> Response:
        """One of them, or a draft of the caller's own."""
        return self._answer(access.get_announcement_to_read(self.me, key))

    @extend_schema(
        request=NewAnnouncementSerializer,
        responses={201: AnnouncementSerializer},
        parameters=[LOCATION],
    )
    @idempotent
    def create(self, request: Request) -> Response:
        """A draft. `publish` sends it."""
        if not access.can_create_announcements(self.me):
            raise PermissionDenied(_("Leads, site managers and HR announce."))
        facts = self._facts(self.clean(NewAnnouncementSerializer))
        announcement = announcing.create_announcement(facts=facts, by=self.me, at=times.now())
        answer = self._answer(announcement, status=201)
        answer.headers["Location"] = reverse(
            "api:announcements-detail", args=[announcement.key], request=request
        )
        return answer

    @extend_schema(request=PublishSerializer, **ONE)
    @action(detail=True, methods=["post"])
    @idempotent
    def publish(self, request: Request, key: str) -> Response:
        """Sends a draft to everybody it is for, at once or `at` a time within a year."""
        announcement = access.get_announcement_to_change(self.me, key)
        wanted = self.clean(PublishSerializer)
        given: dict[str, Any] = {
            "announcement": announcement,
            "version": wanted["version"],
            "by": self.me,
            "at": times.now(),
        }
        if wanted["at"] is None:
            return self._answer(announcing.publish_announcement(**given))
        return self._answer(announcing.schedule_announcement(publish_at=wanted["at"], **given))

    @extend_schema(request=CorrectedSerializer, **ONE)
    @action(detail=True, methods=["post"])
    @idempotent
    def correct(self, request: Request, key: str) -> Response:
        """Changes the words that are given, with a note of what and why. The old ones stay to be read."""
        announcement = access.get_announcement_to_change(self.me, key)
        wanted = self.clean(CorrectedSerializer)
        words = {name: wanted.get(name, getattr(announcement, name)) for name in WORDS}
        corrected = announcing.correct_announcement(
            announcement=announcement,
            words=Words(**words),
            note=wanted["note"],
            version=wanted["version"],
            by=self.me,
            at=times.now(),
        )
        return self._answer(corrected)

    @extend_schema(request=WithdrawSerializer, **ONE)
    @action(detail=True, methods=["post"])
    @idempotent
    def withdraw(self, request: Request, key: str) -> Response:
        """It does not hold any more; with the reason, those it was sent to can still read it."""
        announcement = access.get_announcement_to_change(self.me, key)
        wanted = self.clean(WithdrawSerializer)
        withdrawn = announcing.withdraw_announcement(
            announcement=announcement,
            reason=wanted["reason"],
            version=wanted["version"],
            by=self.me,
            at=times.now(),
        )
        return self._answer(withdrawn)

    def _facts(self, wanted: dict[str, Any]) -> AnnouncementFacts:
        facts = dict(wanted)
        day = times.today()
        reach = reach_of(self.me, tree=Tree.on(day))
        among = access.people_reached(reach, day=day)
        people, unknown = find_listed(facts.pop("people"), among=among, viewer=self.me)
        if unknown:
            raise InvalidRequest(
                errors=[
                    {
                        "pointer": f"#/people/{wanted['people'].index(word)}",
                        "detail": _("Nobody you answer for has this id, number or e-mail."),
                        "code": "unknown",
                    }
                    for word in unknown[:50]
                ]
            )
        audiences = audiences_by_key(facts.pop("audience"), member="audience")
        series = _series(facts.pop("event"))
        return AnnouncementFacts(**facts, audiences=audiences, people=people, series=series)

    def _shown(self, announcements: Any) -> Any:
        keys = [one.pk for one in announcements]
        at = times.now()
        new = Announcement.objects.unread_by(self.me, at).filter(pk__in=keys)
        context = {"new": set(new.values_list("pk", flat=True)), "viewer": self.me}
        return AnnouncementSerializer(announcements, many=True, context=context).data

    def _answer(self, announcement: Announcement, *, status: int = 200) -> Response:
        [shown] = self._shown([_announcements().get(pk=announcement.pk)])
        return Response(shown, status=status)


def _announcements() -> AnnouncementQuerySet:
    """Announcements with what the API tells of them. Three queries however many they are."""
    corrections = AnnouncementRevision.objects.filter(number__gt=1).order_by("number")
    return Announcement.objects.select_related("author", "series").prefetch_related(
        Prefetch("revisions", corrections, to_attr="corrections"), "read_counts"
    )


def _series(key: str | None) -> Series | None:
    if key is None:
        return None
    series = Series.objects.filter(events__key=key).first()
    if series is None:
        detail = _("There is no event with this id.")
        raise InvalidRequest(errors=[{"pointer": "#/event", "detail": detail, "code": "unknown"}])
    return series
