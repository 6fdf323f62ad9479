"""Events for programs, as planners make and change them in the browser and with the same actions."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Model, Prefetch, QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from engagement import times
from engagement.api.idempotency import idempotent
from engagement.api.models import Scope
from engagement.api.pagination import KeysetPagination, bad_cursor
from engagement.api.problems import InvalidRequest, invalid_parameter
from engagement.api.viewsets import KEY_PARAMETER, LOCATION, Resource
from engagement.people.models import Employer, Site, Unit
from events import actions
from events.access import planning as access
from events.actions.changing import facts_of_day
from events.api.after import AfterEvent
from events.api.event_shapes import (
    ONE_DAY,
    CancelEventSerializer,
    ChangedEventSerializer,
    EventSerializer,
    NewEventSerializer,
)
from events.facts import Audience, DayFacts, JobFacts, SeriesFacts, SittingFacts
from events.models import Event, Job, Sitting
from events.queries.coming import readable_by
from events.queries.own_days import own_days
from events.queries.series import facts_of_series

LONGEST_PERIOD = dt.timedelta(days=366)
USUAL_PERIOD = dt.timedelta(days=28)
ONE: dict[str, Any] = {"parameters": [KEY_PARAMETER], "responses": {200: EventSerializer}}
PERIOD = [
    OpenApiParameter("from", dt.date, description="The first day; today unless given."),
    OpenApiParameter("to", dt.date, description="The last day, at most a year later; 28 days."),
]


class ByDay(KeysetPagination):
    """As they are held."""

    ordering = ("day", "pk")

    def write(self, row: Model, *, is_back: bool) -> str:
        told = Event(pk=row.pk)
        told.day = row.day.isoformat()  # type: ignore[attr-defined]
        return super().write(told, is_back=is_back)

    @staticmethod
    def _value(name: str, value: Any) -> Any:
        if name != "day":
            return KeysetPagination._value(name, value)
        try:
            return dt.date.fromisoformat(value)
        except (TypeError, ValueError) as error:
            raise bad_cursor() from error


class EventResource(AfterEvent, Resource):
    """Events one is invited to or plans. Leads, site managers and HR plan them, as far as their role
    reaches."""

    read_scope = Scope.EVENTS_READ
    write_scope = Scope.EVENTS_WRITE
    serializer_class = EventSerializer
    pagination_class = ByDay
    api_names = {"starts_on": "day"}

    @extend_schema(parameters=PERIOD)
    def list(self, request: Request) -> Response:
        """Those of a period, by day."""
        first = _day(request, "from") or times.today()
        last = _day(request, "to") or first + USUAL_PERIOD
        if not first <= last <= first + LONGEST_PERIOD:
            raise invalid_parameter("to", _("A day from the first one on, at most a year later."))
        events = _events().filter(readable_by(self.me, day=times.today()), day__range=(first, last))
        page = self.paginate_queryset(events)
        return self.get_paginated_response(EventSerializer(page, many=True).data)

    @extend_schema(parameters=[KEY_PARAMETER])
    def retrieve(self, request: Request, key: str) -> Response:
        """One event."""
        return _told(access.get_event_to_view(self.me, key))

    @extend_schema(
        request=NewEventSerializer, responses={201: EventSerializer}, parameters=[LOCATION]
    )
    @idempotent
    def create(self, request: Request) -> Response:
        """A series with its first event, which is answered. Without `rule` it is held once."""
        if not access.can_create_events(self.me):
            raise PermissionDenied(_("Events are planned by leads, site managers and HR."))
        wanted = self.clean(NewEventSerializer)
        facts = SeriesFacts(**_series_facts(wanted))
        series = actions.create_series(facts=facts, by=self.me, at=times.now())
        event = series.events.order_by("rule_day", "pk")[0]
        answer = _told(event)
        answer.status_code = 201
        answer.headers["Location"] = reverse("api:events-detail", args=[event.key], request=request)
        return answer

    @extend_schema(request=ChangedEventSerializer, **ONE)
    def partial_update(self, request: Request, key: str) -> Response:
        """Changes what is given: of this day (`this`, unless given), of it and those after it
        (`following`), or of all to come. Sittings are given whole: those left out are cancelled."""
        event = access.get_event_to_edit(self.me, key)
        wanted = self.clean(ChangedEventSerializer)
        scope, replacing = wanted.pop("scope"), wanted.pop("replace_own")
        given: dict[str, Any] = {"by": self.me, "at": times.now()}
        if scope == "this":
            _refuse_beyond_a_day(wanted | ({"replace_own": replacing} if replacing else {}))
            facts = _day_facts(event, wanted)
            return _told(actions.change_day(event=event, facts=facts, **given))
        _refuse_unknown_days(event, replacing, is_following=scope == "following")
        now = facts_of_series(event.series)
        if scope == "following":
            now = replace(now, starts_on=event.rule_day)
        change = actions.change_following if scope == "following" else actions.change_all
        whole = replace(now, **_series_facts(wanted, known=now.sittings))
        return _told(change(event=event, facts=whole, replacing=replacing, **given))

    @extend_schema(request=CancelEventSerializer, **ONE)
    @action(detail=True, methods=["post"])
    @idempotent
    def cancel(self, request: Request, key: str) -> Response:
        """Not held, with the reason for those signed up; with `following` neither are those after."""
        event = access.get_event_to_edit(self.me, key)
        wanted = self.clean(CancelEventSerializer)
        cancel = actions.cancel_following if wanted["following"] else actions.cancel_event
        return _told(cancel(event=event, reason=wanted["reason"], by=self.me, at=times.now()))


def _events() -> QuerySet[Event]:
    """Events with what the API tells of them. Five queries however many they are."""
    jobs = Prefetch("jobs", Job.objects.order_by("pk"))
    sittings = Sitting.objects.select_related("site").prefetch_related(jobs)
    invited = ("series__invitations__unit", "series__invitations__site")
    return Event.objects.select_related("series__organiser").prefetch_related(
        Prefetch("sittings", sittings.order_by("starts_at", "pk")),
        *invited,
        "series__invitations__employer",
    )


def _told(event: Event) -> Response:
    return Response(EventSerializer(_events().get(pk=event.pk)).data)


def _day(request: Request, name: str) -> dt.date | None:
    raw = request.query_params.get(name)
    if raw is None:
        return None
    try:
        if len(raw) == 10:
            return dt.date.fromisoformat(raw)
    except ValueError:
        pass
    raise invalid_parameter(name, _("A day, as 2026-11-27."))


def _series_facts(wanted: dict[str, Any], known: Sequence[SittingFacts] = ()) -> dict[str, Any]:
    facts = dict(wanted)
    if "day" in facts:
        facts["starts_on"] = facts.pop("day")
    if "sittings" in facts:
        facts["sittings"] = _sittings(facts["sittings"], known)
    if "jobs" in facts:
        facts["jobs"] = [JobFacts(one["name"], one["hands"]) for one in facts["jobs"]]
    if "invited" in facts:
        facts["invited"] = audiences_by_key(facts["invited"], member="invited")
    return facts


def _sittings(
    wanted: Sequence[dict[str, Any]], known: Sequence[SittingFacts]
) -> Sequence[SittingFacts]:
    """Those that stand there already are known by their site and start; others are new."""
    keys = {one["site"] for one in wanted if one["site"]}
    sites = {site.key: site for site in Site.objects.filter(key__in=keys)}
    there = {(one.site.key if one.site else None, one.starts_at): one for one in known}
    found = []
    for number, one in enumerate(wanted):
        if one["site"] and one["site"] not in sites:
            raise _unknown(f"#/sittings/{number}/site", _("There is no site with this id."))
        same = there.get((one["site"], one["starts"]))
        found.append(
            SittingFacts(
                site=sites.get(one["site"] or ""),
                starts_at=one["starts"],
                ends_at=one["ends"],
                place=one["place"],
                capacity=one["capacity"],
                shift_pattern=same.shift_pattern if same else None,
                known=same.known if same else None,
            )
        )
    return found


def audiences_by_key(keys: Sequence[str], *, member: str) -> list[Audience]:
    """Units, sites and employers by their ids; a problem at ``member`` for one that is none."""
    found: dict[str, Audience] = {}
    kinds: tuple[type[Unit] | type[Site] | type[Employer], ...] = (Unit, Site, Employer)
    for kind in kinds:
        found |= {one.key: one for one in kind.objects.filter(key__in=keys)}
    for number, key in enumerate(keys):
        if key not in found:
            raise _unknown(
                f"#/{member}/{number}", _("There is no unit, site or employer with this id.")
            )
    return [found[key] for key in keys]


def _day_facts(event: Event, wanted: Mapping[str, Any]) -> DayFacts:
    now = facts_of_day(event)
    return DayFacts(
        day=wanted.get("day", event.day),
        title=wanted.get("title", event.title),
        description=wanted.get("description", event.description),
        sittings=_sittings(wanted["sittings"], now) if "sittings" in wanted else now,
    )


def _refuse_beyond_a_day(wanted: Mapping[str, Any]) -> None:
    beyond = sorted(set(wanted) - set(ONE_DAY))
    if beyond:
        raise _unknown(
            f"#/{beyond[0]}", _("One day alone has no such thing: change `following` or `all`.")
        )


def _refuse_unknown_days(event: Event, keys: Sequence[str], *, is_following: bool) -> None:
    if not keys:
        return
    first = event.rule_day if is_following else dt.date.min
    known = {one.event.key for one in own_days(event.series, first=first, today=times.today())}
    for number, key in enumerate(keys):
        if key not in known:
            detail = _("There is no such day with sittings of its own among those that you change.")
            raise _unknown(f"#/replace_own/{number}", detail)


def _unknown(pointer: str, detail: str) -> InvalidRequest:
    return InvalidRequest(errors=[{"pointer": pointer, "detail": detail, "code": "unknown"}])
