"""Theme days for programs."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.routers import BaseRouter

from engagement import times
from engagement.api.fields import RefSerializer, Text, Whole, YesNo
from engagement.api.idempotency import idempotent
from engagement.api.models import Scope
from engagement.api.pagination import KeysetPagination
from engagement.api.problems import invalid_parameter
from engagement.api.viewsets import KEY_PARAMETER, LOCATION, Resource, StrictSerializer
from engagement.people.models import Person, Site
from engagement.themes import access, actions, queries
from engagement.themes.looks import CHOICES
from engagement.themes.models import GREETING_LENGTH, NAME_LENGTH, ThemeDay
from engagement.themes.rules import EASTER_REACH, MOST_DAYS, Span

YEAR = OpenApiParameter(
    "year", int, description="Of which the dates are told; this year unless given."
)


class DatesSerializer(serializers.Serializer[Any]):
    """The days of one year, first and last included. They may end in the next year."""

    first = serializers.DateField(read_only=True)
    last = serializers.DateField(read_only=True)


class ThemeDaySerializer(serializers.Serializer[Any]):
    """A rule of the calendar with the look of its days. ``dates`` is null for chosen days of
    another year."""

    id = serializers.CharField(source="key", read_only=True)
    name_nb = serializers.CharField(read_only=True)
    name_en = serializers.CharField(read_only=True)
    greeting_nb = serializers.CharField(read_only=True)
    greeting_en = serializers.CharField(read_only=True)
    look = serializers.CharField(read_only=True)
    rule = serializers.ChoiceField(ThemeDay.RuleKind.choices, read_only=True)
    month = serializers.IntegerField(read_only=True, allow_null=True)
    day = serializers.IntegerField(read_only=True, allow_null=True)
    weekday = serializers.IntegerField(read_only=True, allow_null=True)
    nth = serializers.IntegerField(read_only=True, allow_null=True)
    offset = serializers.IntegerField(read_only=True, allow_null=True)
    starts_on = serializers.DateField(read_only=True, allow_null=True)
    ends_on = serializers.DateField(read_only=True, allow_null=True)
    days_count = serializers.IntegerField(read_only=True)
    is_on = serializers.BooleanField(read_only=True)
    position = serializers.IntegerField(read_only=True)
    reference = serializers.CharField(read_only=True)
    sites = RefSerializer(many=True, read_only=True, source="sites.all")
    dates = serializers.SerializerMethodField()

    @extend_schema_field(DatesSerializer(allow_null=True))
    def get_dates(self, day: ThemeDay) -> Any:
        span: Span | None = day.when.in_year(self.context["year"])
        return DatesSerializer(span).data if span else None


class ChangedThemeDaySerializer(StrictSerializer):
    """Shape of a changed theme day: what is left out stays."""

    name_nb = Text(max_length=NAME_LENGTH, required=False)
    name_en = Text(max_length=NAME_LENGTH, required=False)
    greeting_nb = Text(max_length=GREETING_LENGTH, required=False, allow_blank=True)
    greeting_en = Text(max_length=GREETING_LENGTH, required=False, allow_blank=True)
    look = serializers.ChoiceField(CHOICES, required=False)
    rule = serializers.ChoiceField(ThemeDay.RuleKind.choices, required=False)
    month = Whole(min_value=1, max_value=12, required=False, allow_null=True)
    day = Whole(min_value=1, max_value=31, required=False, allow_null=True)
    weekday = Whole(
        min_value=0, max_value=6, required=False, allow_null=True, help_text="From Monday, 0."
    )
    nth = Whole(
        min_value=-1, max_value=4, required=False, allow_null=True, help_text="-1 is the last."
    )
    offset = Whole(
        min_value=-EASTER_REACH,
        max_value=EASTER_REACH,
        required=False,
        allow_null=True,
        help_text="Days after Easter Sunday.",
    )
    starts_on = serializers.DateField(required=False, allow_null=True)
    ends_on = serializers.DateField(required=False, allow_null=True)
    days_count = Whole(min_value=1, max_value=MOST_DAYS, required=False)
    is_on = YesNo(required=False)
    position = Whole(min_value=0, max_value=32767, required=False)
    reference = Text(max_length=160, required=False, allow_blank=True)
    sites = serializers.ListField(
        child=Text(max_length=40),
        required=False,
        max_length=100,
        help_text="Ids of sites; none is everywhere.",
    )


class NewThemeDaySerializer(ChangedThemeDaySerializer):
    """Shape of a new theme day."""

    name_nb = Text(max_length=NAME_LENGTH)
    name_en = Text(max_length=NAME_LENGTH)
    look = serializers.ChoiceField(CHOICES)
    rule = serializers.ChoiceField(ThemeDay.RuleKind.choices)


class InOrder(KeysetPagination):
    """As planners ordered them."""

    ordering = ("position", "pk")


class ThemeDayResource(Resource):
    """Days with a look of their own. Everybody reads them; HR and administrators of the whole
    organisation plan them."""

    read_scope = Scope.THEME_DAYS_READ
    write_scope = Scope.THEME_DAYS_WRITE
    serializer_class = ThemeDaySerializer
    pagination_class = InOrder

    def get_serializer_context(self) -> dict[str, Any]:
        return super().get_serializer_context() | {"year": times.today().year}

    @extend_schema(parameters=[YEAR])
    def list(self, request: Request) -> Response:
        """All, also those that are off, with their dates in ``year``."""
        year = _year(request)
        page = self.paginate_queryset(ThemeDay.objects.with_sites())
        told = ThemeDaySerializer(page, many=True, context={"year": year})
        return self.get_paginated_response(told.data)

    @extend_schema(parameters=[KEY_PARAMETER, YEAR])
    def retrieve(self, request: Request, key: str) -> Response:
        """One theme day, with its dates in ``year``."""
        day = access.get_theme_day_to_view(self.me, key)
        return Response(ThemeDaySerializer(day, context={"year": _year(request)}).data)

    @extend_schema(
        request=NewThemeDaySerializer, responses={201: ThemeDaySerializer}, parameters=[LOCATION]
    )
    @idempotent
    def create(self, request: Request) -> Response:
        """Adds a theme day; switched off unless ``is_on`` is given."""
        _require_planner(self.me)
        facts = self.clean(NewThemeDaySerializer)
        sites = _sites(facts.pop("sites", []))
        day = actions.create_theme_day(
            day=ThemeDay(**facts), sites=sites, by=self.me, at=times.now()
        )
        address = reverse("api:theme-days-detail", args=[day.key], request=request)
        told = ThemeDaySerializer(day, context=self.get_serializer_context())
        return Response(told.data, status=201, headers={"Location": address})

    @extend_schema(
        parameters=[KEY_PARAMETER],
        request=ChangedThemeDaySerializer,
        responses={200: ThemeDaySerializer},
    )
    def partial_update(self, request: Request, key: str) -> Response:
        """Changes what is given. Cards that were given in its look keep it."""
        day = access.get_theme_day_to_plan(self.me, key)
        facts = self.clean(ChangedThemeDaySerializer)
        kept = list(day.sites.all())
        sites = _sites(facts.pop("sites")) if "sites" in facts else kept
        actions.change_theme_day(day=day, facts=facts, sites=sites, by=self.me, at=times.now())
        changed = access.get_theme_day_to_view(self.me, key)
        return Response(ThemeDaySerializer(changed, context=self.get_serializer_context()).data)

    @extend_schema(parameters=[KEY_PARAMETER], responses={204: None})
    def destroy(self, request: Request, key: str) -> Response:
        """Takes a theme day out of the plan for good."""
        day = access.get_theme_day_to_plan(self.me, key)
        actions.remove_theme_day(day=day, by=self.me, at=times.now())
        return Response(status=204)


def _year(request: Request) -> int:
    raw = request.query_params.get("year")
    if raw is None:
        return times.today().year
    known = {str(year): year for year in range(queries.FIRST_YEAR, queries.LAST_YEAR + 1)}
    if raw not in known:
        limits = {"first": queries.FIRST_YEAR, "last": queries.LAST_YEAR}
        raise invalid_parameter("year", _("A year from %(first)d to %(last)d.") % limits)
    return known[raw]


def _sites(keys: list[str]) -> list[Site]:
    """The sites with these ids; raises for an unknown one. Closed ones are the action's to refuse."""
    found = list(Site.objects.filter(key__in=keys)) if keys else []
    unknown = sorted(set(keys) - {site.key for site in found})
    if unknown:
        raise serializers.ValidationError(
            {"sites": [_("No site has the id %(id)s.") % {"id": unknown[0][:40]}]}
        )
    return found


def _require_planner(person: Person) -> None:
    if not access.can_plan_theme_days(person):
        raise PermissionDenied(_("Theme days are planned by HR and administrators."))


def register(router: BaseRouter) -> None:
    """Adds this room's resources."""
    router.register("theme-days", ThemeDayResource, basename="theme-days")
