"""Customer praise for programs: a system that hears customers sends it, those who check it read it."""

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from typing import Any, cast

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from engagement import times
from engagement.api.fields import FaceSerializer, Moment, MomentField, Text
from engagement.api.idempotency import idempotent
from engagement.api.models import Scope
from engagement.api.pagination import (
    KeysetPagination,
    bad_cursor,
    envelope,
    link,
    page_size,
    raw_cursor,
)
from engagement.api.problems import Problem, invalid_parameter, problem_response
from engagement.api.viewsets import KEY_PARAMETER, LOCATION, Resource, StrictSerializer
from engagement.people.access import is_key, visible_people
from engagement.people.models import Person
from kudos import access, actions, queries
from kudos.models import PRAISE_LENGTH, Praise
from kudos.queries import AtHand
from kudos.scrubbing import KINDS

BATCH_MOST = 100
STATES = ("waiting", "set_aside", "approved", "dismissed")
TRAYS = {"waiting": "waiting", "set_aside": "aside", "handled": "handled"}


class FlagSerializer(serializers.Serializer[Any]):
    """A part that looks like personal data."""

    start = serializers.IntegerField(read_only=True)
    end = serializers.IntegerField(read_only=True)
    kind = serializers.ChoiceField(list(KINDS), read_only=True)


class ReceiptSerializer(serializers.Serializer[Any]):
    """What the sender is told: that it is stored, and how far it has come."""

    id = serializers.CharField(source="key", read_only=True)
    source = serializers.CharField(read_only=True)  # type: ignore[assignment]
    external_id = serializers.CharField(read_only=True)
    agent = serializers.SerializerMethodField(help_text="Id of the person it is about.")
    state = serializers.ChoiceField(STATES, read_only=True)
    received_at = MomentField()

    @extend_schema_field({"type": "string", "nullable": True})
    def get_agent(self, praise: Praise) -> str | None:
        return praise.agent.key if praise.agent else None


class PraiseSerializer(ReceiptSerializer):
    """Praise, for those who check it."""

    agent = FaceSerializer(read_only=True, allow_null=True)  # type: ignore[assignment]
    text = serializers.CharField(read_only=True)
    language = serializers.CharField(read_only=True)
    topic = serializers.CharField(read_only=True)
    score = serializers.FloatField(read_only=True, allow_null=True)
    happened_at = MomentField(allow_null=True)
    flags = FlagSerializer(many=True, read_only=True)


class Share(serializers.FloatField):
    """A JSON number from 0 to 1; strings and booleans are not read as one."""

    def to_internal_value(self, data: Any) -> float:
        if type(data) not in (int, float) or not math.isfinite(data):
            self.fail("invalid")
        return float(super().to_internal_value(data))


class NewPraiseSerializer(StrictSerializer):
    """Shape of new praise; the action and the rules decide the rest."""

    source = serializers.RegexField(  # type: ignore[assignment]
        r"^[a-z0-9][a-z0-9-]{0,39}$", help_text="Which system sends it, always the same."
    )
    external_id = Text(max_length=100, help_text="Its id there. The same again is stored once.")
    text = Text(max_length=PRAISE_LENGTH)
    agent = Text(
        required=False,
        allow_null=True,
        default=None,
        max_length=40,
        help_text="Id of the person it is about. Or `employee_number`. Neither: for HR to tell.",
    )
    employee_number = Text(required=False, allow_null=True, default=None, max_length=40)
    employer = Text(
        required=False,
        allow_null=True,
        default=None,
        max_length=40,
        help_text="Id of the employer, where two have the same `employee_number`.",
    )
    language = serializers.RegexField(
        r"^[a-z]{2,3}$", required=False, default="", help_text="Of the text: nb, en, lt."
    )
    topic = Text(required=False, allow_blank=True, default="", max_length=60)
    score = Share(
        required=False,
        allow_null=True,
        default=None,
        min_value=0,
        max_value=1,
        help_text="How sure the sender is that it is praise worth reading.",
    )
    happened_at = Moment(
        required=False,
        allow_null=True,
        default=None,
        help_text="When the customer said it; within the last 30 days.",
    )


