"""People, units and sites for programs. Read only: the roster import is where they change."""

from typing import Any

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import BaseRouter

from engagement import times
from engagement.api.fields import RefSerializer
from engagement.api.models import Scope
from engagement.api.pagination import ByName, KeysetPagination
from engagement.api.problems import invalid_parameter
from engagement.api.viewsets import KEY_PARAMETER, Resource
from engagement.people import access, queries
from engagement.people.models import Person, Site, Unit
from engagement.people.tree import Tree

SEARCH_LENGTH = 100


class PersonSerializer(serializers.Serializer[Any]):
    """A colleague. E-mail, phone and employee number stay within the employer: null beyond it."""

    id = serializers.CharField(source="key", read_only=True)
    name = serializers.CharField(read_only=True)
    given_name = serializers.CharField(read_only=True)
    family_name = serializers.CharField(read_only=True)
    initials = serializers.CharField(read_only=True)
    hue = serializers.IntegerField(read_only=True, min_value=0, max_value=11)
    title = serializers.CharField(read_only=True)
    language = serializers.ChoiceField(Person.Language.choices, read_only=True)
    employer = RefSerializer(read_only=True)
    unit = serializers.SerializerMethodField()
    site = serializers.SerializerMethodField()
    email = serializers.SerializerMethodField()
    phone = serializers.SerializerMethodField()
    employee_number = serializers.SerializerMethodField()

    @extend_schema_field(RefSerializer(allow_null=True))
    def get_unit(self, person: Person) -> Any:
        unit = self._tree.unit(self._unit_id(person))
        return RefSerializer(unit).data if unit else None

    @extend_schema_field(RefSerializer(allow_null=True))
    def get_site(self, person: Person) -> Any:
        site = self._tree.site_of(self._unit_id(person))
        return RefSerializer(site).data if site else None

    def get_email(self, person: Person) -> str | None:
        return person.email if self._may_contact(person) else None

    def get_phone(self, person: Person) -> str | None:
        return person.phone if self._may_contact(person) else None

    def get_employee_number(self, person: Person) -> str | None:
        return person.employee_number if self._may_contact(person) else None

    @property
    def _tree(self) -> Tree:
        tree: Tree = self.context["tree"]
        return tree

    @staticmethod
    def _unit_id(person: Person) -> int | None:
        unit_id: int | None = getattr(person, "unit_id", None)
        return unit_id

    def _may_contact(self, person: Person) -> bool:
        return access.can_see_contact(self.context["request"].user, person)


class UnitSerializer(serializers.Serializer[Any]):
    """A unit where it stands in the tree today."""

    id = serializers.CharField(source="key", read_only=True)
    name = serializers.CharField(read_only=True)
    parent = serializers.SerializerMethodField()  # type: ignore[assignment]
    path = serializers.SerializerMethodField(help_text="From the top down to the unit itself.")
    site = serializers.SerializerMethodField()
    employer = RefSerializer(read_only=True)
    is_team = serializers.SerializerMethodField(help_text="Nothing stands below it.")
    members_count = serializers.SerializerMethodField(help_text="In the unit itself, today.")
    people_count = serializers.SerializerMethodField(
        help_text="With the units below it, and the stated head counts of parts without people."
    )
    opened_on = serializers.DateField(read_only=True)
    closed_on = serializers.DateField(read_only=True, allow_null=True)

    @extend_schema_field(RefSerializer(allow_null=True))
    def get_parent(self, unit: Unit) -> Any:
        parent = self.context["tree"].parent(unit.pk)
        return RefSerializer(parent).data if parent else None

    @extend_schema_field(RefSerializer(many=True))
    def get_path(self, unit: Unit) -> Any:
        return RefSerializer(self.context["tree"].path(unit.pk), many=True).data

    @extend_schema_field(RefSerializer(allow_null=True))
    def get_site(self, unit: Unit) -> Any:
        site = self.context["tree"].site_of(unit.pk)
        return RefSerializer(site).data if site else None

    def get_is_team(self, unit: Unit) -> bool:
        return bool(self.context["tree"].is_leaf(unit.pk))

    def get_members_count(self, unit: Unit) -> int:
        return int(self.context["counts"].get(unit.pk, 0))

    def get_people_count(self, unit: Unit) -> int:
        return int(self.context["totals"].get(unit.pk, 0))


class SiteSerializer(serializers.Serializer[Any]):
    """A physical place."""

    id = serializers.CharField(source="key", read_only=True)
    name = serializers.CharField(read_only=True)
    city = serializers.CharField(read_only=True)
    timezone = serializers.CharField(read_only=True, help_text="IANA name, as Europe/Oslo.")
    closed_on = serializers.DateField(read_only=True, allow_null=True)


class ByFullName(KeysetPagination):
    """In the directory's order: æ, ø, å after z."""

    ordering = ("sort_name", "pk")


def query_text(request: Request) -> str:
    """``q`` of the query."""
    text = request.query_params.get("q", "")
    if len(text) > SEARCH_LENGTH or "\x00" in text:
        raise invalid_parameter("q", f"At most {SEARCH_LENGTH} letters.")
    return text


