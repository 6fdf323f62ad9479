"""Shift rosters for programs: who works when, or how many of a team do."""

import datetime as dt
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from engagement import times
from engagement.api.fields import Moment, MomentField, Text, Whole
from engagement.api.models import Scope
from engagement.api.pagination import KeysetPagination
from engagement.api.problems import InvalidRequest, invalid_parameter
from engagement.api.viewsets import Resource, StrictSerializer
from engagement.people.access import is_key
from engagement.people.models import Person, Unit
from engagement.people.queries import unit_id_of
from engagement.people.tree import Tree
from events import slots
from events.access import guarding as access
from events.actions import rosters as actions
from events.models import HeadCount, RosterDay
from events.queries.rosters import MOST_DAYS, PersonRoster
from events.shift_files import MOST_HEADS, sentence

MOST_PEOPLE = 300
MOST_SHIFTS = 2 * MOST_DAYS
YEARS = range(2000, 2101)


class ShiftMoment(Moment):
    """A moment in this century: what lies farther away would not even have a time zone."""

    def to_internal_value(self, value: Any) -> dt.datetime:
        moment = super().to_internal_value(value)
        if moment.year not in YEARS:
            self.fail("invalid", format="RFC 3339")
        return moment


class ShiftSerializer(serializers.Serializer[Any]):
    """From when to when."""

    starts_at = MomentField()
    ends_at = MomentField()


class RosterDaySerializer(serializers.Serializer[Any]):
    """What the roster says of one person's day. Without shifts it is a day off."""

    person = serializers.CharField(source="person.key", read_only=True)
    day = serializers.DateField(read_only=True)
    shifts = serializers.SerializerMethodField()

    @extend_schema_field(ShiftSerializer(many=True))
    def get_shifts(self, day: RosterDay) -> Any:
        ordered = sorted(day.shifts.all(), key=lambda one: one.starts_at)
        return ShiftSerializer(ordered, many=True).data


class NewShiftSerializer(StrictSerializer):
    """From when to when; at most 14 hours."""

    starts_at = ShiftMoment()
    ends_at = ShiftMoment()


class PersonShiftsSerializer(StrictSerializer):
    """All the shifts of one person in the period. None: off for all of it."""

    person = Text(
        required=False, allow_null=True, default=None, max_length=40,
        help_text="Id of the person. Or `employee_number`.",
    )  # fmt: skip
    employee_number = Text(required=False, allow_null=True, default=None, max_length=40)
    employer = Text(
        required=False, allow_null=True, default=None, max_length=40,
        help_text="Id of the employer, where two have the same `employee_number`.",
    )  # fmt: skip
    shifts = serializers.ListField(child=NewShiftSerializer(), max_length=MOST_SHIFTS)


class PeriodSerializer(StrictSerializer):
    """All that these people work in a period."""

    first = serializers.DateField(help_text="First day, by the clock of each person's site.")
    last = serializers.DateField(help_text=f"Last day; at most {MOST_DAYS} in all.")
    people = serializers.ListField(
        child=PersonShiftsSerializer(), min_length=1, max_length=MOST_PEOPLE
    )


class OutcomeSerializer(serializers.Serializer[Any]):
    """What it changed, in days of people."""

    changed = serializers.IntegerField(read_only=True, min_value=0)
    unchanged = serializers.IntegerField(read_only=True, min_value=0)
    passed = serializers.IntegerField(
        read_only=True, min_value=0, help_text="Days that have passed: left as they are."
    )
    unknown = serializers.ListField(
        child=serializers.CharField(),
        read_only=True,
        help_text="Places in the body (`#/people/0`) of those the caller plans nothing for. They "
        "are left out.",
    )


class CountedSlotSerializer(StrictSerializer):
    """How many are on shift from when to when; both on the quarter of an hour."""

    starts_at = ShiftMoment()
    ends_at = ShiftMoment()
    count = Whole(min_value=0, max_value=MOST_HEADS)


class HeadCountsSerializer(StrictSerializer):
    """All head counts of a team in a period."""

    unit = Text(max_length=40, help_text="Id of a team: nothing stands below it.")
    first = serializers.DateField()
    last = serializers.DateField()
    counts = serializers.ListField(child=CountedSlotSerializer(), max_length=96 * MOST_DAYS)


