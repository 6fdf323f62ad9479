"""What is printed for a survey: the poster, and slips with codes that lead straight to it."""

import datetime as dt

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from engagement import times
from engagement.people.access import can_administer_person, can_issue_activation_codes, require
from engagement.people.requests import PersonRequest
from engagement.people.sheets import sheet_of
from engagement.people.tree import Tree
from surveys import access
from surveys.forms import PaperForm
from surveys.models import Survey
from surveys.qr import qr_drawing
from surveys.queries.paper import people_without_mail
from surveys.views.surveys import facts_of

# Codes last 14 days. Printed earlier, they would run out before the survey closes, or opens.
AHEAD = dt.timedelta(days=2)


@require_GET
def poster(request: PersonRequest, key: str) -> HttpResponse:
    """A sheet for the wall: why, until when, the way in and the twelve words."""
    survey = access.get_survey_to_edit(request.user, key)
    address = f"{settings.BASE_URL}{reverse('surveys:detail', args=[survey.key])}"
    context = facts_of(survey) | {"address": address, "way_in": qr_drawing(address)}
    return render(request, "surveys/poster.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def codes(request: PersonRequest, key: str) -> HttpResponse:
    """Slips for everybody asked who has no work mail; those who have answered get one too."""
    survey = access.get_survey_to_edit(request.user, key)
    require(can_issue_activation_codes(request.user))
    if survey.launched_at is None or survey.closed_at or survey.cancelled_at:
        return redirect("surveys:detail", key=key)
    at = times.now()
    tree = Tree.on(times.local_date(at))
    form = _paper_form(request, survey, tree)
    first = survey.opens_at - AHEAD if survey.opens_at else at
    if at >= first and form.is_valid():
        issued = form.issue(by=request.user, at=at)
        way = reverse("surveys:detail", args=[survey.key])
        context = sheet_of(issued, tree=tree, at=at, following=way) | {"survey": survey}
        return render(request, "surveys/code_sheet.html", context)
    context = {
        "survey": survey,
        "form": form,
        "from_day": times.local_date(first) if at < first else None,
    }
    return render(request, "surveys/codes.html", context, status=422 if form.errors else 200)


def _paper_form(request: PersonRequest, survey: Survey, tree: Tree) -> PaperForm:
    """Over those whom the viewer may give codes."""
    people = [
        one
        for one in people_without_mail(survey, tree=tree)
        if can_administer_person(request.user, one)
    ]
    sent = request.POST if request.method == "POST" else None
    return PaperForm(sent, people=people, tree=tree)
