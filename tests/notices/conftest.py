"""A kind of notice, a clock that a test winds by hand, and a mail server."""

import copy
import datetime as dt
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from pytest_django import Settings

from engagement.notices import actions
from engagement.notices.kinds import KINDS, Kind, Parameters
from engagement.people.models import Person
from tests.notices.smtp_server import SmtpServer

NOON = dt.datetime(2026, 11, 23, 11, 0, tzinfo=dt.UTC)


class Clock:
    """Stands still until told to go on."""

    def __init__(self, at: dt.datetime) -> None:
        self.at = at

    def __call__(self) -> dt.datetime:
        return self.at

    def forward(self, **time: float) -> dt.datetime:
        self.at += dt.timedelta(**time)
        return self.at


def load_greetings(parameters: Sequence[Parameters]) -> Sequence[Parameters | None]:
    """A greeting from nobody is one that is gone."""
    return [one if one["name"] else None for one in parameters]


@pytest.fixture
def clock() -> Clock:
    return Clock(NOON)


@pytest.fixture
def greeting(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Kind:
    """A kind that says "Hello from {name}" in two languages."""
    templates = copy.deepcopy(settings.TEMPLATES)
    templates[0]["DIRS"].append(Path(__file__).parent / "templates")
    settings.TEMPLATES = templates
    kind = Kind(key="greeting", title="Greeting", load=load_greetings)
    monkeypatch.setitem(KINDS, kind.key, kind)
    return kind


@pytest.fixture
def mail_server(settings: Settings) -> Iterator[SmtpServer]:
    with SmtpServer() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST = "127.0.0.1"
        settings.EMAIL_PORT = server.port
        settings.EMAIL_HOST_USER = ""
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        settings.EMAIL_TIMEOUT = 20
        yield server


@pytest.fixture(autouse=True)
def rings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was rung for; nobody answers."""
    rung: list[str] = []
    monkeypatch.setattr("engagement.notices.actions.telling.ring", rung.append)
    monkeypatch.setattr("engagement.notices.actions.upkeep.ring", rung.append)
    return rung


def greet(
    *people: Person,
    kind: Kind,
    at: dt.datetime = NOON,
    source: str = "greeting:1",
    name: str = "Ola",
    hold: dt.timedelta = dt.timedelta(0),
) -> int:
    return actions.notify(
        people=people,
        kind=kind,
        source=source,
        link="/kudos/",
        context={"name": name},
        show_from=at + hold,
        at=at,
    )


def deliver(clock: Clock) -> int:
    """One run of the sender, with the same luck every time."""
    return actions.deliver_mail(clock=clock, rng=random.Random(1))
