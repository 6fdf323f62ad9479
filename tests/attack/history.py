"""Eight rounds in an organisation that changes between them, by the product's own actions.

Time is moved by moving what lies behind: after each round the dates of all surveys so far go nine
weeks back, on both sides. Roll, ballots and whatever holds them are not touched by that.
"""

import datetime as dt
import json
import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db import connection

from engagement import times
from engagement.demo import organisation
from engagement.demo.personas import BY_SLUG, PERSONAS
from engagement.people import actions as people
from engagement.people.actions import Part, PersonFacts
from engagement.people.models import Employer, Membership, Person, Unit
from surveys import actions, counter
from surveys.actions import clock, preparing
from surveys.counting.count import count
from surveys.models import InstrumentVersion, RollEntry, Survey
from surveys.protocol.manifest import Manifest, parse
from surveys.protocol.sealing import new_counting_key
from tests.attack.rows import (
    BallotRow,
    CommentRow,
    RollRow,
    ballot_rows,
    comment_rows,
    roll_rows,
)
from tests.attack.stage import Stage
from tests.attack.voters import Ballot, Booth, Browser, cookies_of, vote_all

BETWEEN = dt.timedelta(weeks=9)
AGO = dt.timedelta(days=9)
OPEN = dt.timedelta(days=14)
ANSWERING = 0.85
PATIENCE_S = 120
LEAVING, JOINING = 12, 10
_DATES = (
    *("created_at", "frozen_at", "reviewed_at", "launched_at", "prepared_at", "opens_at"),
    *("opened_at", "closes_at", "closed_at"),
)


@dataclass
class Round:
    """One survey: what is true, and what an attacker copied while it ran and afterwards."""

    survey: Survey
    manifest: Manifest
    # The private counting key: with the witness, or (Sealed) in the counting process's file.
    secret: bytes
    ballots: list[Ballot] = field(default_factory=list)
    roll_rows: list[RollRow] = field(default_factory=list)
    ballot_rows: list[BallotRow] = field(default_factory=list)
    comment_rows: list[CommentRow] = field(default_factory=list)

    @property
    def booth(self) -> Booth:
        return Booth(self.survey.key, self.manifest)

    @cached_property
    def by_receipt(self) -> dict[str, Ballot]:
        return {one.receipt: one for one in self.ballots}


