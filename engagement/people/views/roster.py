"""The roster import: send a file, watch it being read, look at what it would do, say yes or no."""

import threading
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import connections
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from engagement import times
from engagement.files import MOST_BYTES, MOST_ROWS
from engagement.people import access
from engagement.people.actions import roster as actions
from engagement.people.models import Person, RosterImport
from engagement.people.requests import PersonRequest
from engagement.people.roster import showing
from engagement.people.roster.reasons import sentence
from engagement.people.roster.stages import MOVING, Stage, has_no_worker, stage_of
from engagement.people.roster.world import Importer, World
from engagement.people.roster.writing import current_roster
from engagement.people.views.common import administration_crumbs, crumb, whole_number

FIRST = 8
PAGE = 100
HISTORY = 20
_helping = threading.Lock()


@never_cache
@require_http_methods(["GET", "POST"])
def roster(request: PersonRequest) -> HttpResponse:
    """Send a file; the imports so far below."""
    access.require(access.can_import_roster(request.user))
    if request.method == "POST":
        return _upload(request)
    return _upload_page(request)


def _upload(request: PersonRequest) -> HttpResponse:
    try:
        sent = actions.upload_roster(
            **_sent_file(request.FILES.get("file")), by=request.user, at=times.now()
        )
    except ValidationError as refused:
        return _upload_page(request, error=refused.messages[0], status=422)
    return redirect("people:roster-import", key=sent.key)


