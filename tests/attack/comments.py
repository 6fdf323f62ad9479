"""P7: comments as readers get them. Their order tells nothing, and no two are known as one writer's."""

import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from tests.attack.chance import ALPHA, chi_square, nearness, order_against_value, p_of_z
from tests.attack.history import Round
from tests.attack.linking import COMMENT_ORDERS, Truth
from tests.attack.report import Report
from tests.attack.rows import CommentRow

By = Callable[[Any], Any]
# Numbers are below 2**62; the uppermost four bits part them in sixteen.
NUMBER_BITS = 58


def writers(rounds: Sequence[Round], by: By) -> list[list[str]]:
    """The writers (their receipts) of each round's comments, in an order that a reader sees."""
    found = []
    for made in rounds:
        truth = Truth(made)
        found.append([truth.receipt_of_text[row.text] for row in sorted(made.comment_rows, key=by)])
    return found


def values(
    rounds: Sequence[Round], by: By, value: Callable[[Round, str], float]
) -> list[list[float]]:
    """What is true of each comment's writer, in order, among comments of one group and question."""
    found = []
    for made in rounds:
        truth = Truth(made)
        groups: dict[tuple[str, str], list[CommentRow]] = defaultdict(list)
        for row in sorted(made.comment_rows, key=by):
            groups[row.group, row.item].append(row)
        found += [
            [value(made, truth.receipt_of_text[row.text]) for row in rows]
            for rows in groups.values()
        ]
    return found


def mean_answer(made: Round, receipt: str) -> float:
    answers = made.by_receipt[receipt].sheet.answers.values()
    return sum(answers) / len(answers) if answers else 0.0


def cell_number(made: Round, receipt: str) -> float:
    return float(sorted(made.manifest.cells).index(made.by_receipt[receipt].cell))


def attack_comments(rounds: Sequence[Round]) -> Report:
    """P7, when all is counted."""
    report = Report("P7")
    receipts = {made.survey.pk: _places(made) for made in rounds}
    traits: dict[str, Callable[[Round, str], float]] = {
        "the order of ballots": lambda made, receipt: receipts[made.survey.pk][receipt],
        "its writer's cell": cell_number,
        "its writer's answers": mean_answer,
    }
    for name, value in traits.items():
        found = {
            order: order_against_value(values(rounds, by, value))
            for order, by in COMMENT_ORDERS.items()
        }
        worst = max(found, key=lambda order: abs(found[order]))
        _told(report, f"a comment's place by {worst} against {name}", found[worst])
    for order, by in COMMENT_ORDERS.items():
        z, pairs = nearness(writers(rounds, by))
        _told(report, f"two comments of one writer side by side, by {order} ({pairs} pairs)", z)
    numbers = [row.id for made in rounds for row in made.comment_rows]
    spread = chi_square([sum(n >> NUMBER_BITS == part for n in numbers) for part in range(16)])
    report.holds(
        "numbers of comments are evenly spread", f"p={spread:.2g}", "p > 1e-6", spread > ALPHA
    )
    _control(report, rounds, traits)
    return report


def _places(made: Round) -> dict[str, float]:
    """The order in which the ballots lie in the box."""
    return {
        row.receipt: float(place)
        for place, row in enumerate(sorted(made.ballot_rows, key=lambda row: row.ctid))
    }


def _told(report: Report, tried: str, z: float) -> None:
    report.holds(tried, f"z={z:+.1f}, p={p_of_z(z):.2g}", "p > 1e-6", p_of_z(z) > ALPHA)


def _control(
    report: Report, rounds: Sequence[Round], traits: dict[str, Callable[[Round, str], float]]
) -> None:
    """The same comments as a count without a shuffle writes them: sheet by sheet, as they came."""
    places = {made.survey.pk: _places(made) for made in rounds}
    arrived: dict[int, tuple[float, str]] = {}
    for made in rounds:
        truth = Truth(made)
        for row in made.comment_rows:
            receipt = truth.receipt_of_text[row.text]
            arrived[row.id] = places[made.survey.pk][receipt], row.item

    def as_they_came(row: CommentRow) -> Any:
        return arrived[row.id]

    z = order_against_value(values(rounds, as_they_came, traits["the order of ballots"]))
    report.caught("comments written as ballots came", f"z={z:+.1f}", "p < 1e-6", p_of_z(z) < ALPHA)
    z, pairs = nearness(writers(rounds, as_they_came))
    report.caught(
        f"comments of one sheet side by side ({pairs} pairs)", f"z={z:+.1f}", "p < 1e-6",
        z < 0 and p_of_z(z) < ALPHA,
    )  # fmt: skip
    sorted_by_answers = [
        sorted(one) for one in values(rounds, lambda row: random.random(), mean_answer)
    ]
    z = order_against_value(sorted_by_answers)
    report.caught(
        "comments sorted by their writers' answers", f"z={z:+.1f}", "p < 1e-6", p_of_z(z) < ALPHA
    )
