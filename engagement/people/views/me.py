"""A person's own page: what is stored about them and what they decide."""

from django.contrib.auth import update_session_auth_hash
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from engagement import times
from engagement.people import queries
from engagement.people.forms import SignInForm, WallForm
from engagement.people.requests import PersonRequest
from engagement.people.views.common import act


@require_GET
def me(request: PersonRequest) -> HttpResponse:
    person = request.user
    context = {
        "person": person,
        "place": queries.place_of(person, times.today()),
        "history": queries.history_of(person),
        "roles": queries.public_roles(person),
        "wall_form": WallForm(initial={"choice": person.wall_choice}),
    }
    return render(request, "people/me.html", context)


@require_http_methods(["GET", "POST"])
def sign_in(request: PersonRequest) -> HttpResponse:
    """A password of one's own, with an e-mail address where there is none."""
    form = SignInForm(request.POST or None, viewer=request.user)
    if request.method == "POST" and form.is_valid() and act(request, form):
        # This browser stays signed in; the person's other ones do not.
        update_session_auth_hash(request, request.user)
        return redirect("people:me")
    status = 422 if form.errors else 200
    return render(request, "people/sign_in.html", {"form": form}, status=status)
