"""The list of one's notices, and the page for those who look after deliveries."""

from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from engagement import times
from engagement.notices import access, actions, queries
from engagement.people.models import Person


def _reader(request: HttpRequest) -> Person:
    return cast(Person, request.user)


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
