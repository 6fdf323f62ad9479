"""Changing the organisation. Each page is one form that ends in one action."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from engagement import times
from engagement.people import access, forms, queries
from engagement.people.models import Employer, Person, Site
from engagement.people.requests import PersonRequest
from engagement.people.tree import Tree
from engagement.people.views.common import Crumbs, administration_crumbs, crumb, form_page

UNIT_FORMS = {
    "rename": forms.RenameUnitForm,
    "move": forms.MoveUnitForm,
    "split": forms.SplitUnitForm,
    "merge": forms.MergeUnitForm,
    "close": forms.CloseUnitForm,
}
PERSON_FORMS = {
    "change": forms.ChangePersonForm,
    "move": forms.MovePersonForm,
    "leave": forms.EndEmploymentForm,
}
both = require_http_methods(["GET", "POST"])


def _crumbs(*rest: dict[str, str]) -> Crumbs:
    return administration_crumbs(crumb(_("Organisation"), "people:organisation"), *rest)


@require_GET
def organisation(request: PersonRequest) -> HttpResponse:
    """The tree of today with a way to change each unit; employers and sites beside it."""
    viewer = request.user
    access.require(access.can_administer_people(viewer))
    tree = Tree.on(times.today())
    totals = queries.head_counts_with_below(tree, queries.head_counts(tree.day))
    rows = [
        {
            "unit": unit,
            "depth": min(depth, 6),
            "count": totals.get(unit.pk, 0),
            "site": tree.site_of(unit.pk),
            "can_manage": access.can_manage_unit(viewer, unit, tree=tree),
        }
        for depth, unit in tree.walk()
    ]
    context = {
        "rows": rows,
        "employers": Employer.objects.order_by("is_partner", "name"),
        "sites": Site.objects.order_by("name"),
        "can_manage_sites": access.can_manage_sites(viewer),
        "crumbs": administration_crumbs(crumb(_("Organisation"))),
        "coming": queries.coming_changes(tree.day),
    }
    return render(request, "people/organisation.html", context)


@both
def open_unit(request: PersonRequest) -> HttpResponse:
    access.require(access.can_administer_people(request.user))
    form = forms.OpenUnitForm(
        request.POST or None,
        viewer=request.user,
        initial={"parent": request.GET.get("parent", "")[:16]},
    )
    back = reverse("people:organisation")
    return form_page(request, form, crumbs=_crumbs(crumb(form.title)), back=back)


@require_GET
def manage_unit(request: PersonRequest, key: str) -> HttpResponse:
    """What can be done with a unit, and how it came to stand where it stands."""
    unit = access.get_unit_to_manage(request.user, key)
    tree = Tree.on(times.today())
    context = {
        "unit": unit,
        "path": tree.path_name(unit.pk),
        "site": tree.site_of(unit.pk),
        "acts": [
            {"verb": verb, "title": form.title, "text": form.explanation}
            for verb, form in UNIT_FORMS.items()
        ],
        "placements": unit.placements.select_related("parent", "site").order_by("-from_on"),
        "members": [
            one
            for one in queries.search_people("", viewer=request.user, day=tree.day, unit=unit,
                                             limit=200, tree=tree)
            if one.unit == unit
        ],
        "crumbs": _crumbs(crumb(unit.name)),
    }  # fmt: skip
    return render(request, "people/manage_unit.html", context)


@both
def change_unit(request: PersonRequest, key: str, verb: str) -> HttpResponse:
    """Renames, moves, splits, merges or closes a unit."""
    if verb not in UNIT_FORMS:
        raise Http404
    unit = access.get_unit_to_manage(request.user, key)
    form = UNIT_FORMS[verb](request.POST or None, viewer=request.user, unit=unit)
    crumbs = _crumbs(crumb(unit.name, "people:manage-unit", unit.key), crumb(str(form.title)))
    back = reverse("people:manage-unit", args=[unit.key])
    return form_page(request, form, crumbs=crumbs, back=back, subject=unit.name)


@both
def hire_person(request: PersonRequest) -> HttpResponse:
    access.require(access.can_administer_people(request.user))
    form = forms.HirePersonForm(request.POST or None, viewer=request.user)
    back = reverse("people:organisation")
    return form_page(request, form, crumbs=_crumbs(crumb(form.title)), back=back)


@both
def change_person(request: PersonRequest, key: str, verb: str) -> HttpResponse:
    """Changes, moves or lets go a person."""
    if verb not in PERSON_FORMS:
        raise Http404
    person: Person = access.get_person_to_manage(request.user, key)
    form = PERSON_FORMS[verb](request.POST or None, viewer=request.user, person=person)
    crumbs = _crumbs(crumb(person.name), crumb(str(form.title)))
    is_shown = person.is_active and person.started_on <= times.today()
    back = reverse("people:person", args=[person.key]) if is_shown else ""
    if verb == "leave" or not back:
        back = reverse("people:organisation")
    return form_page(request, form, crumbs=crumbs, back=back, subject=person.name)


@both
def create_employer(request: PersonRequest) -> HttpResponse:
    access.require(access.can_manage_sites(request.user))
    form = forms.EmployerForm(request.POST or None, viewer=request.user)
    back = reverse("people:organisation")
    return form_page(request, form, crumbs=_crumbs(crumb(form.title)), back=back)


@both
def create_site(request: PersonRequest) -> HttpResponse:
    access.require(access.can_manage_sites(request.user))
    form = forms.SiteForm(request.POST or None, viewer=request.user)
    back = reverse("people:organisation")
    return form_page(request, form, crumbs=_crumbs(crumb(form.title)), back=back)


def _site_to_manage(request: PersonRequest, key: str) -> Site:
    site = Site.objects.filter(key=key).first()
    if site is None:
        raise Http404
    if not access.can_manage_sites(request.user):
        raise PermissionDenied
    return site


@both
def change_site(request: PersonRequest, key: str) -> HttpResponse:
    site = _site_to_manage(request, key)
    form = forms.SiteForm(request.POST or None, viewer=request.user, site=site)
    back = reverse("people:organisation")
    return form_page(
        request, form, crumbs=_crumbs(crumb(site.name)), back=back, subject=site.name,
        close_url="" if site.closed_on else reverse("people:close-site", args=[site.key]),
    )  # fmt: skip


@both
def close_site(request: PersonRequest, key: str) -> HttpResponse:
    site = _site_to_manage(request, key)
    form = forms.CloseSiteForm(request.POST or None, viewer=request.user, site=site)
    crumbs = _crumbs(crumb(site.name, "people:change-site", site.key), crumb(str(form.title)))
    back = reverse("people:organisation")
    return form_page(request, form, crumbs=crumbs, back=back, subject=site.name)
