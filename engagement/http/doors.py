"""Signing in is required everywhere. The exceptions stand in one list, each with its reason."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.middleware import LoginRequiredMiddleware as DjangoLoginRequired
from django.http import HttpRequest
from django.http.response import HttpResponseBase

# View name, or namespace with a colon at its end → why no sign-in is asked for.
OPEN_DOORS = {
    "account_login": "where one signs in",
    "account_logout": "signing out twice is no error",
    "account_request_login_code": "signing in with a code by e-mail",
    "account_confirm_login_code": "signing in with a code by e-mail",
    "account_reset_password": "a forgotten password",
    "account_reset_password_done": "a forgotten password",
    "account_reset_password_from_key": "a forgotten password, link from the mail",
    "account_reset_password_from_key_done": "a forgotten password",
    "account_inactive": "says that an account is closed",
    "account_signup": "answers that signing up is closed",
    "people:activate": "signing in with a code on paper",
    "people:first-administrator": "the one-time link of a new installation",
    "people:language": "choosing a language before signing in",
    "demo:sign-in": "the demo's one-click personas; refuses outside the demo",
    "healthz": "asked by machines that watch over us",
    "readyz": "asked by machines that watch over us",
    "offline": "what the service worker shows without network",
    "notices:stop": "a link in mails; mail programs call it with its signature alone",
    "events:place": "a link in mails; it answers for the one place its signature names",
    "wallboards:screen": "a screen is no person; it signs in by pairing",
    "wallboards:screen-worker": "the service worker of the screen page",
    "wallboards:screen-feed": "a screen signs in with its own key",
    "wallboards:screen-photo": "a screen signs in with its own key",
    "wallboards:screen-report": "a screen signs in with its own key",
    "wallboards:start-pairing": "a new screen has no key yet",
    "wallboards:poll-pairing": "a new screen has no key yet",
    "surveys:manifest": "what a survey promises is public, so that anybody can compare it",
    "surveys:issue": "the ballot page shows a ticket and no cookie",
    "surveys:receipts": "the list of counted ballots is public; it names nobody",
    "surveys:limits": "what protects an answer, and what does not, is for everybody to read",
    "calendar-feed": "calendar programs hold the secret address and no cookie",
    "api:": "the API answers 401 itself, as problem details",
}


def is_open(view_name: str) -> bool:
    """Whether the view ``view_name`` (with its namespaces) answers without sign-in."""
    return view_name in OPEN_DOORS or any(
        door.endswith(":") and view_name.startswith(door) for door in OPEN_DOORS
    )


class LoginRequiredMiddleware(DjangoLoginRequired):
    def process_view(
        self,
        request: HttpRequest,
        view_func: Callable[..., HttpResponseBase],
        view_args: tuple[Any, ...],
        view_kwargs: dict[str, Any],
    ) -> HttpResponseBase | None:
        match = request.resolver_match
        if match is not None and is_open(match.view_name or ""):
            return None
        # Not the views' own `login_not_required` marks: the list above is the whole truth.
        if not request.user.is_authenticated:
            return self.handle_no_permission(request, view_func)
        return None
