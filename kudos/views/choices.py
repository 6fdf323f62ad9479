"""How I want to be thanked."""

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from engagement import times
from engagement.people.requests import PersonRequest
from kudos import actions
from kudos.choice_forms import FirstDayForm, ThanksForm


@require_http_methods(["GET", "POST"])
def choices(request: PersonRequest) -> HttpResponse:
    """The three choices about thank-yous."""
    # An empty form is an answer too: no to everything.
    form = ThanksForm(request.POST if request.method == "POST" else None, person=request.user)
    if form.is_valid():
        actions.choose_thanks(by=request.user, **form.cleaned_data, at=times.now())
        messages.success(request, _("Saved. It holds from now on."))
        return redirect("kudos:choices")
    return render(request, "kudos/choices.html", {"form": form})


@require_POST
def answer_first_day(request: PersonRequest) -> HttpResponse:
    """Whether somebody new wants to be welcomed on the walls."""
    form = FirstDayForm(request.POST)
    if not form.is_valid():
        raise BadRequest("no such answer")
    answer = form.cleaned_data["answer"]
    actions.answer_first_day(
        by=request.user,
        wants=answer != "no",
        wall=answer if answer in ("any", "team") else "",
        at=times.now(),
    )
    messages.success(request, _("Saved. You can change it on your own page."))
    return redirect("today")