def _key(request: Request, name: str) -> str | None:
    key: str | None = request.query_params.get(name)
    if key is not None and not access.is_key(key):
        raise invalid_parameter(name, "Not an id.")
    return key


def unit_of_query(request: Request, tree: Tree) -> Unit | None:
    """The unit that ``unit`` names, in today's tree."""
    if (key := _key(request, "unit")) is None:
        return None
    if (unit := tree.by_key(key)) is None:
        raise invalid_parameter("unit", "There is no such unit.")
    return unit


def site_of_query(request: Request) -> Site | None:
    """The site that ``site`` names."""
    if (key := _key(request, "site")) is None:
        return None
    if (site := Site.objects.filter(key=key).first()) is None:
        raise invalid_parameter("site", "There is no such site.")
    return site


Q_PARAMETER = OpenApiParameter(
    "q",
    {"type": "string", "maxLength": SEARCH_LENGTH},
    description="Beginnings of words, in any order and case.",
)
UNIT_PARAMETER = OpenApiParameter("unit", str, description="In this unit or below it.")
SITE_PARAMETER = OpenApiParameter("site", str, description="At this site.")


class PeopleResource(Resource):
    """Everybody who works here today."""

    read_scope = Scope.PEOPLE_READ
    serializer_class = PersonSerializer
    pagination_class = ByFullName

    @extend_schema(parameters=[Q_PARAMETER, UNIT_PARAMETER, SITE_PARAMETER])
    def list(self, request: Request) -> Response:
        """By name; search with `q`, narrow to a unit or a site."""
        tree = Tree.on(times.today())
        people = queries.matching(
            queries.placed_people(tree.day).select_related("employer"), query_text(request)
        )
        if (unit := unit_of_query(request, tree)) is not None:
            people = people.filter(unit_id__in=tree.descendant_ids(unit.pk))  # type: ignore[misc]
        if (site := site_of_query(request)) is not None:
            people = people.filter(unit_id__in=tree.unit_ids_at(site.pk))  # type: ignore[misc]
        return self.get_paginated_response(self._as_data(self.paginate_queryset(people), tree))

    @extend_schema(parameters=[KEY_PARAMETER])
    def retrieve(self, request: Request, key: str) -> Response:
        """One colleague."""
        tree = Tree.on(times.today())
        person = queries.placed_people(tree.day).select_related("employer").filter(key=key).first()
        if person is None:
            raise Http404
        return Response(self._as_data([person], tree)[0])

    def _as_data(self, people: Any, tree: Tree) -> Any:
        context = {**self.get_serializer_context(), "tree": tree}
        return PersonSerializer(people, many=True, context=context).data


class UnitResource(Resource):
    """The organisation tree as it stands today."""

    read_scope = Scope.UNITS_READ
    serializer_class = UnitSerializer
    pagination_class = ByName

    @extend_schema(
        parameters=[
            Q_PARAMETER,
            SITE_PARAMETER,
            OpenApiParameter("parent", str, description="Right below this unit."),
        ]
    )
    def list(self, request: Request) -> Response:
        """By name."""
        tree = Tree.on(times.today())
        units = Unit.objects.select_related("employer").filter(pk__in=tree.nodes)
        if text := query_text(request):
            units = units.filter(pk__in=[unit.pk for unit in tree.find(text)])
        if (site := site_of_query(request)) is not None:
            units = units.filter(pk__in=tree.unit_ids_at(site.pk))
        if (key := _key(request, "parent")) is not None:
            if (parent := tree.by_key(key)) is None:
                raise invalid_parameter("parent", "There is no such unit.")
            units = units.filter(pk__in=[unit.pk for unit in tree.children(parent.pk)])
        return self.get_paginated_response(self._as_data(self.paginate_queryset(units), tree))

    @extend_schema(parameters=[KEY_PARAMETER])
    def retrieve(self, request: Request, key: str) -> Response:
        """One unit, also one that is closed."""
        unit = access.get_unit_to_view(request.user, key)
        return Response(self._as_data([unit], Tree.on(times.today()))[0])

    def _as_data(self, units: Any, tree: Tree) -> Any:
        counts = queries.head_counts(tree.day)
        context = {
            **self.get_serializer_context(),
            "tree": tree,
            "counts": counts,
            "totals": queries.head_counts_with_below(tree, counts),
        }
        return UnitSerializer(units, many=True, context=context).data


class SiteResource(Resource):
    """The physical places, closed ones too."""

    read_scope = Scope.SITES_READ
    serializer_class = SiteSerializer
    pagination_class = ByName

    def list(self, request: Request) -> Response:
        """By name."""
        sites = self.paginate_queryset(Site.objects.all())
        return self.get_paginated_response(SiteSerializer(sites, many=True).data)

    @extend_schema(parameters=[KEY_PARAMETER])
    def retrieve(self, request: Request, key: str) -> Response:
        """One site."""
        site = Site.objects.filter(key=key).first()
        if site is None:
            raise Http404
        return Response(SiteSerializer(site).data)


def register(router: BaseRouter) -> None:
    """Adds this room's resources."""
    router.register("people", PeopleResource, basename="people")
    router.register("units", UnitResource, basename="units")
    router.register("sites", SiteResource, basename="sites")