class PraiseBatchSerializer(StrictSerializer):
    """Shape of many at once, for the document."""

    items = serializers.ListField(child=NewPraiseSerializer(), min_length=1, max_length=BATCH_MOST)


class AnyItemsSerializer(StrictSerializer):
    """Shape of many at once: each item is looked at on its own afterwards."""

    items = serializers.ListField(
        child=serializers.JSONField(), min_length=1, max_length=BATCH_MOST
    )


class MistakeSerializer(serializers.Serializer[Any]):
    """Where an item is wrong: a pointer into that item."""

    pointer = serializers.CharField(read_only=True, required=False)
    detail = serializers.CharField(read_only=True)
    code = serializers.CharField(read_only=True)


class ItemProblemSerializer(serializers.Serializer[Any]):
    """Why an item was refused, as problem details."""

    type = serializers.CharField(read_only=True)
    title = serializers.CharField(read_only=True)
    status = serializers.IntegerField(read_only=True)
    detail = serializers.CharField(read_only=True)
    errors = MistakeSerializer(many=True, read_only=True, required=False)  # type: ignore[assignment]


class ItemResultSerializer(serializers.Serializer[Any]):
    """What came of one item: one of ``praise`` and ``problem`` is null."""

    status = serializers.IntegerField(read_only=True, help_text="201, 200, 400, 409 or 422.")
    praise = ReceiptSerializer(read_only=True, allow_null=True)
    problem = ItemProblemSerializer(read_only=True, allow_null=True)


class BatchResultSerializer(serializers.Serializer[Any]):
    """One result an item, in their order."""

    results = ItemResultSerializer(many=True, read_only=True)


class NewestPraise(KeysetPagination):
    """Only for the document: the list pages itself, over several indexes at once."""


class PraiseResource(Resource):
    """What customers say. HR and administrators' tokens send it; those above the agent read it."""

    read_scope = Scope.PRAISE_READ
    write_scope = Scope.PRAISE_WRITE
    serializer_class = PraiseSerializer
    pagination_class = NewestPraise

    @extend_schema(parameters=[OpenApiParameter("state", str, enum=list(TRAYS), default="waiting")])
    def list(self, request: Request) -> Response:
        """What the caller may check, the newest arrival first. Read forwards only."""
        if not access.can_handle_praise(self.me):
            raise PermissionDenied
        state = request.query_params.get("state", "waiting")
        if state not in TRAYS:
            raise invalid_parameter("state", _("One of: %(all)s.") % {"all": ", ".join(TRAYS)})
        limit, cursor = page_size(request), raw_cursor(request)
        tray = cast(queries.Tray, TRAYS[state])
        try:
            page = queries.praise_page(
                self.me, tray=tray, after=cursor, limit=limit, at=times.now()
            )
        except ValueError as error:
            raise bad_cursor() from error
        following = link(request, page.next) if page.next else None
        return envelope(PraiseSerializer(page.items, many=True).data, after=following, before=None)

    @extend_schema(parameters=[KEY_PARAMETER])
    def retrieve(self, request: Request, key: str) -> Response:
        """One, with what looks like personal data in it."""
        return Response(PraiseSerializer(access.get_praise_to_check(self.me, key)).data)

    @extend_schema(
        request=NewPraiseSerializer,
        responses={201: ReceiptSerializer, 200: ReceiptSerializer},
        parameters=[LOCATION],
    )
    @idempotent
    def create(self, request: Request) -> Response:
        """Sends what a customer said. The same `source` and `external_id` again is a 200 with what
        is stored; another text under them is a 409. An agent who is nobody here is a 422.
        """
        self._require_sender()
        sent, at = self.clean(NewPraiseSerializer), times.now()
        agent = _Agents([sent], by=self.me, at=at).of(sent)
        arrival = _receive(sent, agent, AtHand([agent], day=times.local_date(at)), at)
        answer = Response(ReceiptSerializer(arrival.praise).data, status=_status(arrival))
        if arrival.is_new:
            answer.headers["Location"] = reverse(
                "api:praise-detail", args=[arrival.praise.key], request=request
            )
        return answer

    @extend_schema(
        operation_id="praise_batch",
        request=PraiseBatchSerializer,
        responses={207: BatchResultSerializer},
    )
    @action(detail=False, methods=["post"], pagination_class=None)
    @idempotent
    def batch(self, request: Request) -> Response:
        """Sends up to 100 at once, within the 256 kB of a body. Each item is stored whole or
        refused on its own; `results` tells which, in their order.
        """
        self._require_sender()
        items, at = self.clean(AnyItemsSerializer)["items"], times.now()
        checked = [NewPraiseSerializer(data=item) for item in items]
        right = [one.validated_data for one in checked if one.is_valid()]
        agents = _Agents(right, by=self.me, at=at)
        at_hand = AtHand(agents.people, day=times.local_date(at))
        results = [_result(one, agents, at_hand, at) for one in checked]
        return Response({"results": results}, status=207)

    def _require_sender(self) -> None:
        if not access.can_send_praise(self.me):
            raise PermissionDenied(_("Praise is sent by a token of HR or an administrator."))


