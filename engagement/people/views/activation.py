"""Codes on paper: who gets one, and the sheet to print."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from engagement import times
from engagement.people import access, queries
from engagement.people.forms import SheetForm
from engagement.people.models import Person
from engagement.people.requests import PersonRequest
from engagement.people.sheets import sheet_of
from engagement.people.tree import Tree
from engagement.people.views.common import administration_crumbs, crumb

MOST_LISTED = 500


@require_GET
def activation(request: PersonRequest) -> HttpResponse:
    """Choose a unit, then who in it gets a code."""
    access.require(access.can_issue_activation_codes(request.user))
    tree = Tree.on(times.today())
    unit = tree.by_key(request.GET.get("unit", ""))
    people = _choosable(request, unit.pk if unit else None, tree)
    waiting = queries.codes_waiting(people.values(), at=times.now())
    context = {
        "unit": unit,
        "units": [
            {"unit": one, "indent": "\u2007\u2007" * depth}
            for depth, one in tree.walk()
            if access.can_manage_unit(request.user, one, tree=tree) and one.stated_headcount is None
        ],
        "rows": [(one, one.pk in waiting, _is_suggested(one)) for one in people.values()],
        "crumbs": administration_crumbs(crumb(_("Codes on paper"))),
    }
    return render(request, "people/activation.html", context)


def _is_suggested(person: Person) -> bool:
    """Those for whom there is no other way in, and who have not been here yet."""
    return not person.email and person.last_login is None


def _choosable(request: PersonRequest, unit_id: int | None, tree: Tree) -> dict[str, Person]:
    """People in the unit whom the viewer may give codes, by key."""
    if unit_id is None:
        return {}
    rows = queries.search_people(
        "", viewer=request.user, day=tree.day, limit=MOST_LISTED, unit=tree.unit(unit_id), tree=tree
    )
    return {
        row.person.key: row.person
        for row in rows
        if access.can_administer_person(request.user, row.person)
    }


@never_cache
@require_POST
def activation_sheet(request: PersonRequest) -> HttpResponse:
    """Makes the codes and shows them once, a slip a person, to be printed and cut."""
    access.require(access.can_issue_activation_codes(request.user))
    tree = Tree.on(times.today())
    unit = tree.by_key(request.POST.get("unit", ""))
    form = SheetForm(request.POST, choosable=_choosable(request, unit.pk if unit else None, tree))
    if not form.is_valid():
        crumbs = administration_crumbs(crumb(_("Codes on paper"), "people:activation"))
        context = {"form": form, "crumbs": crumbs, "unit": unit}
        return render(request, "people/activation_refused.html", context, status=422)
    at = times.now()
    context = sheet_of(form.issue(by=request.user, at=at), tree=tree, at=at)
    return render(request, "people/activation_sheet.html", context)
