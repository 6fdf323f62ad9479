"""What is found in texts of customers, how much of it, and that no text takes long."""

import re
import time
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kudos.scrubbing import (
    KINDS,
    Span,
    find_personal_data,
    given_names,
    is_account_number,
    is_card_number,
    is_identity_number,
)

COLLEAGUES = ("Amina", "Hassan", "Jonas")
MARK = re.compile(r"\{(\w+):([^}]*)\}")
# What has to be found of each kind. Whoever wrote the sentences knew the search: when they were
# written it found all of them, and nothing else. Real texts are harder.
LEAST = {
    "email": 0.95, "phone": 0.95, "id_number": 0.95, "account": 0.95, "url": 0.95,
    "colleague": 0.95, "address": 0.8, "name": 0.8,
}  # fmt: skip


# The second corpus was written before anybody read the rules. Then they found 102 of 152, and flagged
# 20 of 97 sentences with nothing in them; now 154 of 154 and 1 of 100, because they were mended for it.
# Of sentences written after that, looked at once, they found 35 of 43 (before: 22), and flagged 9
# of 30 hard ones without any (before: 10). That is what to expect of real texts: four of five.
SECOND = {"least": 0.97, "flagged": 0.03}
UNSEEN = {"least": 0.8, "flagged": 0.25}


def corpus(name: str = "corpus.txt") -> list[tuple[str, list[Span]]]:
    lines = (Path(__file__).with_name(name)).read_text(encoding="utf-8").splitlines()
    return [_read(line) for line in lines if line and not line.startswith("#")]


def _read(line: str) -> tuple[str, list[Span]]:
    text, spans, last = "", [], 0
    for mark in MARK.finditer(line):
        text += line[last : mark.start()]
        spans.append(Span(len(text), len(text) + len(mark[2]), mark[1]))
        text += mark[2]
        last = mark.end()
    return text + line[last:], spans


def covers(found: Span, meant: Span) -> bool:
    """The same kind, and nothing of what was meant left out."""
    return found.kind == meant.kind and found.start <= meant.start and found.end >= meant.end


def test_corpora_are_long_enough_and_of_every_kind() -> None:
    assert len(corpus()) >= 60
    second = corpus("sentences.txt")
    assert sum(bool(spans) for _text, spans in second) >= 120
    assert sum(not spans for _text, spans in second) >= 80
    both = [*corpus(), *second]
    assert {span.kind for _text, spans in both for span in spans} == set(KINDS)


@pytest.mark.parametrize(("name", "bounds"), [("sentences.txt", SECOND), ("unseen.txt", UNSEEN)])
def test_little_is_missed_of_what_is_personal_and_little_else_is_flagged(
    name: str, bounds: dict[str, float]
) -> None:
    """What is personal has to be covered letter by letter, whatever it is taken for."""
    missed, flagged, meant, plain = [], [], 0, 0
    for text, spans in corpus(name):
        flags = [one for one in find_personal_data(text, colleagues=COLLEAGUES)
                 if one.kind != "colleague"]  # fmt: skip
        covered = {place for flag in flags for place in range(flag.start, flag.end)}
        for span in spans:
            meant += 1
            needed = {place for place in range(span.start, span.end) if text[place].isalnum()}
            if not needed <= covered:
                missed.append(text[span.start : span.end])
        if not spans:
            plain += 1
            if flags:
                flagged.append(text)
    assert len(missed) <= (1 - bounds["least"]) * meant, missed
    assert len(flagged) <= bounds["flagged"] * plain, flagged


def test_enough_is_found_and_little_that_is_none() -> None:
    meant, hit, found, right = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    missed = []
    for text, spans in corpus():
        flags = find_personal_data(text, colleagues=COLLEAGUES)
        for span in spans:
            meant[span.kind] += 1
            if any(covers(flag, span) for flag in flags):
                hit[span.kind] += 1
            else:
                missed.append(text[span.start : span.end])
        for flag in flags:
            found[flag.kind] += 1
            if any(
                flag.kind == span.kind and flag.start < span.end and span.start < flag.end
                for span in spans
            ):
                right[flag.kind] += 1
            else:
                missed.append(f"+{text[flag.start : flag.end]}")
    table = {
        kind: (round(hit[kind] / meant[kind], 2), round(right[kind] / (found[kind] or 1), 2))
        for kind in LEAST
    }
    assert {kind: row for kind, row in table.items() if row[0] < LEAST[kind]} == {}, missed
    assert {kind: row for kind, row in table.items() if row[1] < 0.8} == {}, missed


