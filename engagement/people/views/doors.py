"""What opens without sign-in: a code on paper, the first administrator's link, the language."""

from allauth.core import ratelimit
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import check_for_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from engagement import times
from engagement.http.requests import next_path
from engagement.people import actions
from engagement.people.forms import CodeForm, FirstAdministratorForm
from engagement.people.models import Person

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
LIMIT = "activation_code"


@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
def activate(request: HttpRequest) -> HttpResponse:
    """Opening the link uses nothing up: only sending the form does. ``next`` is where to arrive."""
    following = next_path(request)
    if request.method == "GET":
        form = CodeForm(initial={"code": request.GET.get("code", "")[:40].replace("\0", "")})
        return render(request, "people/activate.html", {"form": form, "next": following})
    if not ratelimit.consume(request, action=LIMIT, dry_run=True):
        return ratelimit.respond_429(request)
    form = CodeForm(request.POST)
    person = _redeem(request, form) if form.is_valid() else None
    if person is None:
        context = {"form": form, "next": following}
        return render(request, "people/activate.html", context, status=422)
    login(request, person, backend=BACKEND)
    translation.activate(person.language)
    messages.success(request, _("Welcome, %(name)s") % {"name": person.given_name})
    return redirect(following or "people:me-sign-in")


def _redeem(request: HttpRequest, form: CodeForm) -> Person | None:
    try:
        return actions.redeem_activation_code(code=form.cleaned_data["code"], at=times.now())
    except ValidationError as error:
        ratelimit.consume(request, action=LIMIT)
        form.add_error("code", error.messages[0])
        return None


@never_cache
@sensitive_post_parameters("password", "token")
@require_http_methods(["GET", "POST"])
def first_administrator(request: HttpRequest) -> HttpResponse:
    """Makes the organisation and who runs it. The link works until there is an administrator."""
    token = (request.POST if request.method == "POST" else request.GET).get("token", "")[:500]
    if not actions.is_first_administrator_token(token, at=times.now()):
        return render(request, "people/link_used.html", status=403)
    form = FirstAdministratorForm(request.POST or None, initial={"token": token})
    if request.method == "POST" and form.is_valid():
        try:
            person = actions.create_first_administrator(
                **form.cleaned_data,
                language=translation.get_language() or Person.Language.NORWEGIAN,
                at=times.now(),
            )
        except ValidationError as error:
            _add_refusal(form, error)
        else:
            login(request, person, backend=BACKEND)
            return redirect("people:administration")
    status = 422 if form.errors else 200
    return render(request, "people/first_administrator.html", {"form": form}, status=status)


def _add_refusal(form: FirstAdministratorForm, error: ValidationError) -> None:
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for name, errors in error.error_dict.items():
        form.add_error(name if name in form.fields else None, errors)


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Norwegian or English, for this browser and for the person signed in."""
    wanted = request.POST.get("language", "")
    answer = HttpResponseRedirect(next_path(request) or "/")
    if wanted not in Person.Language.values or not check_for_language(wanted):
        return answer
    if request.user.is_authenticated:
        actions.choose_language(
            person=request.user, language=wanted, by=request.user, at=times.now()
        )
    answer.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        wanted,
        max_age=60 * 60 * 24 * 365,
        secure=settings.IS_SECURE_ORIGIN,
        samesite="Lax",
    )
    return answer
