"""A request as views behind the sign-in see it, for type checkers."""

from django.http import HttpRequest

from engagement.people.models import Person


class PersonRequest(HttpRequest):
    """`engagement.http.doors` lets nobody else through."""

    user: Person
