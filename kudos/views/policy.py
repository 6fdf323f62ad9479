"""What HR decides: words that warn, and what becomes of leavers' thanks."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from engagement import times
from engagement.people.access import require
from engagement.people.requests import PersonRequest
from kudos import access, actions, queries
from kudos.models import WarnedWord
from kudos.moderation_forms import PolicyForm, WordForm


@require_http_methods(["GET", "POST"])
def words(request: PersonRequest) -> HttpResponse:
    """The words that people are asked about before they send them."""
    require(access.can_edit_policy(request.user))
    form = WordForm(
        request.POST if request.method == "POST" else None,
        initial={"language": request.GET.get("language", request.user.language)},
    )
    if form.is_valid() and _performed(request, form):
        messages.success(request, _("On the list."))
        return redirect("kudos:words")
    context = {"form": form, "lists": queries.warned_words()}
    return render(request, "kudos/moderation/words.html", context, status=_status(form))


@require_POST
def remove_word(request: PersonRequest, pk: int) -> HttpResponse:
    require(access.can_edit_policy(request.user))
    if word := WarnedWord.objects.filter(pk=pk).first():
        actions.remove_warned_word(word=word, by=request.user, at=times.now())
    messages.info(request, _("Off the list."))
    return redirect("kudos:words")


@require_http_methods(["GET", "POST"])
def leavers(request: PersonRequest) -> HttpResponse:
    """What becomes of the thanks of people who leave."""
    require(access.can_edit_policy(request.user))
    policy = queries.leavers_policy()
    form = PolicyForm(
        request.POST if request.method == "POST" else None,
        initial={"leavers": policy.leavers, "gone_after_days": policy.gone_after_days},
    )
    if form.is_valid() and _performed(request, form):
        messages.success(request, _("Saved. It takes effect within a minute."))
        return redirect("kudos:policy")
    context = {"form": form, "policy": policy}
    return render(request, "kudos/moderation/policy.html", context, status=_status(form))


def _performed(request: PersonRequest, form: WordForm | PolicyForm) -> bool:
    try:
        form.perform(by=request.user, at=times.now())
    except ValidationError as error:
        form.add_error(None, error)
        return False
    return True


def _status(form: Form) -> int:
    return 422 if form.errors else 200
