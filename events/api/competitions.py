"""Competitions and entries for programs. Ends in the same actions as the pages."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from engagement import times
from engagement.api.idempotency import idempotent
from engagement.api.models import Scope
from engagement.api.pagination import KeysetPagination
from engagement.api.problems import InvalidRequest
from engagement.api.viewsets import KEY_PARAMETER, LOCATION, Resource
from engagement.people.access import is_key, visible_people
from engagement.people.models import Person, Site, Unit
from events import actions
from events.access import competing as access
from events.api.competition_shapes import (
    AmendedEntrySerializer,
    CancelCompetitionSerializer,
    ChangedEntrySerializer,
    CompetitionSerializer,
    EntrySerializer,
    NewCompetitionSerializer,
    NewEntrySerializer,
)
from events.competition_facts import CompetitionFacts, GroupFacts
from events.models import Competition, Entry, EntryQuerySet
from events.queries.competing import small_groups, with_standing

ONE: dict[str, Any] = {"parameters": [KEY_PARAMETER], "responses": {200: CompetitionSerializer}}
ONE_ENTRY: dict[str, Any] = {"parameters": [KEY_PARAMETER], "responses": {200: EntrySerializer}}


class NewestFirst(KeysetPagination):
    """The latest first."""

    ordering = ("pk",)
    is_descending = True


class CompetitionResource(Resource):
    """Competitions that concern the caller, with where their groups stand."""

    read_scope = Scope.COMPETITIONS_READ
    write_scope = Scope.COMPETITIONS_WRITE
    serializer_class = CompetitionSerializer
    pagination_class = NewestFirst

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "at": times.now()}

    def list(self, request: Request) -> Response:
        """The latest first, also those that are over."""
        seen = Competition.objects.filter(access.concerned(self.me))
        page = self.paginate_queryset(with_standing(seen))
        context = self.get_serializer_context()
        return self.get_paginated_response(
            CompetitionSerializer(page, many=True, context=context).data
        )

    @extend_schema(**ONE)
    def retrieve(self, request: Request, key: str) -> Response:
        """One competition."""
        return self._told(access.get_competition_to_view(self.me, key))

    @extend_schema(
        request=NewCompetitionSerializer,
        responses={201: CompetitionSerializer},
        parameters=[LOCATION],
    )
    @idempotent
    def create(self, request: Request) -> Response:
        """A new competition, for groups within the caller's reach."""
        if not access.can_create_competitions(self.me):
            raise PermissionDenied(_("Competitions are made by leads, site managers and HR."))
        facts = _facts(self.clean(NewCompetitionSerializer))
        made = actions.create_competition(facts=facts, by=self.me, at=times.now())
        answer = self._told(made)
        answer.status_code = 201
        answer.headers["Location"] = reverse(
            "api:competitions-detail", args=[made.key], request=request
        )
        return answer

    @extend_schema(request=CancelCompetitionSerializer, **ONE)
    @action(detail=True, methods=["post"])
    @idempotent
    def cancel(self, request: Request, key: str) -> Response:
        """Ends it without a winner."""
        competition = access.get_competition_to_change(self.me, key)
        reason = self.clean(CancelCompetitionSerializer)["reason"]
        actions.cancel_competition(
            competition=competition, reason=reason, by=self.me, at=times.now()
        )
        return self._told(competition)

    def _told(self, competition: Competition) -> Response:
        loaded = with_standing(Competition.objects.filter(pk=competition.pk)).get()
        context = self.get_serializer_context()
        return Response(CompetitionSerializer(loaded, context=context).data)


