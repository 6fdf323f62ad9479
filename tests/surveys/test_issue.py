"""Giving out ballots: one blind signature for each person on the roll, whatever happens."""

import datetime as dt
import gzip
import json
import threading
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from engagement import times
from engagement.people.models import Person
from surveys.actions import rolls
from surveys.models import RollEntry, Survey
from surveys.protocol import blind, client, manifest
from surveys.protocol.encoding import b64, unb64
from surveys.protocol.sheet import Sheet
from surveys.tickets import BadTicket, Ticket, issue_ticket, read_ticket
from tests.conftest import sign_in
from tests.surveys.factories import make_survey, make_team

pytestmark = pytest.mark.django_db


def entry_of(survey: Survey) -> RollEntry:
    return survey.roll.select_related("cell", "person").order_by("pk")[0]


def prepared(survey: Survey, cell: str = "c001") -> client.Prepared:
    return client.prepare_ballot(manifest.parse(bytes(survey.manifest or b"")), cell, Sheet({}, {}))


def ask(survey: Survey, ticket: str, blinded: bytes, **more: Any) -> Any:
    return Client().post(
        reverse("surveys:issue", args=[survey.key]),
        data=json.dumps({"ticket": ticket, "blinded": b64(blinded), **more}),
        content_type="application/json",
    )


def test_ticket_gives_one_signature_that_fits(settings: Any) -> None:
    survey = make_survey("open")
    entry = entry_of(survey)
    ballot = prepared(survey)
    ticket = issue_ticket(entry, at=times.now())
    assert entry.person.key not in ticket
    answer = ask(survey, ticket, ballot.blinded)
    assert answer.status_code == 200
    assert answer["Access-Control-Allow-Origin"] == settings.BALLOT_URL
    assert "Access-Control-Allow-Credentials" not in answer
    assert answer.cookies == {}
    cast = client.finish(ballot, unb64(answer.json()["signature"]))
    modulus = bytes(entry.cell.modulus or b"")
    assert blind.verify(modulus, ballot.digest, unb64(cast["prefix"]), unb64(cast["sig"]))
    entry.refresh_from_db()
    assert entry.is_collected
    assert bytes(entry.blinded_digest or b"") == blind.digest_of_blinded(ballot.blinded)


def test_same_request_again_gets_the_same_answer_and_another_none() -> None:
    survey = make_survey("open")
    ticket = issue_ticket(entry_of(survey), at=times.now())
    ballot = prepared(survey)
    first, again = (ask(survey, ticket, ballot.blinded) for _ in range(2))
    assert first.json() == again.json()
    other = ask(survey, ticket, prepared(survey).blinded)
    assert other.status_code == 409
    assert other["Content-Type"] == "application/problem+json"
    later = issue_ticket(entry_of(survey), at=times.now())
    assert ask(survey, later, ballot.blinded).json() == first.json()


def test_abuse_of_issue_is_refused_and_collects_nothing() -> None:
    survey = make_survey("open")
    other = make_survey("open", teams=[make_team("Team Annet")])
    entry, at = entry_of(survey), times.now()
    ticket, good = issue_ticket(entry, at=at), prepared(survey).blinded
    n = int.from_bytes(bytes(entry.cell.modulus or b""))
    cases = [
        *((ticket, number.to_bytes(256), 400) for number in (0, 1, n - 1, n, n + 1)),
        (ticket, good[:-1], 400),
        (ticket, good + b"\x00", 400),
        (ticket, b"", 400),
        ("", good, 401),
        (ticket[:-2], good, 401),
        ("x" * 200, good, 401),
        (issue_ticket(entry, at=at - dt.timedelta(minutes=61)), good, 401),
        (issue_ticket(entry_of(other), at=at), good, 403),
    ]
    for text, blinded, status in cases:
        assert ask(survey, text, blinded).status_code == status
    assert ask(survey, ticket, good, person="p1").status_code == 400
    url = reverse("surveys:issue", args=[survey.key])
    for body in (b"", b"[]", b"{", b"\xff", b'{"ticket":1,"blinded":2}', b"a" * 9000):
        assert Client().post(url, data=body, content_type="application/json").status_code == 400
    assert not RollEntry.objects.filter(is_collected=True).exists()


