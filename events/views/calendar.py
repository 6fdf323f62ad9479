"""The month and the week, and the addresses by which they reach one's own calendar program."""

import datetime as dt
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from engagement import times
from engagement.http.qr import qr_drawing
from engagement.people.requests import PersonRequest
from events import actions
from events.calendar_forms import AlarmForm, ProgramForm, read_month, read_week
from events.calendar_secrets import new_secret
from events.models import CalendarLink
from events.queries.calendar import DAY, WEEK, month_of, week_name, week_of
from events.queries.feed import links_of


@dataclass(frozen=True)
class Asked:
    """What somebody wants to see: the month from ``first``, or the week of the Monday ``first``."""

    first: dt.date
    is_week: bool
    everywhere: bool

    def address(self, **changes: str) -> str:
        """This page with other facts."""
        facts = {"week" if self.is_week else "month": self._name(self.first)}
        if self.everywhere:
            facts["sites"] = "all"
        facts = {name: fact for name, fact in (facts | changes).items() if fact}
        return f"{reverse('events:calendar')}?{urlencode(facts)}"

    def _name(self, day: dt.date) -> str:
        return week_name(day) if self.is_week else f"{day:%Y-%m}"

    def _at(self, day: dt.date) -> str:
        return self.address(**{"week" if self.is_week else "month": self._name(day)})

    @property
    def before(self) -> str:
        return self._at(self.first - WEEK if self.is_week else times.months_before(self.first, 1))

    @property
    def after(self) -> str:
        return self._at(self.first + WEEK if self.is_week else times.months_before(self.first, -1))

    @property
    def now(self) -> str:
        return self._at(times.today())

    def as_month(self) -> str:
        """The month that most of this week is in."""
        return self.address(month=f"{self.first + 3 * DAY:%Y-%m}", week="")

    def as_week(self) -> str:
        """This week, when it is in the month, else the first of the month."""
        today = times.today()
        is_now = (today.year, today.month) == (self.first.year, self.first.month)
        return self.address(week=week_name(today if is_now else self.first), month="")

    @property
    def other_sites(self) -> str:
        return self.address(sites="" if self.everywhere else "all")


@require_GET
def calendar(request: PersonRequest) -> HttpResponse:
    """A month, or a week, of what I am invited to."""
    asked, today = _asked_or_400(request), times.today()
    facts = {"today": today, "language": get_language() or "nb", "everywhere": asked.everywhere}
    context: dict[str, object] = {"asked": asked, "today": today}
    if asked.is_week:
        week = week_of(request.user, asked.first, **facts)  # type: ignore[arg-type]
        return render(request, "events/calendar/week.html", context | {"week": week})
    weeks = month_of(request.user, asked.first, **facts)  # type: ignore[arg-type]
    is_empty = not any(day.slots for week in weeks for day in week.days if not day.is_outside)
    context |= {"weeks": weeks, "is_empty": is_empty}
    return render(request, "events/calendar/month.html", context)


def _asked_or_400(request: PersonRequest) -> Asked:
    everywhere = request.GET.get("sites") == "all"
    week, month = request.GET.get("week", ""), request.GET.get("month", "")
    try:
        if week:
            return Asked(read_week(week), True, everywhere)
        first = read_month(month) if month else times.today().replace(day=1)
    except ValueError as error:
        raise BadRequest("no such month or week") from error
    return Asked(first, False, everywhere)


@never_cache
@sensitive_variables("secret")
@require_http_methods(["GET", "HEAD", "POST"])
def calendar_links(request: PersonRequest) -> HttpResponse:
    """My addresses. A new one is shown in the answer to the form that made it, and only there."""
    context: dict[str, object] = {}
    status = 200
    if request.method == "POST":
        form = ProgramForm(request.POST)
        status = 200 if form.is_valid() else 422
        if form.is_valid():
            context = _made(request, form.cleaned_data["program"])
    links = {link.program: link for link in links_of(request.user)}
    context["programs"] = [
        (program, label, link, _alarm_form(link))
        for program, label in CalendarLink.Program.choices
        for link in [links.get(program)]
    ]
    return render(request, "events/calendar/links.html", context, status=status)


def _alarm_form(link: CalendarLink | None) -> AlarmForm | None:
    if link is None:
        return None
    minutes = "" if link.alarm_minutes is None else link.alarm_minutes
    return AlarmForm(initial={"minutes": minutes}, auto_id=f"{link.program}_%s")


@sensitive_variables("secret")
def _made(request: PersonRequest, program: str) -> dict[str, object]:
    """A new address and its ways into a program."""
    secret = new_secret()
    link = actions.make_calendar_link(
        program=program, secret=secret, by=request.user, at=times.now()
    )
    address = settings.BASE_URL + reverse("calendar-feed", args=[secret])
    webcal = urlsplit(address)._replace(scheme="webcal").geturl()
    return {"made": link, "address": address, "webcal": webcal, "qr": qr_drawing(webcal)}


@require_POST
def revoke_calendar_link(request: PersonRequest) -> HttpResponse:
    """Ends one of my addresses."""
    form = ProgramForm(request.POST)
    if not form.is_valid():
        raise BadRequest("no such program")
    program = form.cleaned_data["program"]
    if actions.revoke_calendar_link(program=program, by=request.user, at=times.now()):
        messages.success(request, _("That address no longer works."))
    return redirect("events:calendar-links")


@require_POST
def choose_alarm(request: PersonRequest) -> HttpResponse:
    """Whether, and when, a program rings before a sitting."""
    form = AlarmForm(request.POST)
    if not form.is_valid():
        raise BadRequest("no such time")
    if actions.choose_alarm(**form.cleaned_data, by=request.user, at=times.now()):
        messages.success(request, _("Saved. It counts from when your program next asks."))
    return redirect("events:calendar-links")