class EntryResource(Resource):
    """What the caller entered: for themselves, or for groups they judge. Whoever runs a competition
    reads and amends there what judges and programs entered, without the numbers of groups that have had
    fewer than five people; what people entered for themselves
    nobody reads but they."""

    read_scope = Scope.ENTRIES_READ
    write_scope = Scope.ENTRIES_WRITE
    serializer_class = EntrySerializer
    pagination_class = NewestFirst

    @extend_schema(
        parameters=[
            OpenApiParameter("competition", str, description="Only those of this one."),
            OpenApiParameter(
                "of",
                str,
                enum=["groups"],
                description="With `competition`, for whoever runs it: what judges and programs "
                "entered. Without groups that have had fewer than five people.",
            ),
        ]
    )
    def list(self, request: Request) -> Response:
        """The latest first, also those taken back."""
        entries = self._listed(request).select_related("competition", "group")
        page = self.paginate_queryset(entries)
        return self.get_paginated_response(EntrySerializer(page, many=True).data)

    def _listed(self, request: Request) -> EntryQuerySet:
        key, of = (request.query_params.get(name, "") for name in ("competition", "of"))
        if of == "groups":
            held = access.get_competition_to_amend_entries(self.me, key)
            shown = Entry.objects.for_groups().filter(competition=held)
            return shown.exclude(group__in=small_groups(held))
        if of:
            raise _unknown("of", _("Say “groups”, or leave it out."))
        mine = Entry.objects.filter(by=self.me)
        if key:
            return mine.filter(competition=access.get_competition_to_view(self.me, key))
        return mine

    @extend_schema(**ONE_ENTRY)
    def retrieve(self, request: Request, key: str) -> Response:
        """One entry."""
        return Response(EntrySerializer(access.get_entry_to_change(self.me, key)).data)

    @extend_schema(
        request=NewEntrySerializer, responses={201: EntrySerializer}, parameters=[LOCATION]
    )
    @idempotent
    def create(self, request: Request) -> Response:
        """Enters something. The same `external_id` again answers the same entry."""
        wanted = self.clean(NewEntrySerializer)
        try:
            competition = access.get_competition_to_view(self.me, wanted["competition"])
            entry = self._enter(competition, wanted)
        except (Http404, actions.NotConcerned) as error:
            raise _unknown("competition", _("There is no such competition.")) from error
        answer = Response(EntrySerializer(entry).data, status=201)
        answer.headers["Location"] = reverse(
            "api:entries-detail", args=[entry.key], request=request
        )
        return answer

    def _enter(self, competition: Competition, wanted: Mapping[str, Any]) -> Entry:
        facts = {name: wanted[name] for name in ("value", "external_id")}
        facts |= {"competition": competition, "by": self.me, "at": times.now()}
        if wanted["group"] is None:
            return actions.add_entry(**facts)
        key = wanted["group"]
        group = competition.groups.filter(key=key).first() if is_key(key) else None
        if group is None:
            raise _unknown("group", _("There is no such group."))
        if not access.can_send_entries(self.me, competition):
            raise PermissionDenied(_("Only its judges enter for groups."))
        return actions.add_sent_entry(group=group, **facts)

    @extend_schema(request=ChangedEntrySerializer, **ONE_ENTRY)
    def partial_update(self, request: Request, key: str) -> Response:
        """Corrects it, while its round runs."""
        entry = access.get_entry_to_change(self.me, key)
        value = self.clean(ChangedEntrySerializer)["value"]
        actions.correct_entry(entry=entry, value=value, by=self.me, at=times.now())
        return self.retrieve(request, key)

    @extend_schema(request=AmendedEntrySerializer, **ONE_ENTRY)
    @action(detail=True, methods=["post"])
    @idempotent
    def amend(self, request: Request, key: str) -> Response:
        """Corrects or strikes what a judge or a program entered, for whoever runs the competition."""
        entry = access.get_entry_to_amend(self.me, key)
        wanted = self.clean(AmendedEntrySerializer)
        amended = actions.amend_entry(entry=entry, by=self.me, at=times.now(), **wanted)
        amended.competition = entry.competition
        return self._told(amended)

    def _told(self, entry: Entry) -> Response:
        """``entry``; without its number where the caller only amends it and it may be one person's."""
        told = EntrySerializer(entry).data
        if entry.by_id != self.me.pk and entry.group_id in small_groups(entry.competition):
            told["value"] = None
        return Response(told)

    @extend_schema(parameters=[KEY_PARAMETER], responses={204: None})
    def destroy(self, request: Request, key: str) -> Response:
        """Takes it back, while the competition runs. Twice is the same as once."""
        entry = access.get_entry_to_change(self.me, key)
        actions.withdraw_entry(entry=entry, by=self.me, at=times.now())
        return Response(status=204)


def _facts(wanted: Mapping[str, Any]) -> CompetitionFacts:
    same = (
        "title", "description", "emblem", "unit_word", "kind", "by_people", "by_judge", "by_api",
        "tie_rule", "most_per_entry", "most_per_day", "shows_on_walls",
    )  # fmt: skip
    place = wanted["for_place"]
    unit = Unit.objects.filter(key=place).first() if place and is_key(place) else None
    site = Site.objects.filter(key=place).first() if place and is_key(place) else None
    if place and not (unit or site):
        raise _unknown("for_place", _("There is no unit or site with this id."))
    return CompetitionFacts(
        **{name: wanted[name] for name in same},
        groups=[_group(one, number) for number, one in enumerate(wanted["groups"])],
        rounds=[(one["starts_at"], one["ends_at"]) for one in wanted["rounds"]],
        judges=_people(wanted["judges"], "judges"),
        is_joined_freely=wanted["joined_freely"],
        for_unit=unit,
        for_site=None if unit else site,
        is_for_everybody=wanted["for_everybody"],
    )


def _group(wanted: Mapping[str, Any], number: int) -> GroupFacts:
    where = f"groups/{number}"
    unit, site = (
        model.objects.filter(key=key).first() if key and is_key(key) else None
        for model, key in ((Unit, wanted["unit"]), (Site, wanted["site"]))
    )
    if wanted["unit"] and unit is None:
        raise _unknown(f"{where}/unit", _("There is no unit with this id."))
    if wanted["site"] and site is None:
        raise _unknown(f"{where}/site", _("There is no site with this id."))
    members = _people(wanted["members"], f"{where}/members")
    return GroupFacts(name=wanted["name"], unit=unit, site=site, members=members)  # type: ignore[arg-type]


def _people(keys: Iterable[str], where: str) -> list[Person]:
    wanted = list(keys)
    known = visible_people().filter(key__in=[key for key in wanted if is_key(key)])
    found = {person.key: person for person in known}
    for number, key in enumerate(wanted):
        if key not in found:
            raise _unknown(f"{where}/{number}", _("There is nobody with this id."))
    return [found[key] for key in wanted]


def _unknown(pointer: str, detail: str) -> InvalidRequest:
    return InvalidRequest(errors=[{"pointer": f"#/{pointer}", "detail": detail, "code": "unknown"}])