class HeadCountSerializer(ShiftSerializer):
    """How many are on shift."""

    count = serializers.IntegerField(read_only=True, min_value=0, max_value=MOST_HEADS)


class TeamCountsSerializer(serializers.Serializer[Any]):
    """The head counts of a team, the first first."""

    unit = serializers.CharField(read_only=True)
    changed = serializers.IntegerField(read_only=True, min_value=0)
    counts = HeadCountSerializer(many=True, read_only=True)


class AsTheyCame(KeysetPagination):
    """In the order in which they were sent."""

    ordering = ("pk",)


FIRST = OpenApiParameter("first", dt.date, description="From this day on; today unless given.")
LAST = OpenApiParameter("last", dt.date, description="Until this day, it among them.")
UNIT = OpenApiParameter("unit", str, description="Those who are in this unit today, or below it.")
PERSON = OpenApiParameter("person", str, description="Only this person.")


class ShiftResource(Resource):
    """When people work: one's own, and that of those one plans for. Kept until fourteen days after."""

    read_scope = Scope.SHIFTS_READ
    write_scope = Scope.SHIFTS_WRITE
    serializer_class = RosterDaySerializer
    pagination_class = AsTheyCame

    @extend_schema(parameters=[UNIT, PERSON, FIRST, LAST])
    def list(self, request: Request) -> Response:
        """Days of the roster. Site managers, HR and administrators read those of their people too."""
        tree = Tree.on(times.today())
        mine = access.people_to_plan(self.me, tree)
        if (unit := _unit_of_query(request, tree)) is not None:
            mine = mine.filter(unit_id__in=tree.descendant_ids(unit.pk))  # type: ignore[misc]
        people = Q(person__in=mine.values("pk"))
        if unit is None:
            people |= Q(person=self.me)
        days = RosterDay.objects.filter(people, day__gte=_day(request, "first") or tree.day)
        if (key := request.query_params.get("person")) is not None:
            days = days.filter(person__key=key) if is_key(key) else days.none()
        if (last := _day(request, "last")) is not None:
            days = days.filter(day__lte=last)
        page = self.paginate_queryset(days.select_related("person").prefetch_related("shifts"))
        return self.get_paginated_response(RosterDaySerializer(page, many=True).data)

    @extend_schema(
        operation_id="shifts_period", request=PeriodSerializer, responses={200: OutcomeSerializer}
    )
    @action(detail=False, methods=["put"], pagination_class=None)
    def period(self, request: Request) -> Response:
        """Makes this all that these people work in the period, and says that their rosters are known
        for all its days. The same again changes nothing; days that have passed stay as they are.
        """
        _require_planner(self.me)
        sent = self.clean(PeriodSerializer)
        rosters, places, unknown = _rosters(self.me, sent["people"])
        try:
            done = actions.set_shifts(
                rosters=rosters, first=sent["first"], last=sent["last"], by=self.me, at=times.now()
            )
        except actions.ShiftsRefused as refused:
            raise InvalidRequest(
                errors=[_mistake(one, places) for one in refused.troubles]
            ) from refused
        said = {"changed": len(done.changes), "unchanged": done.unchanged_count}
        said |= {"passed": done.passed_count, "unknown": unknown}  # type: ignore[dict-item]
        return Response(said)

    @extend_schema(
        operation_id="shifts_read_head_counts",
        parameters=[UNIT, FIRST, LAST],
        responses={200: TeamCountsSerializer},
    )
    @action(detail=False, methods=["get"], url_path="head-counts", pagination_class=None)
    def head_counts(self, request: Request) -> Response:
        """How many of a team are on shift, where nobody tells who."""
        tree = Tree.on(times.today())
        unit = _unit_of_query(request, tree)
        if unit is None:
            raise invalid_parameter("unit", _("Say which unit."))
        _require_unit(self.me, unit, tree)
        zone = _zone(tree, unit.pk)
        first = _day(request, "first") or tree.day
        last = _day(request, "last") or first + dt.timedelta(days=MOST_DAYS)
        return Response(_told(unit, first, last, zone))

    @extend_schema(
        operation_id="shifts_head_counts",
        request=HeadCountsSerializer,
        responses={200: TeamCountsSerializer},
    )
    @head_counts.mapping.put
    def set_head_counts(self, request: Request) -> Response:
        """Makes this all head counts of the team in the period. The same again changes nothing."""
        sent, tree = self.clean(HeadCountsSerializer), Tree.on(times.today())
        unit = tree.by_key(sent["unit"])
        if unit is None or not tree.is_leaf(unit.pk):
            raise _wrong("#/unit", _("There is no such team."))
        _require_unit(self.me, unit, tree)
        counts = [
            actions.Slot(one["starts_at"], one["ends_at"], one["count"]) for one in sent["counts"]
        ]
        period = {"first": sent["first"], "last": sent["last"], "zone": _zone(tree, unit.pk)}
        changed = actions.set_head_counts(
            unit=unit, counts=counts, **period, by=self.me, at=times.now()
        )
        return Response(_told(unit, **period) | {"changed": changed})


