"""One click signs in as a persona; only in the demo, which runs only on this machine."""

from django.conf import settings
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from engagement.demo.personas import BY_SLUG
from engagement.people.models import Person


@require_POST
def sign_in(request: HttpRequest, persona: str) -> HttpResponse:
    if not settings.DEMO or persona not in BY_SLUG:
        raise Http404
    person = get_object_or_404(Person, employee_number=BY_SLUG[persona].number)
    login(request, person, backend=settings.AUTHENTICATION_BACKENDS[0])
    return redirect("today")
