"""Finding colleagues: the directory, a person, a unit."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from engagement import times
from engagement.people import access, queries
from engagement.people.models import Site, Unit, sortable
from engagement.people.requests import PersonRequest
from engagement.people.tree import Tree
from engagement.people.views.common import whole_number

PAGE = 50
MOST = 1_000_000
TEXT = 100


def _site(tree: Tree, key: str) -> Site | None:
    return next((site for site in tree.sites.values() if site.key == key), None)


def _sites(tree: Tree) -> list[Site]:
    return sorted(tree.sites.values(), key=lambda site: sortable(site.name))


def _people_page(
    request: PersonRequest, tree: Tree, *, site: Site | None = None, unit: Unit | None = None
) -> dict[str, Any]:
    """Fifty people from ``?start`` on, and the address of the next fifty."""
    text = request.GET.get("q", "")[:TEXT]
    start = whole_number(request.GET.get("start", ""), most=MOST)
    found = queries.search_people(
        text, viewer=request.user, day=tree.day, limit=PAGE + 1, offset=start,
        site=site, unit=unit, tree=tree,
    )  # fmt: skip
    following = {"q": text, "site": site.key if site else "", "start": start + PAGE}
    next_url = "?" + urlencode({name: value for name, value in following.items() if value})
    return {
        "text": text,
        "start": start,
        "people": found[:PAGE],
        "next_url": next_url if len(found) > PAGE else "",
    }


@require_GET
def directory(request: PersonRequest) -> HttpResponse:
    """Everybody employed today, by name or as found; or the tree of units."""
    tree = Tree.on(times.today())
    if request.GET.get("view") == "units":
        return _unit_tree(request, tree)
    site = _site(tree, request.GET.get("site", ""))
    page = _people_page(request, tree, site=site)
    units = queries.search_units(page["text"], tree=tree, limit=6) if page["text"] else []
    context = {
        **page,
        "site": site,
        "sites": _sites(tree),
        "units": [queries.unit_option(unit, tree=tree) for unit in units if not page["start"]],
        "total": sum(queries.head_counts(tree.day).values()),
    }
    return render(request, "people/directory.html", context)


def _unit_tree(request: PersonRequest, tree: Tree) -> HttpResponse:
    totals = queries.head_counts_with_below(tree, queries.head_counts(tree.day))
    # Open as far as the viewer's own team.
    near = queries.place_of(request.user, tree.day, tree=tree)
    opened = set(tree.ancestor_ids(near.unit.pk)) if near.unit else set()
    branches = [_branch(tree, unit, totals, opened) for unit in tree.roots]
    return render(request, "people/unit_tree.html", {"branches": branches})


def _branch(tree: Tree, unit: Unit, totals: dict[int, int], opened: set[int]) -> dict[str, Any]:
    return {
        "unit": unit,
        "count": totals.get(unit.pk, 0),
        "is_open": unit.pk in opened or tree.parent(unit.pk) is None,
        "children": [_branch(tree, one, totals, opened) for one in tree.children(unit.pk)],
    }


@require_GET
def person(request: PersonRequest, key: str) -> HttpResponse:
    """A colleague's page."""
    somebody = access.get_person_to_view(request.user, key)
    tree = Tree.on(times.today())
    place = queries.place_of(somebody, tree.day, tree=tree)
    context = {
        "person": somebody,
        "unit": place.unit,
        "site": place.site,
        "path": tree.path(place.unit.pk)[:-1] if place.unit else [],
        "roles": queries.public_roles(somebody),
        "manager": queries.visible_manager(somebody),
        "is_me": somebody.pk == request.user.pk,
        "can_see_contact": access.can_see_contact(request.user, somebody),
        "can_manage": access.can_administer_person(request.user, somebody),
    }
    return render(request, "people/person.html", context)


@require_GET
def unit(request: PersonRequest, key: str) -> HttpResponse:
    """A unit: who leads it, who is in it, what stands below it."""
    shown = access.get_unit_to_view(request.user, key)
    tree = Tree.on(times.today())
    totals = queries.head_counts_with_below(tree, queries.head_counts(tree.day))
    children = tree.children(shown.pk)
    context = {
        **_people_page(request, tree, unit=shown),
        "unit": shown,
        "is_open": shown.pk in tree.nodes,
        "is_team": not children,
        "path": tree.path(shown.pk)[:-1],
        "site": tree.site_of(shown.pk),
        "leads": queries.leads_of([shown], at=times.now()).get(shown.pk, []),
        "count": totals.get(shown.pk, 0),
        "children": [(one, totals.get(one.pk, 0)) for one in children],
        "can_manage": access.can_manage_unit(request.user, shown, tree=tree),
    }
    return render(request, "people/unit.html", context)


@require_GET
def options(request: PersonRequest) -> JsonResponse:
    """People for a type-ahead field: ``{"options": [{id, name, detail, initials, hue, kind}]}``."""
    found = queries.person_options(
        request.GET.get("q", "")[:TEXT], viewer=request.user, day=times.today()
    )
    return JsonResponse({"options": [option.as_dict() for option in found]})
