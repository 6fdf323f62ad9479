"""Finding what looks like personal data in a text, for somebody to look at before it goes on.

It helps a reader and replaces none: names can hide in any word. Every search walks the text once
and looks a bounded way around what it finds, so that no text takes long, whoever wrote it.
"""

from collections.abc import Collection

from kudos.scrubbing.labels import birth_dates, plates, references
from kudos.scrubbing.names import given_names, names
from kudos.scrubbing.numbers import (
    ibans,
    is_account_number,
    is_card_number,
    is_identity_number,
    numbers,
)
from kudos.scrubbing.spans import COLLEAGUE, KINDS, Span
from kudos.scrubbing.streets import street_addresses
from kudos.scrubbing.web import emails, handles, web_addresses

__all__ = [
    "COLLEAGUE",
    "KINDS",
    "Span",
    "find_personal_data",
    "given_names",
    "is_account_number",
    "is_card_number",
    "is_identity_number",
]


def find_personal_data(text: str, *, colleagues: Collection[str] = ()) -> list[Span]:
    """What in ``text`` looks like personal data, in order and without overlaps.

    ``colleagues`` are names, as written, of people who work there: they are found as
    ``colleague``, which is nothing to take out.
    """
    known = {one.casefold() for one in colleagues}
    searches = (
        emails(text),
        web_addresses(text),
        handles(text),
        birth_dates(text),
        ibans(text),
        plates(text),
        references(text),
        numbers(text),
        street_addresses(text),
        names(text, known),
    )
    # Where two overlap the earlier search is the surer one, and of one search the longer span.
    found = [
        (span.start, rank, -span.end, span.kind)
        for rank, spans in enumerate(searches)
        for span in spans
    ]
    kept: list[tuple[int, int, int, str]] = []
    for one in sorted(found):
        if kept and one[0] < -kept[-1][2]:
            if one[1] >= kept[-1][1]:
                continue
            kept.pop()
        kept.append(one)
    return [Span(start, -end, kind) for start, _rank, end, kind in kept]
