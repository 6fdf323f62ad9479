"""The list of one's notices, what one wants to get, and the page of those who look after mails."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from engagement import times
from engagement.notices import access, actions, queries
from engagement.notices.forms import ChoicesForm, StopForm
from engagement.notices.kinds import KINDS
from engagement.people.models import Person


def _reader(request: HttpRequest) -> Person:
    return cast(Person, request.user)


def secret_address(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """For a page whose address is the right to it: no copy stays, and no other page is told."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> HttpResponse:
        response = view(*args, **kwargs)
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cache-Control"] = "no-store"
        return response

    return guarded


@require_GET
def list_notices(request: HttpRequest) -> HttpResponse:
    page = queries.notice_page(
        _reader(request), at=times.now(), before=request.GET.get("before", "")
    )
    template = "notices/list.html"
    if request.headers.get("HX-Request") and request.GET.get("before"):
        template += "#days"
    return render(request, template, {"page": page})


@require_GET
def open_notice(request: HttpRequest, key: str) -> HttpResponse:
    at = times.now()
    notice = access.get_notice_to_read(_reader(request), key, at=at)
    actions.read_notice(notice=notice, at=at)
    return redirect(notice.link)


@require_http_methods(["GET", "POST"])
def choices(request: HttpRequest) -> HttpResponse:
    reader, at = _reader(request), times.now()
    form = ChoicesForm(request.POST or None, reader=reader)
    if request.method == "POST" and form.is_valid() and form.save():
        messages.success(request, _("Saved."))
        return redirect("notices:choices")
    context = {"form": form, "reader": reader, "coming": queries.coming_digest(reader, at=at)}
    return render(request, "notices/choices.html", context, status=422 if form.errors else 200)


# Mail programs have no cookie, and need none: the token says what may be done, to whose mails.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@secret_address
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """Looking changes nothing, because programs that check mails look at every link."""
    found = access.get_stop(token, at=times.now())
    if found is None:
        return render(request, "notices/stop_unknown.html", status=404)
    person, kind = found
    context: dict[str, Any] = {"kind": KINDS.get(kind)}
    if request.method == "POST":
        context |= StopForm(request.POST, kind=kind, person=person).perform()
    with translation.override(person.language):
        return render(request, "notices/stop.html", context)


@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    actions.read_all_notices(by=_reader(request), at=times.now())
    return redirect("notices:list")


@require_GET
def status(request: HttpRequest) -> HttpResponse:
    access.check_can_watch_deliveries(_reader(request))
    return render(
        request, "notices/status.html", {"status": queries.delivery_status(at=times.now())}
    )


@require_POST
def retry(request: HttpRequest, key: str) -> HttpResponse:
    delivery = access.get_delivery_to_retry(_reader(request), key)
    if actions.retry_delivery(delivery=delivery, at=times.now()):
        messages.success(request, _("On its way again."))
    else:
        messages.info(request, _("There is nothing to send again."))
    return redirect("notices:status")


@require_POST
def retry_all(request: HttpRequest) -> HttpResponse:
    access.check_can_watch_deliveries(_reader(request))
    count = actions.retry_deliveries(at=times.now())
    messages.success(
        request,
        ngettext("%(count)s mail is on its way again.", "%(count)s mails are on their way again.",
                 count) % {"count": count},
    )  # fmt: skip
    return redirect("notices:status")
