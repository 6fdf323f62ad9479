"""The plan of the year, a day to look at before it comes, and planning."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from engagement import times
from engagement.http.csp import csp_override
from engagement.http.requests import next_path
from engagement.people.requests import PersonRequest
from engagement.themes import access, actions, preview, queries
from engagement.themes.drawing import drawn_year
from engagement.themes.forms import ThemeDayForm, year_of
from engagement.themes.models import ThemeDay
from engagement.themes.policy import FRAMING


@require_GET
def index(request: PersonRequest) -> HttpResponse:
    """The year as a drawing and as a list of its months; ``?year=2027``."""
    today = times.today()
    asked = request.GET.get("year", "")
    year = year_of(asked, today=today, first=queries.FIRST_YEAR, last=queries.LAST_YEAR)
    months = queries.year_plan(year, today=today)
    planned = [one for month in months for one in month.planned]
    context = {
        "months": months,
        "has_days": bool(planned),
        "lines": drawn_year(year, planned, today=today),
        "year": year,
        "years": (today.year, today.year + 1),
        "today": today,
        "can_plan": access.can_plan_theme_days(request.user),
    }
    return render(request, "themes/index.html", context)


@require_GET
@csp_override(FRAMING)
def show(request: PersonRequest, key: str) -> HttpResponse:
    """How a card, Today and a wall look on that day, in light and in dark."""
    day = access.get_theme_day_to_view(request.user, key)
    today = times.today()
    context = {
        "day": day,
        "span": queries.next_span(day, today=today),
        "today": today,
        "can_plan": access.can_plan_theme_days(request.user),
    }
    return render(request, "themes/show.html", context)


@require_http_methods(["GET", "POST"])
def create(request: PersonRequest) -> HttpResponse:
    if not access.can_plan_theme_days(request.user):
        raise PermissionDenied
    # A year has its days; one's own is most often one of this year.
    form = ThemeDayForm(request.POST or None, initial={"rule": "date", "is_on": True})
    if request.method == "POST" and form.is_valid():
        try:
            day = actions.create_theme_day(
                day=form.instance, sites=list(form.cleaned_data["sites"]), by=request.user,
                at=times.now(),
            )  # fmt: skip
            messages.success(request, _("%(name)s is in the plan.") % {"name": day})
            return redirect("themes:show", key=day.key)
        except ValidationError as error:
            form.add_error(None, error)
    return _form_page(request, form)


@require_http_methods(["GET", "POST"])
def change(request: PersonRequest, key: str) -> HttpResponse:
    day = access.get_theme_day_to_plan(request.user, key)
    form = ThemeDayForm(request.POST or None, instance=day)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_theme_day(
                day=day, facts=form.changes(), sites=list(form.cleaned_data["sites"]),
                by=request.user, at=times.now(),
            )  # fmt: skip
            messages.success(request, _("Saved. Pages and walls follow at once."))
            return redirect("themes:show", key=day.key)
        except ValidationError as error:
            form.add_error(None, error)
    return _form_page(request, form, day=day)


def _form_page(
    request: PersonRequest, form: ThemeDayForm, day: ThemeDay | None = None
) -> HttpResponse:
    status = 422 if form.is_bound else 200
    return render(request, "themes/form.html", {"form": form, "day": day}, status=status)


@require_POST
def switch(request: PersonRequest, key: str) -> HttpResponse:
    """On or off, as ``is_on`` says: ``1`` or nothing."""
    day = access.get_theme_day_to_plan(request.user, key)
    is_on = request.POST.get("is_on") == "1"
    actions.switch_theme_day(day=day, is_on=is_on, by=request.user, at=times.now())
    said = _("%(name)s is on.") if is_on else _("%(name)s is off.")
    messages.success(request, said % {"name": day})
    return redirect(next_path(request) or "themes:index")


@require_http_methods(["GET", "POST"])
def remove(request: PersonRequest, key: str) -> HttpResponse:
    """Asks once: what somebody wrote is gone afterwards."""
    day = access.get_theme_day_to_plan(request.user, key)
    if request.method == "POST":
        actions.remove_theme_day(day=day, by=request.user, at=times.now())
        messages.success(request, _("%(name)s is out of the plan.") % {"name": day})
        return redirect("themes:index")
    return render(request, "themes/remove.html", {"day": day})


@require_POST
def wear(request: PersonRequest, key: str) -> HttpResponse:
    """Shows this browser the whole product as on that day, for a while."""
    preview.begin(request, access.get_theme_day_to_plan(request.user, key), at=times.now())
    return redirect("today")


@require_POST
def leave(request: PersonRequest) -> HttpResponse:
    """Back to how everybody sees it."""
    preview.end(request)
    return redirect(next_path(request) or "themes:index")
