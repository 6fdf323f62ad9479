"""Inside the running product: people to ask, surveys to answer, everybody signed in.

``python -m benchmarks.electorate PLAN`` reads a `Plan` as JSON and prints an `Electorate` as JSON;
the environment is that of the product's web process. Everything is done by the product's own actions.
Signing in goes around the sign-in page: who checks 3 400 passwords in a moment measures Argon2.
"""

import datetime as dt
import json
import os
import random
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from benchmarks.machine import CHECKOUT


@dataclass(frozen=True)
class Plan:
    """``people`` is how many to hire first; 0 when there are people already.

    ``seconds_open`` counts from the moment when all is ready, which may take ``seconds_to_prepare``.
    """

    people: int
    seconds_open: float
    # The level of each, and the public counting key of a witnessed one. One survey asks everybody;
    # of several each asks a site of its own: nobody may be asked twice in eight weeks.
    surveys: list[tuple[str, str | None]]
    template: str = "pulse"
    # Keys for three hundred cells take a while. A survey can be extended, and never shortened.
    seconds_to_prepare: float = 420.0


@dataclass(frozen=True)
class Electorate:
    """``sessions``: the cookie of each person. ``cells``: by survey, who is asked in which cell."""

    session_cookie: str
    csrf_cookie: str
    sessions: dict[str, str] = field(default_factory=dict)
    cells: dict[str, dict[str, str]] = field(default_factory=dict)


def call_up(plan: Plan, environment: Mapping[str, str]) -> Electorate:
    """Runs this module in the product's own ``environment``."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.electorate", json.dumps(asdict(plan))],
        cwd=CHECKOUT,
        env=dict(environment),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"no electorate:\n{done.stderr[-3000:]}")
    return Electorate(**json.loads(done.stdout.splitlines()[-1]))


def _make(plan: Plan) -> Electorate:
    from django.conf import settings

    from engagement import times
    from engagement.demo import organisation
    from engagement.people.models import Employer, Person, Site
    from surveys.models import RollEntry, Survey
    from tests.journeys.survey_now import make

    if plan.people:
        organisation.found(scale=plan.people, at=times.now(), dice=random.Random(7))
    made = Electorate(settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME)
    employers = list(Employer.objects.order_by("pk"))
    sites = [[site] for site in Site.objects.order_by("pk")[: len(plan.surveys)]]
    asked = sites if len(plan.surveys) > 1 else [employers]
    for (level, public), places in zip(plan.surveys, asked, strict=True):
        key = make(
            plan.template,
            level,
            places=places,
            open_for=dt.timedelta(seconds=max(plan.seconds_open, plan.seconds_to_prepare)),
            public=bytes.fromhex(public) if public else None,
        )
        # Frozen weeks ago: who has left since is on the roll, and cannot sign in any more.
        entries = RollEntry.objects.filter(survey__key=key, person__left_on=None)
        made.cells[key] = dict(entries.values_list("person__key", "cell__key"))
    people = {person for cells in made.cells.values() for person in cells}
    for person in Person.objects.filter(key__in=people):
        made.sessions[person.key] = _session_of(person)
    for survey in Survey.objects.filter(key__in=made.cells):
        _extend(survey, times.now() + dt.timedelta(seconds=plan.seconds_open))
    return made


def _extend(survey: Any, closes_at: dt.datetime) -> None:
    from engagement import times
    from surveys.actions import clock

    if survey.closes_at < closes_at:
        clock.extend_survey(
            survey=survey, closes_at=closes_at, by=survey.launched_by, at=times.now()
        )


def _session_of(person: Any) -> str:
    from django.conf import settings
    from django.test import Client

    browser = Client()
    browser.force_login(person, backend=settings.AUTHENTICATION_BACKENDS[0])
    return browser.cookies[settings.SESSION_COOKIE_NAME].value


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "engagement.settings")
    django.setup()
    print(json.dumps(asdict(_make(Plan(**json.loads(sys.argv[1]))))))
