"""Administration of tokens in the browser."""

from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from engagement import times
from engagement.api import access, actions, queries
from engagement.api.forms import TokenForm
from engagement.api.tokens import new_secret
from engagement.people.models import Person


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def token_list(request: HttpRequest) -> HttpResponse:
    """All tokens, and the form for a new one. A new token is shown in the answer, only there."""
    me = cast(Person, request.user)
    access.require_token_manager(me)
    at = times.now()
    form = TokenForm(request.POST if request.method == "POST" else None)
    crumbs = [
        {"label": _("Administration"), "url": reverse("people:administration")},
        {"label": _("API tokens"), "url": ""},
    ]
    context: dict[str, object] = {"form": form, "crumbs": crumbs}
    if form.is_valid():
        secret = new_secret()
        context["made"] = actions.create_token(
            by=me,
            person=me,
            name=form.cleaned_data["name"],
            scopes=form.cleaned_data["scopes"],
            secret=secret,
            at=at,
            expires_at=form.expires_at(at),
        )
        context |= {"secret": secret, "form": TokenForm()}
    context["tokens"] = queries.listed_tokens(at=at)
    status = 422 if form.is_bound and not form.is_valid() else 200
    return render(request, "api/token_list.html", context, status=status)


@require_POST
def revoke_token(request: HttpRequest, key: str) -> HttpResponse:
    """Ends a token."""
    me = cast(Person, request.user)
    token = access.get_token_to_revoke(me, key)
    actions.revoke_token(token=token, by=me, at=times.now())
    messages.success(request, _("%(name)s no longer works.") % {"name": token.name})
    return redirect("api_tokens:list")
