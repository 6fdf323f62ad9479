"""Ballots of made-up colleagues: issued, sealed and cast as the ballot page does it."""

import datetime as dt
from collections.abc import Iterable

import httpx

from engagement.demo.surveys.answers import Chapter, Writer, sheets
from surveys.actions.rolls import collect_ballot
from surveys.models import RollEntry, Survey
from surveys.protocol.client import finish, prepare_ballot
from surveys.protocol.manifest import parse
from surveys.tickets import issue_ticket, read_ticket

SECONDS = 30.0


def ballot_box(url: str) -> httpx.Client:
    """A voter's way to the box at ``url``."""
    # Not through a proxy of the environment: this is a conversation inside the house.
    return httpx.Client(base_url=url, timeout=SECONDS, trust_env=False)


def roll_of(survey: Survey) -> list[RollEntry]:
    """Who is asked, with person and cell."""
    entries = RollEntry.objects.filter(survey=survey).select_related("person", "cell")
    return list(entries.defer("cell__signing_key", "cell__modulus").order_by("pk"))


def vote(
    survey: Survey,
    chapter: Chapter,
    turns: Iterable[tuple[dt.datetime, list[RollEntry]]],
    *,
    box: httpx.Client,
) -> None:
    """Each of ``turns`` collects and casts at its moment.

    :raises httpx.HTTPError: when the box is away or refuses.
    """
    manifest, writer = parse(bytes(survey.manifest or b"")), Writer(chapter)
    for at, entries in turns:
        for entry, sheet in sheets(writer, manifest, entries):
            prepared = prepare_ballot(manifest, entry.cell.key, sheet)
            ticket = read_ticket(issue_ticket(entry, at=at), at=at)
            signature = collect_ballot(ticket=ticket, blinded=prepared.blinded, at=at)
            ballot = finish(prepared, signature)
            box.post(f"/surveys/{survey.key}/cast", json=ballot).raise_for_status()