class _Agents:
    """Whom praise that arrives together is about, found in one query.

    Somebody the sender may not send for is nobody.
    """

    def __init__(self, sent: Sequence[Mapping[str, Any]], *, by: Person, at: dt.datetime) -> None:
        keys = {one["agent"] for one in sent if one["agent"] and is_key(one["agent"])}
        numbers = {one["employee_number"] for one in sent if one["employee_number"] is not None}
        self.people: list[Person] = []
        if keys or numbers:
            known = visible_people(times.local_date(at)).select_related("employer")
            named = known.filter(Q(key__in=keys) | Q(employee_number__in=numbers))
            self.people = [one for one in named if access.can_send_praise(by, one)]

    def of(self, sent: Mapping[str, Any]) -> Person | None:
        """Raises Problem for nobody, or several."""
        if sent["agent"] is not None:
            member = "agent"
            fitting = [one for one in self.people if one.key == sent["agent"]]
        elif sent["employee_number"] is not None:
            member = "employee_number"
            employer = sent["employer"]
            fitting = [
                one
                for one in self.people
                if one.employee_number == sent["employee_number"]
                and (employer is None or one.employer.key == employer)
            ]
        else:
            return None
        if len(fitting) == 1:
            return fitting[0]
        raise _unknown(member, several=len(fitting) > 1)


def _result(
    item: NewPraiseSerializer, agents: _Agents, at_hand: AtHand, at: dt.datetime
) -> dict[str, Any]:
    """What came of one item of many."""
    try:
        item.is_valid(raise_exception=True)
        sent = item.validated_data
        arrival = _receive(sent, agents.of(sent), at_hand, at)
    except Exception as error:
        problem = problem_response(error, {})
        if problem is None:
            raise
        return {"status": problem.status_code, "praise": None, "problem": problem.data}
    receipt = ReceiptSerializer(arrival.praise).data
    return {"status": _status(arrival), "praise": receipt, "problem": None}


def _receive(
    sent: Mapping[str, Any], agent: Person | None, at_hand: AtHand, at: dt.datetime
) -> actions.Arrival:
    facts = actions.PraiseFacts(
        agent=agent,
        **{
            name: sent[name]
            for name in (
                "source", "external_id", "text", "language", "topic", "score", "happened_at",
            )
        },
    )  # fmt: skip
    try:
        return actions.receive_praise(facts=facts, at=at, at_hand=at_hand)
    except actions.OtherText as error:
        raise Problem(
            _("Something else is stored under this id. Send it under an id of its own."),
            status=409,
            kind="praise-differs",
        ) from error


def _unknown(member: str, *, several: bool) -> Problem:
    detail = (
        _("Several people have this number. Say the employer too.")
        if several
        else _("Nobody who works here now.")
    )
    return Problem(
        detail,
        status=422,
        kind="unknown-agent",
        errors=[{"pointer": f"#/{member}", "detail": detail, "code": "unknown"}],
    )


def _status(arrival: actions.Arrival) -> int:
    return 201 if arrival.is_new else 200
