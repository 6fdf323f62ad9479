"""``manage.py create_api_token --email E --scope S…``: a token for a program."""

import datetime as dt
from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from engagement import times
from engagement.api.actions import create_token
from engagement.api.models import Scope
from engagement.api.tokens import new_secret
from engagement.people.models import Person


class Command(BaseCommand):
    help = (
        "Makes an API token that acts as a person, within the scopes given, and prints it alone on "
        "the last line. It is shown only now."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--email", required=True, help="whom the token acts as")
        parser.add_argument(
            "--scope",
            required=True,
            nargs="+",
            action="extend",
            metavar="S",
            help=f"what it may do: {', '.join(Scope.values)}",
        )
        parser.add_argument("--name", default="Command line", help="how lists call it")
        parser.add_argument(
            "--days", type=int, default=365, help="how long it works (365); 0 is without end"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        at = times.now()
        if options["days"] < 0:
            raise CommandError("--days must be 0 or more.")
        person = find_person(options["email"])
        secret = new_secret()
        try:
            token = create_token(
                by=None,
                person=person,
                name=options["name"],
                scopes={one for word in options["scope"] for one in word.split(",") if one},
                secret=secret,
                at=at,
                expires_at=at + dt.timedelta(days=options["days"]) if options["days"] else None,
            )
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        until = f"until {token.expires_at:%Y-%m-%d}" if token.expires_at else "without end"
        self.stderr.write(f"Acts as {person.name}, {until}: {', '.join(token.scopes)}")
        self.stdout.write(secret)


def find_person(email: str) -> Person:
    """The person with this address, in any case. Raises CommandError when there is none."""
    person = Person.objects.filter(email__iexact=email.strip()).first() if email.strip() else None
    if person is None:
        raise CommandError(f"Nobody has the e-mail address {email!r}.")
    return person
