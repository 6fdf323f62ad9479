"""What customers say: the lead's queue, checking one, and the rules of HR."""

from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import BadRequest, ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from engagement import times
from engagement.people.access import require
from engagement.people.requests import PersonRequest
from kudos import access, actions, queries
from kudos.models import Kudos, Praise
from kudos.praise_forms import CheckForm
from kudos.praise_rules import why_set_aside
from kudos.praise_text import flags_of, parts_of
from kudos.scrubbing import KINDS

KEYS_MOST = 100


def praise_link(request: PersonRequest) -> dict[str, object]:
    """What ``kudos/praise/link.html`` shows: None for those who check nobody's praise."""
    if not access.can_handle_praise(request.user):
        return {"waiting_praise": None}
    count = queries.waiting_praise_count(request.user, at=times.now())
    return {"waiting_praise": count, "waiting_praise_most": queries.COUNT_MOST}


@require_GET
def queue(request: PersonRequest) -> HttpResponse:
    """What waits, what rules have set aside, and what is handled, newest first."""
    require(access.can_handle_praise(request.user))
    tray = next((one for one in queries.TRAYS if one == request.GET.get("tray", "waiting")), None)
    if tray is None:
        raise BadRequest("no such list")
    try:
        after = request.GET.get("after")
        page = queries.praise_page(request.user, tray=tray, after=after, at=times.now())
    except ValueError as error:
        raise BadRequest("no such page") from error
    rows = [_row(praise) for praise in page.items]
    context = {"rows": rows, "next": page.next, "tray": tray, "is_continued": bool(after)}
    context["can_edit_rules"] = access.can_edit_praise_rules(request.user)
    return render(request, "kudos/praise/queue.html", context)


def _row(praise: Praise) -> dict[str, object]:
    """One card: the text in parts, what looks personal, and why a rule set it aside."""
    parts = [(part, KINDS.get(part.kind, "")) for part in parts_of(praise.text, flags_of(praise))]
    kinds = dict.fromkeys(str(kind) for part, kind in parts if part.is_personal)
    reason = why_set_aside(praise.set_aside_reason) if praise.set_aside_at else ""
    return {"praise": praise, "parts": parts, "kinds": ", ".join(kinds), "reason": reason}


@require_http_methods(["GET", "POST"])
def check(request: PersonRequest, key: str) -> HttpResponse:
    """The text to edit down and pass on. ``take_back`` puts one part back into it."""
    praise = access.get_praise_to_check(request.user, key)
    form = CheckForm(request.POST or None, praise=praise, by=request.user)
    if request.method == "GET" or "take_back" in request.POST:
        if request.method == "POST":
            form = form.with_part(request.POST["take_back"])
        return _check_page(request, form)
    if form.is_valid() and (kudos := _approved(request, form)):
        undo = reverse("kudos:praise-reopen") + "?" + urlencode({"keys": key})
        seconds = max(8, round((kudos.show_from - times.now()).total_seconds()))
        messages.success(request, _("Passed on"), extra_tags=f"undo:{undo}#{seconds}")
        return redirect("kudos:praise")
    return _check_page(request, form, status=422)


def _check_page(request: PersonRequest, form: CheckForm, status: int = 200) -> HttpResponse:
    name = "check_form" if request.headers.get("HX-Request") else "check"
    context = {**_row(form.praise), "form": form}
    return render(request, f"kudos/praise/{name}.html", context, status=status)


def _approved(request: PersonRequest, form: CheckForm) -> Kudos | None:
    try:
        return actions.approve_praise(
            praise=form.praise,
            by=request.user,
            to=form.receiver,
            message=form.cleaned_data["message"],
            value=form.cleaned_data["value"],
            audience=form.cleaned_data["audience"],
            wants_wall=form.cleaned_data["wall"],
            at=times.now(),
        )
    except ValidationError as error:
        form.add_error(None, error)
        return None


@require_POST
def dismiss(request: PersonRequest) -> HttpResponse:
    """Puts away one or many: ``keys``."""
    praises = access.get_praises_to_check(request.user, request.POST.getlist("keys")[:KEYS_MOST])
    gone = actions.dismiss_praise(praises=praises, by=request.user, at=times.now())
    if gone:
        words = ngettext("%(count)d put away", "%(count)d put away", len(gone))
        keys = urlencode({"keys": ",".join(praise.key for praise in gone)})
        undo = f"undo:{reverse('kudos:praise-reopen')}?{keys}#12"
        messages.success(request, words % {"count": len(gone)}, extra_tags=undo)
    else:
        messages.info(request, _("Nothing was chosen, or somebody else was quicker."))
    return redirect(_back(request))


@require_POST
def reopen(request: PersonRequest) -> HttpResponse:
    """Puts back to wait: ``keys`` with commas in the address, or in the body."""
    keys = [*request.GET.get("keys", "").split(","), *request.POST.getlist("keys")][:KEYS_MOST]
    praises = access.get_praises_to_check(request.user, keys)
    if actions.reopen_praise(praises=praises, by=request.user, at=times.now()):
        messages.success(request, _("It waits for a decision again."))
    else:
        messages.info(request, _("Only whoever passed it on can take it back."))
    return redirect(_back(request))


def _back(request: PersonRequest) -> str:
    tray = request.POST.get("tray", "")
    known = tray in queries.TRAYS
    return reverse("kudos:praise") + (f"?tray={tray}" if known and tray != "waiting" else "")