@pytest.mark.parametrize("state", ["launched", "cancelled"])
def test_survey_that_is_not_open_gives_out_nothing(state: str) -> None:
    survey = make_survey(state)
    entry = entry_of(survey)
    blinded = client.blind.blind(bytes(entry.cell.modulus or b""), b"x").blinded
    answer = ask(survey, issue_ticket(entry, at=times.now()), blinded)
    assert answer.status_code == 410


def test_survey_past_its_time_gives_out_nothing_before_the_clock_closes_it() -> None:
    survey = make_survey("open")
    entry, ballot = entry_of(survey), prepared(survey)
    Survey.objects.update(closes_at=times.now() - dt.timedelta(seconds=1))
    assert ask(survey, issue_ticket(entry, at=times.now()), ballot.blinded).status_code == 410
    assert not RollEntry.objects.filter(is_collected=True).exists()


def test_forged_ticket_is_no_ticket() -> None:
    with pytest.raises(BadTicket):
        read_ticket("gAAAA", at=times.now())


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_same", [True, False])
def test_twenty_at_once_get_one_ballot(is_same: bool) -> None:
    survey = make_survey("open")
    entry = entry_of(survey)
    ticket = Ticket(survey.pk, entry.cell_id, entry.pk)
    one = prepared(survey).blinded
    messages = [one if is_same else prepared(survey).blinded for _ in range(20)]
    found: list[bytes] = []
    refused: list[type[Exception]] = []
    gate = threading.Barrier(20)

    def collect(blinded: bytes) -> None:
        gate.wait()
        try:
            found.append(rolls.collect_ballot(ticket=ticket, blinded=blinded, at=times.now()))
        except rolls.Collected:
            refused.append(rolls.Collected)
        finally:
            connection.close()

    threads = [threading.Thread(target=collect, args=[message]) for message in messages]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(found), len(refused)) == ((20, 0) if is_same else (1, 19))
    assert len(set(found)) == 1


def test_start_leads_to_the_ballot_page_and_only_those_who_are_asked(
    settings: Any, cast: Any
) -> None:
    survey = make_survey("open")
    entry = entry_of(survey)
    url = reverse("surveys:start", args=[survey.key])
    answer = sign_in(Client(), entry.person).post(url, {"shared": "1"})
    target, _, fragment = answer["Location"].partition("#")
    assert target == f"{settings.BALLOT_URL}/surveys/{survey.key}/"
    assert "c=c001" in fragment
    assert "shared=1" in fragment
    assert entry.person.key not in answer["Location"]
    assert sign_in(Client(), cast.charlie).post(url).status_code == 404


def test_what_is_stored_about_me_is_said_whole(cast: Any) -> None:
    survey = make_survey("open")
    entry = entry_of(survey)
    url = reverse("surveys:me", args=[survey.key])
    page = sign_in(Client(), entry.person).get(url).content.decode()
    assert entry.cell.name in page
    RollEntry.objects.filter(pk=entry.pk).update(is_collected=True, blinded_digest=b"\xab" * 32)
    assert "ab" * 32 in sign_in(Client(), entry.person).get(url).content.decode()
    stranger = sign_in(Client(), cast.charlie).get(url).content.decode()
    assert entry.cell.name not in stranger


def test_manifest_is_public_and_exact(settings: Any) -> None:
    survey = make_survey("open")
    answer = Client().get(reverse("surveys:manifest", args=[survey.key]))
    assert answer.content == bytes(survey.manifest or b"")
    assert answer["Access-Control-Allow-Origin"] == settings.BALLOT_URL
    packed = Client(headers={"accept-encoding": "gzip, br"}).get(answer.wsgi_request.path)
    assert gzip.decompress(packed.content) == answer.content
    assert packed["Content-Encoding"] == "gzip"
    assert packed["ETag"] == answer["ETag"]
    for one in (answer, packed):
        assert {"Accept-Encoding", "Origin"} <= {part.strip() for part in one["Vary"].split(",")}
    waiting = make_survey("launched", teams=[make_team("Team Annet")])
    assert Client().get(reverse("surveys:manifest", args=[waiting.key])).status_code == 404


def test_roll_knows_no_time() -> None:
    kinds = {field.get_internal_type() for field in RollEntry._meta.get_fields()}
    assert not kinds & {"DateTimeField", "DateField", "TimeField"}
    assert Person._meta.get_field("roll_entries")
