"""Reactions and comments."""

from django.contrib import messages
from django.core.exceptions import BadRequest, ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from engagement import times
from engagement.people.requests import PersonRequest
from kudos import access, actions, queries
from kudos.forms import CommentForm
from kudos.models import Comment, Kudos
from kudos.views.reading import detail_context


@require_POST
def react(request: PersonRequest, key: str) -> HttpResponse:
    """Puts or takes away one reaction; answers with the bar of all of them."""
    kudos = access.get_kudos_to_view(request.user, key)
    is_on = "give" in request.POST
    kind = request.POST.get("give" if is_on else "take", "")
    try:
        actions.react_to_kudos(kudos=kudos, by=request.user, kind=kind, is_on=is_on, at=times.now())
    except ValidationError as error:
        raise BadRequest("no such reaction") from error
    if not request.headers.get("HX-Request"):
        return redirect("kudos:detail", key=kudos.key)
    [told] = queries.with_talk([kudos], request.user)
    return render(request, "kudos/reactions.html", {"kudos": told})


@require_POST
def comment(request: PersonRequest, key: str) -> HttpResponse:
    kudos = access.get_kudos_to_view(request.user, key)
    form = CommentForm(request.POST)
    if form.is_valid() and (said := _said(request, kudos, form)):
        return redirect(reverse("kudos:detail", args=[kudos.key]) + f"#{said.key}")
    context = detail_context(request, kudos, form)
    return render(request, "kudos/detail.html", context, status=422)


def _said(request: PersonRequest, kudos: Kudos, form: CommentForm) -> Comment | None:
    try:
        return actions.comment_on_kudos(
            kudos=kudos,
            by=request.user,
            text=form.cleaned_data["text"],
            mentioned=form.mentioned,
            once=form.cleaned_data["once"],
            at=times.now(),
        )
    except ValidationError as error:
        form.add_error(None, error)
        return None


@require_POST
def withdraw_comment(request: PersonRequest, key: str) -> HttpResponse:
    said = access.get_comment_to_withdraw(request.user, key)
    actions.withdraw_comment(comment=said, by=request.user, at=times.now())
    messages.info(request, _("Taken back. Nobody sees it any more."))
    return redirect("kudos:detail", key=said.kudos.key)
