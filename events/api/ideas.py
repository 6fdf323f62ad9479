"""Ideas for programs. Ends in the same actions as the pages."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from engagement import times
from engagement.api.fields import MomentField, RefSerializer, Text, YesNo
from engagement.api.idempotency import idempotent
from engagement.api.models import Scope
from engagement.api.pagination import NewestFirst
from engagement.api.problems import InvalidRequest
from engagement.api.viewsets import KEY_PARAMETER, LOCATION, Resource, StrictSerializer
from events import actions
from events.access import ideas as access
from events.access.planning import get_event_to_edit
from events.models import (
    NOTE_LENGTH,
    REASON_LENGTH,
    TITLE_LENGTH,
    WHAT_LENGTH,
    Event,
    Idea,
    IdeaReport,
)
from events.queries.ideas import ideas_told_to

# What programs are told of: nobody reads what is hidden or was taken back.
STATES = (Idea.State.OPEN, Idea.State.PICKED, Idea.State.DECLINED, Idea.State.LAPSED)
STATE_CHOICES = [(one.value, one.label) for one in STATES]


class IdeaSerializer(serializers.Serializer[Any]):
    """An idea. Never who voted, nor who wants to stay unnamed."""

    id = serializers.CharField(source="key", read_only=True)
    title = serializers.CharField(read_only=True)
    what = serializers.CharField(read_only=True)
    site = RefSerializer(read_only=True, allow_null=True, help_text="Null: for everybody.")
    proposer = RefSerializer(
        source="author", read_only=True, allow_null=True, help_text="Null: wants to stay unnamed."
    )
    state = serializers.ChoiceField(STATE_CHOICES, read_only=True)
    votes = serializers.IntegerField(
        source="votes_told", read_only=True, allow_null=True, min_value=5,
        help_text="Null: fewer than five.",
    )  # fmt: skip
    voted = serializers.BooleanField(read_only=True, help_text="Whether the caller wants it.")
    created_at = MomentField()
    settled_at = MomentField(allow_null=True)
    reason = serializers.CharField(read_only=True, help_text="Why it was declined.")
    series = serializers.SerializerMethodField(help_text="What it has become; null before.")

    @extend_schema_field({"type": "string", "nullable": True})
    def get_series(self, idea: Idea) -> str | None:
        return idea.series.key if idea.series else None


class NewIdeaSerializer(StrictSerializer):
    """Shape of a new idea; the action decides the rest."""

    title = Text(max_length=TITLE_LENGTH)
    what = Text(max_length=WHAT_LENGTH, allow_blank=True, default="")
    everybody = YesNo(default=False, help_text="False: for the caller's own site.")
    named = YesNo(default=True, help_text="False: nobody is told who proposed it.")


class PickSerializer(StrictSerializer):
    event = Text(max_length=40, help_text="Id of an event the caller plans: what it has become.")


class DeclineSerializer(StrictSerializer):
    reason = Text(max_length=REASON_LENGTH, help_text="Those who wanted it read it.")


class ReportIdeaSerializer(StrictSerializer):
    """What is wrong with an idea."""

    reason = serializers.ChoiceField(IdeaReport.Reason.choices)
    note = Text(
        max_length=NOTE_LENGTH, allow_blank=True, default="",
        help_text="Read by those who decide, without the caller's name.",
    )  # fmt: skip


ONE: dict[str, Any] = {"parameters": [KEY_PARAMETER], "responses": {200: IdeaSerializer}}


class IdeaResource(Resource):
    """What colleagues would like to do. Site managers decide about the ideas of their site, HR and
    administrators as far as their role reaches."""

    read_scope = Scope.IDEAS_READ
    write_scope = Scope.IDEAS_WRITE
    serializer_class = IdeaSerializer
    pagination_class = NewestFirst

    def list(self, request: Request) -> Response:
        """Those for the caller's site and for everybody, the latest first."""
        page = self.paginate_queryset(ideas_told_to(self.me, day=times.today()))
        return self.get_paginated_response(IdeaSerializer(page, many=True).data)

    @extend_schema(parameters=[KEY_PARAMETER])
    def retrieve(self, request: Request, key: str) -> Response:
        """One idea."""
        return self._told(key)

    @extend_schema(
        request=NewIdeaSerializer, responses={201: IdeaSerializer}, parameters=[LOCATION]
    )
    @idempotent
    def create(self, request: Request) -> Response:
        """Proposes it, with the caller's own vote. Five within a day at most."""
        wanted, at = self.clean(NewIdeaSerializer), times.now()
        sites = access.sites_to_propose_for(self.me, day=times.local_date(at))
        idea = actions.propose_idea(
            title=wanted["title"],
            what=wanted["what"],
            site=None if wanted["everybody"] or not sites else sites[0],
            is_named=wanted["named"],
            by=self.me,
            at=at,
        )
        answer = self._told(idea.key)
        answer.status_code = 201
        answer.headers["Location"] = reverse("api:ideas-detail", args=[idea.key], request=request)
        return answer

    @extend_schema(request=None, **ONE)
    @action(detail=True, methods=["post"])
    @idempotent
    def vote(self, request: Request, key: str) -> Response:
        """The caller wants it. Twice is once."""
        actions.vote_for_idea(idea=self._idea(key), by=self.me, at=times.now())
        return self._told(key)

    @extend_schema(request=None, **ONE)
    @action(detail=True, methods=["post"])
    @idempotent
    def unvote(self, request: Request, key: str) -> Response:
        """The caller does not want it any more. Twice is once."""
        actions.take_back_vote(idea=self._idea(key), by=self.me, at=times.now())
        return self._told(key)

    @extend_schema(request=PickSerializer, **ONE)
    @action(detail=True, methods=["post"])
    @idempotent
    def pick(self, request: Request, key: str) -> Response:
        """It happens, as the series of an event. Those who wanted it are told."""
        idea = self._to_settle(key)
        event = self._event(self.clean(PickSerializer)["event"])
        actions.pick_idea(idea=idea, series=event.series, by=self.me, at=times.now())
        return self._told(key)

    @extend_schema(request=DeclineSerializer, **ONE)
    @action(detail=True, methods=["post"])
    @idempotent
    def decline(self, request: Request, key: str) -> Response:
        """Not this time, with the reason. Those who wanted it are told."""
        idea, reason = self._to_settle(key), self.clean(DeclineSerializer)["reason"]
        actions.decline_idea(idea=idea, reason=reason, by=self.me, at=times.now())
        return self._told(key)

    @extend_schema(parameters=[KEY_PARAMETER], request=ReportIdeaSerializer, responses={204: None})
    @action(detail=True, methods=["put"])
    def report(self, request: Request, key: str) -> Response:
        """It should not stand. Told to those who decide, never by whom. Twice is once."""
        # No POST: an Idempotency-Key would keep who reported it for a day longer than needed.
        self._idea(key)
        idea = access.get_idea_to_report(self.me, key)
        sent = self.clean(ReportIdeaSerializer)
        actions.report_idea(
            idea=idea, reason=sent["reason"], note=sent["note"], by=self.me, at=times.now()
        )
        return Response(status=204)

    def _idea(self, key: str) -> Idea:
        """404 also for what is hidden or was taken back: only people read that."""
        idea = access.get_idea_to_view(self.me, key)
        if idea.state not in STATES:
            raise Http404
        return idea

    def _to_settle(self, key: str) -> Idea:
        idea = self._idea(key)
        if not access.can_settle_idea(self.me, idea):
            raise PermissionDenied(_("Its site manager decides about it."))
        return idea

    def _event(self, key: str) -> Event:
        try:
            return get_event_to_edit(self.me, key)
        except (Http404, PermissionDenied) as error:
            detail = _("There is no such event that you plan.")
            raise InvalidRequest(
                errors=[{"pointer": "#/event", "detail": detail, "code": "unknown"}]
            ) from error

    def _told(self, key: str) -> Response:
        self._idea(key)
        idea = ideas_told_to(self.me, day=times.today()).get(key=key)
        return Response(IdeaSerializer(idea).data)
