"""What only the demo has, on this machine only: sign-in with one click, the witnesses' key files."""

from django.conf import settings
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from engagement.demo.personas import BY_SLUG
from engagement.demo.surveys.keys import find_key
from engagement.people.models import Person
from engagement.people.requests import PersonRequest
from surveys import access


@require_POST
def sign_in(request: HttpRequest, persona: str) -> HttpResponse:
    if not settings.DEMO or persona not in BY_SLUG:
        raise Http404
    person = get_object_or_404(Person, employee_number=BY_SLUG[persona].number)
    login(request, person, backend=settings.AUTHENTICATION_BACKENDS[0])
    return redirect("today")


@never_cache
@require_GET
def key_file(request: PersonRequest, survey: str) -> HttpResponse:
    """The key file of a witnessed survey that the demo made, for its witnesses."""
    found = find_key(survey) if settings.DEMO else None
    if found is None:
        raise Http404
    access.get_survey_to_count(request.user, survey)
    response = HttpResponse(found.path.read_bytes(), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="{found.path.name}"'
    return response
