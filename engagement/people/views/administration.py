"""HR's and administrators' own pages: the hub, roles, and who did what."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from engagement import times
from engagement.people import access, actions, queries
from engagement.people.forms import GiveRoleForm
from engagement.people.models import Person
from engagement.people.requests import PersonRequest
from engagement.people.views.common import administration_crumbs, crumb, form_page, whole_number

MOST_ID = 2**62


def _door(name: str) -> str:
    """The address of a page in another room; empty where that room is not built in."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def _doors(viewer: Person) -> list[tuple[str, str, str, str, bool]]:
    """Address, icon, name and explanation of each part, and whether ``viewer`` may go there."""
    everywhere = access.can_administer_everybody(viewer)
    return [
        ("people:roster", "upload", _("Roster import"),
         _("People, places and leaders from a file"), access.can_import_roster(viewer)),
        ("people:organisation", "tree", _("Organisation"),
         _("Employers, sites and units, with their history"), True),
        ("people:roles", "key", _("Roles"), _("Who may do what, and where"), True),
        ("people:activation", "paper", _("Codes on paper"),
         _("Let people without work mail in"), access.can_issue_activation_codes(viewer)),
        ("kudos:reports", "flag", _("Reports"), _("Thanks that somebody wants to be looked at"), True),
        ("kudos:words", "comment", _("Words that warn"),
         _("What people are asked about before they send it"), everywhere),
        ("kudos:policy", "heart", _("Thanks of people who leave"),
         _("What becomes of them in feeds"), everywhere),
        ("themes:index", "star", _("Theme days"), _("The year’s days with a look of their own"),
         everywhere),
        ("notices:status", "mail", _("Messages"), _("What is waiting or has failed"), everywhere),
        ("api_tokens:list", "link", _("API tokens"), _("Doors for other systems"),
         access.can_administer_everything(viewer)),
        ("people:audit", "eye", _("Log"), _("Who did what, and when"),
         access.can_read_audit(viewer)),
    ]  # fmt: skip


@require_GET
def administration(request: PersonRequest) -> HttpResponse:
    """All that keeps the organisation in order, in one place."""
    viewer = request.user
    access.require(access.can_administer_people(viewer))
    offered = [
        {"url": _door(name), "icon": icon, "label": label, "text": text}
        for name, icon, label, text, is_allowed in _doors(viewer)
        if is_allowed and _door(name)
    ]
    return render(request, "people/administration.html", {"doors": offered})


@require_GET
def roles(request: PersonRequest) -> HttpResponse:
    """All roles that hold now."""
    access.require(access.can_administer_people(request.user))
    held = queries.roles_held(at=times.now(), viewer=request.user)
    context = {
        "roles": [(one, access.can_give_role(request.user, one.role)) for one in held],
        "crumbs": administration_crumbs(crumb(_("Roles"))),
    }
    return render(request, "people/roles.html", context)


@require_http_methods(["GET", "POST"])
def give_role(request: PersonRequest) -> HttpResponse:
    access.require(access.can_administer_people(request.user))
    form = GiveRoleForm(request.POST or None, viewer=request.user)
    crumbs = administration_crumbs(crumb(_("Roles"), "people:roles"), crumb(form.title))
    context: dict[str, Any] = {"person_text": request.POST.get("person_text", "")[:100]}
    return form_page(
        request, form, crumbs=crumbs, back=reverse("people:roles"),
        template="people/give_role.html", **context,
    )  # fmt: skip


@require_POST
def end_role(request: PersonRequest, pk: int) -> HttpResponse:
    assignment = access.get_role_to_end(request.user, pk)
    try:
        actions.end_role(assignment=assignment, by=request.user, at=times.now())
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        messages.success(
            request,
            _("%(person)s no longer has the role %(role)s.")
            % {"person": assignment.person.name, "role": assignment.get_role_display()},
        )
    return redirect("people:roles")


@require_GET
def audit(request: PersonRequest) -> HttpResponse:
    """Administrative acts, newest first."""
    access.require(access.can_read_audit(request.user))
    before = whole_number(request.GET.get("before", ""), most=MOST_ID)
    entries = queries.audit_page(before=before or None, limit=51)
    context = {
        "lines": queries.told(entries[:50]),
        "next_url": f"?before={entries[49].pk}" if len(entries) > 50 else "",
        "crumbs": administration_crumbs(crumb(_("Log"))),
    }
    return render(request, "people/audit.html", context)
