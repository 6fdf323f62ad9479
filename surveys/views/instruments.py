"""What can be asked: read, copied, written, imported, retired."""

import json

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from engagement import times
from engagement.people.access import is_key, require
from engagement.people.requests import PersonRequest
from surveys import access, actions
from surveys.instrument_forms import FileForm, InstrumentForm
from surveys.models import Instrument, InstrumentVersion, Survey
from surveys.queries import instruments as queries


@require_GET
def instruments(request: PersonRequest) -> HttpResponse:
    """Those that came with the product, and the organisation's own."""
    require(access.can_read_instruments(request.user))
    context = {
        "rows": queries.listed_instruments(),
        "can_edit": access.can_edit_surveys(request.user),
    }
    return render(request, "surveys/instruments/list.html", context)


@require_GET
def instrument(request: PersonRequest, key: str, number: int | None = None) -> HttpResponse:
    """One version word for word; the newest unless another is named."""
    found = access.get_instrument_to_view(request.user, key)
    versions = queries.versions_of(found)
    version = _version_or_404(versions, number)
    content = queries.read_content(version)
    context = {
        "instrument": found,
        "version": version,
        "newest": versions[0],
        "versions": versions,
        "content": content,
        "themes": queries.themes_of(content),
        "factors": queries.factors_of(content),
        "scales": queries.scale_steps(content),
        "can_edit": access.can_edit_surveys(request.user),
    }
    return render(request, "surveys/instruments/detail.html", context)


def _version_or_404(versions: list[InstrumentVersion], number: int | None) -> InstrumentVersion:
    found = next((one for one in versions if number in (None, one.number)), None)
    if found is None:
        raise Http404
    return found


def get_version(found: Instrument, number: int) -> InstrumentVersion:
    return _version_or_404(queries.versions_of(found), number)


@require_GET
def export(request: PersonRequest, key: str, number: int) -> HttpResponse:
    """The document as a file, to read, to keep, or to import elsewhere."""
    version = get_version(access.get_instrument_to_view(request.user, key), number)
    text = json.dumps(version.content, ensure_ascii=False, indent=2) + "\n"
    name = f"{version.instrument.key}-{version.number}.json"
    return HttpResponse(
        text.encode(),
        content_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@require_http_methods(["GET", "POST"])
def create(request: PersonRequest) -> HttpResponse:
    """Questions of one's own. Opened from a draft, it leads back there."""
    require(access.can_edit_surveys(request.user))
    form = InstrumentForm(request.POST if request.method == "POST" else None)
    survey = _draft(request)
    if _is_sent(request, form) and (made := form.create(by=request.user, at=times.now())):
        messages.success(request, _("Saved. Now it can be added to a survey."))
        if survey is not None:
            return redirect(f"{reverse('surveys:edit', args=[survey.key])}#asked")
        return redirect("surveys:instrument", key=made.instrument.key)
    return _form_page(request, form, survey=survey)


def _draft(request: PersonRequest) -> Survey | None:
    """The draft that the questions are written for, if it names one that the viewer may change."""
    key = request.GET.get("survey", "")
    survey = Survey.objects.filter(key=key).first() if is_key(key) else None
    return survey if survey and access.can_edit_survey(request.user, survey) else None


def _is_sent(request: PersonRequest, form: InstrumentForm) -> bool:
    """Whether the page is to be saved; a button that only rearranges it has done so."""
    if request.method != "POST":
        return False
    if order := request.POST.get("order"):
        form.move(order)
        return False
    return form.is_valid()


def _form_page(
    request: PersonRequest,
    form: InstrumentForm,
    *,
    version: InstrumentVersion | None = None,
    survey: Survey | None = None,
) -> HttpResponse:
    context = {
        "form": form,
        "instrument": form.instrument,
        "version": version,
        "survey": survey,
        "is_unsaved": bool(request.POST.get("order")),
    }
    status = 422 if form.errors else 200
    return render(request, "surveys/instruments/form.html", context, status=status)


@require_http_methods(["GET", "POST"])
def change(request: PersonRequest, key: str, number: int) -> HttpResponse:
    """Mends a version as long as nobody has been asked."""
    found = access.get_instrument_to_edit(request.user, key)
    version = get_version(found, number)
    if found.is_shipped or version.first_asked_at is not None:
        messages.error(request, _("This version stays as it is."))
        return redirect("surveys:instrument-version", key=key, number=number)
    form = _form(request, version)
    if _is_sent(request, form) and form.change(version, by=request.user, at=times.now()):
        messages.success(request, _("Saved"))
        return redirect("surveys:instrument-version", key=key, number=number)
    return _form_page(request, form, version=version)


def _form(request: PersonRequest, base: InstrumentVersion) -> InstrumentForm:
    sent = request.POST if request.method == "POST" else None
    return InstrumentForm(sent, instrument=base.instrument, base=base.content)


@require_http_methods(["GET", "POST"])
def create_version(request: PersonRequest, key: str) -> HttpResponse:
    """The next version, beginning with the words of the newest."""
    found = access.get_instrument_to_edit(request.user, key)
    newest = queries.versions_of(found)[0]
    if found.is_shipped or newest.first_asked_at is None:
        return redirect("surveys:instrument", key=key)
    form = _form(request, newest)
    if _is_sent(request, form) and form.create_version(found, by=request.user, at=times.now()):
        messages.success(request, _("Saved. New surveys ask this version."))
        return redirect("surveys:instrument", key=key)
    return _form_page(request, form)


@require_POST
def copy(request: PersonRequest, key: str) -> HttpResponse:
    """A copy of the newest version, to change at will."""
    found = access.get_instrument_to_edit(request.user, key)
    wanted = queries.free_key(f"{found.key}_copy")
    try:
        made = actions.copy_instrument(
            instrument=found, key=wanted, by=request.user, at=times.now()
        )
    except ValidationError as error:
        messages.error(request, error.messages[0])
        return redirect("surveys:instrument", key=key)
    messages.success(request, _("Copied. This one is yours to change."))
    return redirect("surveys:change-instrument", key=made.instrument.key, number=made.number)


@require_http_methods(["GET", "POST"])
def import_file(request: PersonRequest) -> HttpResponse:
    """An instrument from a file: all of it, or nothing and every reason why."""
    require(access.can_edit_surveys(request.user))
    is_sent = request.method == "POST"
    form = FileForm(request.POST, request.FILES) if is_sent else FileForm()
    if is_sent and form.is_valid():
        made = form.perform(by=request.user, at=times.now())
        if made is not None:
            messages.success(request, _("The file is in."))
            return redirect("surveys:instrument", key=made.instrument.key)
    context = {"form": form, "refusals": form.refusals}
    return render(
        request, "surveys/instruments/import.html", context, status=422 if is_sent else 200
    )


@require_POST
def retire(request: PersonRequest, key: str) -> HttpResponse:
    """Out of use for new surveys."""
    found = access.get_instrument_to_edit(request.user, key)
    actions.retire_instrument(instrument=found, by=request.user, at=times.now())
    messages.success(request, _("Taken out of use"))
    return redirect("surveys:instrument", key=key)