@given(st.text(max_size=400), st.sets(st.text(min_size=1, max_size=10), max_size=3))
@settings(max_examples=300, deadline=None)
def test_spans_lie_in_the_text_in_order_and_apart(text: str, names: set[str]) -> None:
    last = 0
    for span in find_personal_data(text, colleagues=names):
        assert last <= span.start < span.end <= len(text)
        assert span.kind in KINDS
        last = span.end


ALPHABET = "Aaåk@.:/-+() 0123456789٣\n’“gatveiNO"


@given(st.text(alphabet=ALPHABET, max_size=300))
@settings(max_examples=300, deadline=None)
def test_texts_of_what_it_looks_for_harm_nothing(text: str) -> None:
    last = 0
    for span in find_personal_data(text):
        assert last <= span.start < span.end <= len(text)
        last = span.end


@given(
    st.text(alphabet=st.characters(categories=("Ll",)), max_size=30),
    st.sampled_from(["kari@example.no", "+47 912 34 567", "01010750160", "Storgata 12"]),
)
@settings(max_examples=100, deadline=None)
def test_is_found_whatever_stands_around_it(around: str, secret: str) -> None:
    text = f"{around} {secret}. {around}"
    [start] = [match.start() for match in re.finditer(re.escape(secret), text)][:1]
    assert any(
        span.start <= start and span.end >= start + len(secret) for span in find_personal_data(text)
    )


HOSTILE = [
    "a", "@", "a@", "1", "1 ", "12 ", "12345 ", "+", "+1 ", "(", "a-", "www.", "http://", "Kari ",
    "Hilsen ", "hilsen a", "Best, ", "heter x og ", "Aa van der ", "Nord Aa 1 ", "kundenr ", "ref nr: 1-",
    "#1", "AB-12-", "født den ", "1.1.19", "NO93 8601 ", "@a.", " (at) ", "snap: a", "bil min ", "High Street ", "7010 ", "Mr Aa ", "navn er ", "٣", "\u0301", "x-.no", "Storgata ",
]  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE)
def test_four_times_the_hostile_text_takes_four_times_as_long(piece: str) -> None:
    """Linear is 4, quadratic 16. What arrives has at most 4 000 characters (`PRAISE_LENGTH`)."""
    given_names()

    def seconds(length: int) -> float:
        text, taken = piece * (length // len(piece)), []
        for _ in range(3):
            began = time.process_time()
            find_personal_data(text)
            taken.append(time.process_time() - began)
        return min(taken)

    assert seconds(200_000) < 8 * seconds(50_000)


@pytest.mark.parametrize(
    ("digits", "identity", "account", "card"),
    [
        ("01010750160", True, True, False),
        ("12345678903", False, True, False),
        ("4111111111111111", False, False, True),
        ("4111111111111112", False, False, False),
        ("01010750161", False, False, False),
    ],
)
def test_check_digits_decide(digits: str, identity: bool, account: bool, card: bool) -> None:
    is_eleven = len(digits) == 11
    assert (is_eleven and is_identity_number(digits)) == identity
    assert (is_eleven and is_account_number(digits)) == account
    assert (len(digits) > 11 and is_card_number(digits)) == card


@pytest.mark.parametrize(
    "text",
    ["24.12.2025", "2025-11-23", "20251123", "14:30", "1 200 000 kr", "30 GB", "Fikk 500 kr", ""],
)
def test_dates_and_sums_are_nothing_to_take_out(text: str) -> None:
    assert find_personal_data(text) == []


def test_colleagues_are_told_from_customers() -> None:
    text = "Takk til Bente og Amina, hilsen Amina Karlsen"
    kinds = [
        (text[span.start : span.end], span.kind)
        for span in find_personal_data(text, colleagues=["Amina"])
    ]
    assert kinds == [
        ("Bente", "name"),
        ("Amina", "colleague"),
        ("Amina", "colleague"),
        ("Karlsen", "name"),
    ]
