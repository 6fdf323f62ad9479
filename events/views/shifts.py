"""Rosters of shifts: one's own, and a file of many with its preview."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from engagement import times
from engagement.files import MOST_BYTES
from engagement.people.access import require
from engagement.people.requests import PersonRequest
from engagement.people.tree import Tree
from events import shift_showing
from events.access import guarding as access
from events.actions import rosters as actions
from events.models import ShiftFile
from events.queries.coverage import stands_of
from events.queries.rosters import days_of, known_of
from events.queries.shift_plan import plan_file
from events.shift_files import sentence

SAMPLES = {"people": "sample-shifts.csv", "counts": "sample-head-counts.csv"}


@never_cache
@require_GET
def my_shifts(request: PersonRequest) -> HttpResponse:
    """When one works, as far as the roster is known."""
    today = times.today()
    stand = stands_of([request.user.pk], [today]).get((request.user.pk, today))
    context = {
        "days": days_of(request.user, first=today),
        "zone": stand.zone if stand else None,
        "pattern": request.user.shift_pattern,
    }
    return render(request, "events/guard/my_shifts.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def shifts(request: PersonRequest) -> HttpResponse:
    """Send a roster file; what is known so far beside it."""
    require(access.can_plan_shifts(request.user))
    if request.method == "GET":
        return _upload_page(request)
    try:
        sent = actions.upload_shifts(
            **_sent_file(request.FILES.get("file")), by=request.user, at=times.now()
        )
    except ValidationError as refused:
        return _upload_page(request, error=refused.messages[0], status=422)
    return redirect("events:shift-file", key=sent.key)


def _sent_file(file: UploadedFile | None) -> dict[str, Any]:
    if file is None:
        raise ValidationError(_("Choose a file first."))
    if (file.size or 0) > MOST_BYTES:
        raise ValidationError(sentence("file_too_large", {"most": MOST_BYTES // (1024 * 1024)}))
    return {"filename": file.name or "", "content": file.read()}


def _upload_page(request: PersonRequest, *, error: str = "", status: int = 200) -> HttpResponse:
    tree = Tree.on(times.today())
    planned = access.planned_unit_ids(request.user, tree)
    context = {"error": error, "known": known_of(planned, today=tree.day), **_limits()}
    return render(request, "events/guard/shifts.html", context, status=status)


def _limits() -> dict[str, int]:
    return {
        "most_megabytes": MOST_BYTES // (1024 * 1024),
        "kept_days": actions.KEPT_FOR.days,
    }


@require_GET
def shifts_sample(request: PersonRequest, kind: str) -> HttpResponse:
    """A documented file to start from: people or counts."""
    require(access.can_plan_shifts(request.user))
    name = SAMPLES.get(kind, SAMPLES["people"])
    return HttpResponse(
        (settings.BASE_DIR / "docs" / name).read_bytes(),
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
        content_type="text/csv; charset=utf-8",
    )


@never_cache
@require_GET
def shift_file(request: PersonRequest, key: str) -> HttpResponse:
    """What a file would do, or what is wrong with it."""
    return _preview(request, access.get_shift_file_to_read(request.user, key))


def _preview(
    request: PersonRequest, file: ShiftFile, *, refusal: str = "", status: int = 200
) -> HttpResponse:
    plan = plan_file(bytes(file.content), by=request.user, at=times.now())
    context = {"file": file, "refusal": refusal, **shift_showing.shown(plan), **_limits()}
    return render(request, "events/guard/shift_file.html", context, status=status)


@require_POST
def shift_file_apply(request: PersonRequest, key: str) -> HttpResponse:
    """Carries out what was looked at."""
    file = access.get_shift_file_to_read(request.user, key)
    seen = request.POST.get("seen", "")
    try:
        plan = actions.apply_shifts(file=file, seen=seen, by=request.user, at=times.now())
    except ValidationError as refused:
        return _preview(request, file, refusal=refused.messages[0], status=422)
    messages.success(request, shift_showing.done_sentence(plan))
    return redirect("events:coverage")


@require_POST
def shift_file_abandon(request: PersonRequest, key: str) -> HttpResponse:
    """Forgets a file."""
    actions.abandon_shifts(file=access.get_shift_file_to_read(request.user, key))
    return redirect("events:shifts")