class History:
    """The organisation and its rounds."""

    def __init__(self, stage: Stage, *, scale: int, seed: int) -> None:
        self.stage, self.scale = stage, scale
        self.dice = random.Random(seed)
        self.rounds: list[Round] = []
        self._cookies: dict[int, dict[str, str]] = {}
        self._numbers = 0

    def found(self) -> None:
        """With mail for the few who have a part to play: it says the same to everybody, and writing
        thousands takes a worker minutes."""
        organisation.found(scale=self.scale, at=times.now(), dice=self.dice)
        parts = [persona.number for persona in PERSONAS]
        Person.objects.exclude(employee_number__in=parts).update(email="")

    def persona(self, slug: str) -> Person:
        return Person.objects.get(employee_number=BY_SLUG[slug].number)

    def cookies(self, asked: list[Person]) -> dict[int, dict[str, str]]:
        for one in asked:
            if one.pk not in self._cookies:
                self._cookies[one.pk] = cookies_of(one)
        return self._cookies

    # --- What happens between rounds -------------------------------------------------------------

    def change(self, number: int) -> None:
        """Some leave, some join; two teams merge before the third round, one splits before the
        sixth."""
        today, at = times.local_date(times.now()), times.now()
        teams = self._teams(today)
        leaving = self.dice.sample(self._ordinary(today), min(LEAVING, self.scale // 20))
        for person in leaving:
            people.end_employment(person=person, on=today, by=None, at=at)
        for _ in range(min(JOINING, self.scale // 20)):
            self._numbers += 1
            team = self.dice.choice(teams)
            facts = PersonFacts(
                employer=team.employer, employee_number=f"99{self._numbers:04}", given_name="Ny",
                family_name=f"Ansatt{self._numbers}", started_on=today, unit=team,
            )  # fmt: skip
            people.hire_person(facts=facts, by=None, at=at)
        if number == 2:
            one, other = teams[0], next(
                team for team in teams[1:] if team.employer_id == teams[0].employer_id
            )  # fmt: skip
            people.merge_units(units=[other], into=one, on=today, by=None, at=at)
        if number == 5:
            largest = max(teams, key=lambda team: len(self._members(team)))
            members = self._members(largest)
            part = Part(f"{largest.name} to", members[: len(members) // 2])
            people.split_unit(unit=largest, parts=[part], on=today, by=None, at=at)

    def _teams(self, today: dt.date) -> list[Unit]:
        held = Membership.objects.on(today).values("unit")
        return list(
            Unit.objects.filter(pk__in=held, closed_on=None, child_placements=None).order_by("pk")
        )

    def _members(self, team: Unit) -> list[Person]:
        return list(Person.objects.filter(memberships__unit=team, memberships__to_on=None))

    def _ordinary(self, today: dt.date) -> list[Person]:
        """People without a role: nobody is missed when they leave."""
        return list(Person.objects.employed_on(today).filter(roles=None).order_by("pk"))

    # --- A round ---------------------------------------------------------------------------------

    def open_round(self, *, level: str = Survey.Level.WITNESSED) -> Round:
        """A survey of everybody that can be answered at once, made as of nine days ago."""
        now = times.now()
        early, opens = now - AGO, now - dt.timedelta(minutes=1)
        hr, delegate, union = map(self.persona, ("hr", "delegate", "union"))
        survey = actions.create_survey(by=hr, template="pulse", at=early)
        actions.change_survey(
            survey=survey, by=hr, at=early, level=level, opens_at=opens, closes_at=opens + OPEN,
            discussed_on=times.local_date(early), feedback_on=times.local_date(opens + 2 * OPEN),
            feedback_owner=hr, retention_months=36, over_limit_reason="Prøve",
        )  # fmt: skip
        actions.set_sections(survey=survey, sections=_sections(survey), by=hr, at=early)
        everybody = list(Employer.objects.order_by("pk"))
        survey = actions.set_audience(survey=survey, places=everybody, by=hr, at=early)
        survey = actions.freeze_survey(survey=survey, by=hr, at=early)
        secret = self._make_key(survey, delegate, early)
        for one in (delegate, union):
            survey.refresh_from_db()
            if level == Survey.Level.WITNESSED:
                actions.note_key_checked(survey=survey, by=one, at=early)
            actions.confirm_review(survey=survey, by=one, at=early)
        survey.refresh_from_db()
        actions.launch_survey(survey=survey, by=hr, at=early)

        def is_open() -> bool:
            preparing.prepare_surveys(at=now)
            clock.open_surveys(at=now)
            survey.refresh_from_db()
            return survey.is_open(now)

        _until(is_open, f"{survey.key} is open")
        made = Round(survey, parse(bytes(survey.manifest or b"")), secret)
        self.rounds.append(made)
        return made

    def _make_key(self, survey: Survey, delegate: Person, at: dt.datetime) -> bytes:
        if survey.level == Survey.Level.SEALED:
            path = counter.folder() / f"{survey.key}.key"
            # The counting process may be at it: the same again does nothing.
            counter.make_key(survey, at=at)
            return path.read_bytes()
        secret, public = new_counting_key()
        actions.set_counting_key(survey=survey, by=delegate, public=public, at=at)
        return secret

    def answer(self, made: Round, *, except_for: set[int] | None = None) -> None:
        """Most of those on the roll, in random order."""
        left_out = except_for or set()
        entries = RollEntry.objects.filter(survey=made.survey, is_collected=False)
        asked = [one.person for one in entries.select_related("person").order_by("pk")]
        willing = [
            one for one in asked if one.pk not in left_out and self.dice.random() < ANSWERING
        ]
        made.ballots += vote_all(made.booth, willing, self.cookies(willing), self.dice)

    def copy(self, made: Round) -> None:
        """What somebody with both databases copies while the survey runs.

        Of those only whose truth is known: a few ballots were cast otherwise.
        """
        people = {one.person for one in made.ballots}
        made.roll_rows = [
            row for row in roll_rows(self.stage, made.survey.pk) if row.person in people
        ]
        made.ballot_rows = [
            row
            for row in ballot_rows(self.stage, made.survey.key)
            if row.receipt in made.by_receipt
        ]

    def close(self) -> None:
        """Nine weeks later. The product closes what is due."""
        columns = ", ".join(f"{name} = {name} - %s" for name in _DATES)
        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE surveys_survey SET {columns}", [BETWEEN] * len(_DATES))
        self.stage.ask_ballots(
            "UPDATE survey SET opens_at = opens_at - %s, closes_at = closes_at - %s",
            [BETWEEN, BETWEEN],
        )

        def are_closed() -> bool:
            clock.close_surveys(at=times.now())
            return not Survey.objects.due_to_close(times.now()).exists()

        _until(are_closed, "surveys are closed")

    # --- The count -------------------------------------------------------------------------------

    def bundle(self, made: Round) -> tuple[bytes, dict[str, int]]:
        """As the witness's page fetches it: the ballots, and how many were given out in each cell."""
        witness = Browser(self.persona("delegate"))
        page = witness.get(f"/surveys/{made.survey.key}/count/")
        assert page.status_code == 200, (page.status_code, page.headers)
        about = _page_data(page.text)
        answer = witness.client.get(
            about["bundle"],
            headers={"Authorization": f"Bearer {about['capability']}", "Cookie": ""},
        )
        assert answer.status_code == 200, answer.text[:300]
        return answer.content, about["collected"]

    def count(self, made: Round) -> None:
        """By the witness over HTTP, or by the counting process."""
        if made.survey.level == Survey.Level.SEALED:
            _until(lambda: self._is_counted_by_process(made), f"{made.survey.key} is counted")
        else:
            data, collected = self.bundle(made)
            result = count(made.manifest, data, made.secret, collected=collected)
            witness = Browser(self.persona("delegate"))
            answer = witness.client.post(f"/surveys/{made.survey.key}/count/", json=result)
            assert answer.status_code == 200, answer.text[:300]
        known = {remark.text for one in made.ballots for remark in one.sheet.comments.values()}
        made.comment_rows = [
            row for row in comment_rows(self.stage, made.survey.pk) if row.text in known
        ]

    def _is_counted_by_process(self, made: Round) -> bool:
        """And its key is gone."""
        counter.work(at=times.now())
        made.survey.refresh_from_db()
        is_gone = not (counter.folder() / f"{made.survey.key}.key").exists()
        return made.survey.counted_at is not None and is_gone


def _until(is_so: Callable[[], bool], what: str) -> None:
    """Acts until it is so: the product's own worker may be at the same work and hold the rows."""
    deadline = time.monotonic() + PATIENCE_S
    while not is_so():
        if time.monotonic() > deadline:
            raise RuntimeError(f"not after {PATIENCE_S} s: {what}")
        time.sleep(0.2)


def _sections(survey: Survey) -> list[tuple[InstrumentVersion, list[str]]]:
    """Those of the pulse, and two open questions: so that one sheet has two comments."""
    found = []
    for row in survey.sections.select_related("version__instrument"):
        is_open = row.version.instrument.key == "prompts"
        found.append((row.version, ["prompts.1", "prompts.2"] if is_open else row.item_keys))
    return found


def _page_data(page: str) -> dict[str, Any]:
    """What the page's script is told."""
    found = re.search(r'id="page-data"[^>]*>(.*?)</script>', page, re.S)
    assert found, page[:500]
    told: dict[str, Any] = json.loads(found.group(1))
    return told