def _told(unit: Unit, first: dt.date, last: dt.date, zone: str | None) -> dict[str, Any]:
    counts = HeadCount.objects.filter(
        unit=unit,
        starts_at__gte=slots.day_span(first, zone)[0],
        starts_at__lt=slots.day_span(last, zone)[1],
    ).order_by("starts_at")
    said = HeadCountSerializer(counts, many=True).data
    return {"unit": unit.key, "changed": 0, "counts": said}


def _rosters(
    by: Person, sent: list[dict[str, Any]]
) -> tuple[list[PersonRoster], list[int], list[str]]:
    """The rosters of those known, their places in the body, and the pointers of the others."""
    tree = Tree.on(times.today())
    people = list(
        access.people_to_plan(by, tree)
        .filter(
            Q(key__in=[one["person"] for one in sent if one["person"] and is_key(one["person"])])
            | Q(employee_number__in=[one["employee_number"] for one in sent])
        )
        .select_related("employer")
    )
    rosters, places, unknown = [], [], []
    for place, one in enumerate(sent):
        fitting = [person for person in people if _is_meant(person, one)]
        if len(fitting) > 1:
            raise _wrong(f"#/people/{place}/employee_number", sentence("number_of_several"))
        if not fitting:
            unknown.append(f"#/people/{place}")
            continue
        spans = [(shift["starts_at"], shift["ends_at"]) for shift in one["shifts"]]
        zone = _zone(tree, unit_id_of(fitting[0]))
        rosters.append(PersonRoster(fitting[0], spans, zone))
        places.append(place)
    return rosters, places, unknown


def _is_meant(person: Person, sent: dict[str, Any]) -> bool:
    if sent["person"] is not None:
        return bool(person.key == sent["person"])
    if sent["employee_number"] is None or person.employee_number != sent["employee_number"]:
        return False
    return sent["employer"] in (None, person.employer.key)


def _mistake(trouble: Any, places: list[int]) -> dict[str, str]:
    facts = dict(trouble.facts)
    place = places[trouble.roster]
    words = (
        _("It overlaps with another shift of the person.")
        if trouble.reason == "shifts_overlap"
        else sentence(trouble.reason, facts)
    )
    pointer = f"#/people/{place}/shifts/{trouble.shift}"
    return {"pointer": pointer, "detail": words, "code": trouble.reason}


def _wrong(pointer: str, detail: str) -> InvalidRequest:
    return InvalidRequest(errors=[{"pointer": pointer, "detail": detail, "code": "invalid"}])


def _zone(tree: Tree, unit_id: int | None) -> str | None:
    site = tree.site_of(unit_id)
    return site.timezone if site else None


def _day(request: Request, name: str) -> dt.date | None:
    text = request.query_params.get(name)
    if text is None:
        return None
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        raise invalid_parameter(name, _("Write a day as 2026-11-27.")) from None
    if day.year not in YEARS:
        raise invalid_parameter(name, _("Write a day as 2026-11-27."))
    return day


def _unit_of_query(request: Request, tree: Tree) -> Unit | None:
    key = request.query_params.get("unit")
    if key is None:
        return None
    if (unit := tree.by_key(key)) is None:
        raise invalid_parameter("unit", _("There is no such unit."))
    return unit


def _require_planner(person: Person) -> None:
    if not access.can_plan_shifts(person):
        raise PermissionDenied(_("Rosters are sent by site managers, HR and administrators."))


def _require_unit(person: Person, unit: Unit, tree: Tree) -> None:
    if not access.can_plan_unit(person, unit, tree=tree):
        raise PermissionDenied(_("You do not plan for this unit."))
