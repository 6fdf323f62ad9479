"""A button that performs an act at once, and says how it went."""

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect

from engagement.people.requests import PersonRequest


def perform(
    request: PersonRequest, act: Callable[[], object], *, done: str, back: str, key: str
) -> HttpResponse:
    """Performs and says so, or says everything that is wrong; ``back`` to the page of ``key`` in
    both cases.
    """
    try:
        act()
        messages.success(request, done)
    except ValidationError as error:
        for message in error.messages:
            messages.error(request, message)
    return redirect(back, key=key)