def _sent_file(file: UploadedFile | None) -> dict[str, Any]:
    if file is None:
        raise ValidationError(_("Choose a file first."))
    if (file.size or 0) > MOST_BYTES:
        raise ValidationError(sentence("file_too_large", {"most": MOST_BYTES // (1024 * 1024)}))
    return {"filename": file.name or "", "content": file.read()}


def _upload_page(request: PersonRequest, *, error: str = "", status: int = 200) -> HttpResponse:
    at = times.now()
    imports = _visible(request.user).defer("content", "errors", "differences")
    context = {
        "error": error,
        "history": [
            {
                "roster": one,
                "stage": stage_of(one, at),
                "summary": showing.summary_sentence(one.summary) if one.summary else "",
            }
            for one in imports.select_related("uploaded_by").order_by("-uploaded_at")[:HISTORY]
        ],
        "most_megabytes": MOST_BYTES // (1024 * 1024),
        "most_rows": MOST_ROWS,
        "crumbs": administration_crumbs(crumb(_("Roster import"))),
    }
    return render(request, "people/roster.html", context, status=status)


def _visible(person: Person) -> Any:
    """Those of the whole organisation see every import; others what they sent themselves."""
    if access.can_administer_everybody(person):
        return RosterImport.objects.all()
    return RosterImport.objects.filter(uploaded_by=person)


def _to_see(request: PersonRequest, key: str) -> RosterImport:
    access.require(access.can_import_roster(request.user))
    found = _visible(request.user).defer("content").filter(key=key).first()
    if found is None:
        raise Http404
    return found


@never_cache
@require_GET
def roster_import(request: PersonRequest, key: str) -> HttpResponse:
    """One import, whatever stage it is in. htmx asks for the part that moves every second."""
    one = _to_see(request, key)
    context = _page(request, one)
    if context["is_late"]:
        help_out()
    is_part = request.headers.get("HX-Request") == "true"
    template = "people/roster_stage.html" if is_part else "people/roster_import.html"
    return render(request, template, context)


def _page(request: PersonRequest, one: RosterImport) -> dict[str, Any]:
    """Everything the page shows in the import's stage."""
    at = times.now()
    stage = stage_of(one, at)
    start = whole_number(request.GET.get("start", ""), most=MOST_ROWS)
    page: dict[str, Any] = {
        "roster": one,
        "stage": stage.value,
        "is_moving": stage in MOVING,
        "is_late": stage in MOVING and has_no_worker(one, at),
        "start": start,
        "crumbs": administration_crumbs(
            crumb(_("Roster import"), "people:roster"), crumb(one.filename)
        ),
    }
    if stage == Stage.ERRORS:
        page |= _errors(one, start)
    elif stage in {Stage.PREVIEW, Stage.NOTHING, Stage.DONE}:
        page |= _preview(request, one, start)
    elif stage == Stage.FAILED:
        page["failure"] = sentence(one.failure)
    return page


def _errors(one: RosterImport, start: int) -> dict[str, Any]:
    return {
        "problems": showing.problems(one.errors[start : start + PAGE]),
        "is_file_refused": one.error_count == 1 and one.errors and not one.errors[0]["column"],
        "listed": len(one.errors),
        "next_start": start + PAGE if len(one.errors) > start + PAGE else 0,
        "most_megabytes": MOST_BYTES // (1024 * 1024),
    }


def _preview(request: PersonRequest, one: RosterImport, start: int) -> dict[str, Any]:
    only = request.GET.get("show", "")
    only = only if only in showing.TITLES else ""
    differences = one.differences
    found = showing.sections(
        differences, most=PAGE if only else FIRST, only=only, start=start if only else 0
    )
    following = start + PAGE if only and found and found[0].count > start + PAGE else 0
    return {
        "summary": _held_together(showing.summary_sentence(one.summary)),
        "unchanged": showing.unchanged_sentence(one.summary),
        "sections": found,
        "only": only,
        "next_start": following,
        "mass_leaving": differences.get("mass_leaving", []),
        "mass_count": sum(row["leaving"] for row in differences.get("mass_leaving", [])),
        "warnings": showing.problems(differences.get("warnings", [])[:PAGE]),
        "warning_count": differences.get("warning_count", 0),
        "ignored_columns": differences.get("ignored_columns", []),
    }


def _held_together(sentence_: str) -> str:
    """A large sentence breaks between its parts only."""
    return ", ".join(part.replace(" ", "\N{NO-BREAK SPACE}") for part in sentence_.split(", "))


@never_cache
@require_POST
def roster_confirm(request: PersonRequest, key: str) -> HttpResponse:
    """Carry out what was looked at. Sent twice it is one."""
    one = _to_see(request, key)
    try:
        actions.confirm_roster(
            roster=one,
            seen=request.POST.get("seen", ""),
            accepts_leaving=request.POST.get("accepts_leaving") == "yes",
            by=request.user,
            at=times.now(),
        )
    except ValidationError as refused:
        return _refused(request, one, refused.messages[0])
    return redirect("people:roster-import", key=one.key)


@never_cache
@require_POST
def roster_abandon(request: PersonRequest, key: str) -> HttpResponse:
    """Not this one: the file and everything it showed is forgotten."""
    one = _to_see(request, key)
    try:
        actions.abandon_roster(roster=one, by=request.user, at=times.now())
    except ValidationError as refused:
        return _refused(request, one, refused.messages[0])
    return redirect("people:roster")


def _refused(request: PersonRequest, one: RosterImport, why: str) -> HttpResponse:
    """The import as it is now, and why what was asked for it did not happen."""
    page = _page(request, _to_see(request, one.key))
    return render(request, "people/roster_import.html", {**page, "refusal": why}, status=422)


@never_cache
@require_GET
def roster_errors(request: PersonRequest, key: str) -> HttpResponse:
    """The errors as a file, for whoever corrects them."""
    one = _to_see(request, key)
    if not one.errors:
        raise Http404
    content = showing.problems_csv(showing.problems(one.errors))
    response = HttpResponse(content, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="errors-{one.key}.csv"'
    return response


@require_GET
def roster_sample(request: PersonRequest) -> HttpResponse:
    """The documented sample, to start from."""
    access.require(access.can_import_roster(request.user))
    return HttpResponse(
        (settings.BASE_DIR / "docs" / "sample-roster.csv").read_bytes(),
        headers={"Content-Disposition": 'attachment; filename="sample-roster.csv"'},
        content_type="text/csv; charset=utf-8",
    )


@require_GET
def roster_current(request: PersonRequest) -> HttpResponse:
    """Everybody as they are now, to change and send back."""
    access.require(access.can_import_roster(request.user))
    world = World.load(importer=Importer.of(request.user), at=times.now(), today=times.today())
    return HttpResponse(
        current_roster(world),
        headers={"Content-Disposition": f'attachment; filename="roster-{times.today()}.xlsx"'},
        content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    )


def help_out() -> None:
    """Does the worker's part here, beside the requests: it may be down, and so may what wakes it."""
    if _helping.acquire(blocking=False):
        threading.Thread(target=_work, name="roster-helper", daemon=True).start()


def _work() -> None:
    try:
        actions.work_on_rosters()
    finally:
        connections.close_all()
        _helping.release()
