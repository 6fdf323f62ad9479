"""People who answer, over HTTP, as the ballot page does it: ticket, blind signature, ballot."""

import hashlib
import random
import secrets
import string
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import local
from urllib.parse import parse_qs, urlsplit

import httpx
from django.conf import settings
from django.contrib.auth import login
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest

from engagement.people.models import Person
from surveys.protocol.client import Prepared, finish, prepare_ballot
from surveys.protocol.encoding import b64, unb64
from surveys.protocol.manifest import Manifest
from surveys.protocol.sheet import Remark, Sheet

AT_ONCE = 4
# From the signature to the ballot in the box, at most: a page has nothing to wait for.
LONGEST_WAY_S = 0.02
# Voters come from an address that nothing else of the run has: it must stand nowhere.
VOTERS_ADDRESS = "127.0.0.77"
# Every comment has one word that begins so and is nowhere else in the world.
CANARY = "kanarifugl"
CSRF = "a" * 32
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
AUDIENCES = ("team", "site", "organisation")


def canary() -> str:
    return CANARY + "".join(secrets.choice(string.ascii_lowercase) for _ in range(14))


@dataclass(frozen=True)
class Ballot:
    """The truth about one ballot: known to its writer, and here for scoring only."""

    person: int
    person_key: str
    cell: str
    prepared: Prepared
    signature: bytes
    sheet: Sheet

    @property
    def receipt(self) -> str:
        return self.prepared.receipt

    @property
    def blinded_digest(self) -> bytes:
        return hashlib.sha256(b"blinded/v1" + self.prepared.blinded).digest()


class Browser:
    """Somebody signed in, without a picture."""

    def __init__(self, person: Person, *, address: str = "") -> None:
        transport = httpx.HTTPTransport(local_address=address or None)
        self.person = person
        self.client = httpx.Client(
            base_url=settings.BASE_URL,
            cookies=cookies_of(person),
            headers={"X-CSRFToken": CSRF, "Origin": settings.BASE_URL, "Accept": "text/html"},
            timeout=60,
            transport=transport,
        )

    def get(self, path: str) -> httpx.Response:
        return self.client.get(path)


def cookies_of(person: Person) -> dict[str, str]:
    """A session as the sign-in page makes it."""
    request = HttpRequest()
    request.session = SessionStore()
    login(request, person, backend=BACKEND)
    request.session.save()
    key = request.session.session_key
    assert key
    return {settings.SESSION_COOKIE_NAME: key, settings.CSRF_COOKIE_NAME: CSRF}


def some_sheet(manifest: Manifest, dice: random.Random) -> Sheet:
    """Answers as people give them: some skip, six in ten write to each open question."""
    answers: dict[str, int] = {}
    comments: dict[str, Remark] = {}
    for item in manifest.items.values():
        if item.kind == "scale" and dice.random() < 0.95:
            answers[item.key] = dice.choice(item.points)
        elif item.kind == "text" and dice.random() < 0.6:
            text = f"Vi bør ha mer {canary()} på dagvakt"
            comments[item.key] = Remark(text, dice.choice(AUDIENCES))
    return Sheet(answers, comments)


class Booth:
    """Where the voters of one survey vote. ``cookies`` by person: sessions are made beforehand."""

    def __init__(self, survey: str, manifest: Manifest) -> None:
        self.survey, self.manifest = survey, manifest
        self._of_thread = local()

    @property
    def client(self) -> httpx.Client:
        """One for each thread, so that four come at once."""
        if not hasattr(self._of_thread, "client"):
            transport = httpx.HTTPTransport(local_address=VOTERS_ADDRESS)
            self._of_thread.client = httpx.Client(transport=transport, timeout=60)
        found: httpx.Client = self._of_thread.client
        return found

    def ticket(self, cookies: dict[str, str]) -> tuple[str, str]:
        """What `start` gives the signed-in person: a ticket and the cell."""
        answer = self.client.post(
            f"{settings.BASE_URL}/surveys/{self.survey}/start",
            headers={
                "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
                "X-CSRFToken": CSRF,
                "Origin": settings.BASE_URL,
            },
        )
        assert answer.status_code == 302, f"start answered {answer.status_code}"
        said = parse_qs(urlsplit(answer.headers["location"]).fragment)
        return said["t"][0], said["c"][0]

    def issue(self, ticket: str, blinded: bytes) -> httpx.Response:
        return self.client.post(
            f"{settings.BASE_URL}/surveys/{self.survey}/issue",
            json={"ticket": ticket, "blinded": b64(blinded)},
        )

    def cast(self, ballot: dict[str, str], **more: dict[str, str]) -> httpx.Response:
        return self.client.post(
            f"{settings.BALLOT_URL}/surveys/{self.survey}/cast", json=ballot, **more
        )

    def vote(self, person: Person, cookies: dict[str, str], sheet: Sheet) -> Ballot:
        """Once, all the way."""
        ticket, cell = self.ticket(cookies)
        prepared = prepare_ballot(self.manifest, cell, sheet)
        issued = self.issue(ticket, prepared.blinded)
        assert issued.status_code == 200, issued.text
        signature = unb64(issued.json()["signature"])
        ballot = finish(prepared, signature)
        time.sleep(random.random() * LONGEST_WAY_S)
        taken = self.cast(ballot)
        assert taken.status_code == 204, taken.text
        return Ballot(
            person.pk, person.key, cell, prepared, signature=unb64(ballot["sig"]), sheet=sheet
        )


def vote_all(
    booth: Booth,
    people: Sequence[Person],
    cookies: dict[int, dict[str, str]],
    dice: random.Random,
    *,
    sheet_of: Callable[[Manifest, random.Random], Sheet] = some_sheet,
) -> list[Ballot]:
    """Everybody in random order, four at a time."""
    order = list(people)
    dice.shuffle(order)
    sheets = [sheet_of(booth.manifest, dice) for _ in order]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(
            pool.map(
                lambda one: booth.vote(one[0], cookies[one[0].pk], one[1]),
                zip(order, sheets, strict=True),
            )
        )
