"""What the pages of this room share."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from engagement import times
from engagement.people.forms import ActionForm
from engagement.people.requests import PersonRequest

Crumbs = Sequence[dict[str, str]]


def crumb(label: object, name: str = "", *args: str) -> dict[str, str]:
    return {"label": str(label), "url": reverse(name, args=args) if name else ""}


def administration_crumbs(*rest: dict[str, str]) -> Crumbs:
    return [crumb(_("Administration"), "people:administration"), *rest]


def whole_number(text: str, *, most: int) -> int:
    """``text`` as a number from 0 to ``most``; anything else is 0."""
    if not (text.isascii() and text.isdecimal() and len(text) < 12):
        return 0
    return min(int(text), most)


def act(request: PersonRequest, form: ActionForm) -> bool:
    """Performs the form's action, or puts what it refused on the form."""
    try:
        done = form.perform(by=request.user, at=times.now())
    except ValidationError as error:
        form.add_refusal(error)
        return False
    messages.success(request, done)
    return True


def rehearse(request: PersonRequest, form: ActionForm) -> bool:
    """Performs the form's action and takes it back: whether it will be allowed."""
    try:
        with transaction.atomic():
            form.perform(by=request.user, at=times.now())
            transaction.set_rollback(True)
    except ValidationError as error:
        form.add_refusal(error)
        return False
    return True


def form_page(
    request: PersonRequest,
    form: ActionForm,
    *,
    crumbs: Crumbs,
    back: str,
    subject: str = "",
    template: str = "people/form.html",
    **context: Any,
) -> HttpResponse:
    """Shows a form; sent, it acts and goes ``back``. Grave forms show what will happen first."""
    consequences: list[str] = []
    if request.method == "POST" and form.is_valid():
        is_confirmed = not form.asks_first or "confirm" in request.POST
        if is_confirmed and act(request, form):
            return redirect(back)
        if not is_confirmed and rehearse(request, form):
            consequences = form.consequences()
    page = {"form": form, "crumbs": crumbs, "back": back, "subject": subject, **context}
    status = 422 if form.errors else 200
    return render(request, template, {**page, "consequences": consequences}, status=status)


def day_of(text: str) -> dt.date:
    """``text`` as a date, else today."""
    try:
        return dt.date.fromisoformat(text[:10])
    except ValueError:
        return times.today()
