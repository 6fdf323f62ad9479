"""S1: who wrote what, from where the rows lie and who wrote them when.

**Required**: nothing that a person wrote in a readable form, which is the comments after the count,
leads to a ballot or to a person better than chance, by any order of any row on either side, though the
attacker has copied everything: the roll and the ballot box while the survey ran. And no *content* of a
row (digest, receipt, prefix, signature) sorts as another one does: that would be a hole in the
blindness.

**Assumed, and said**: the order of transactions on both sides links a person to a *sealed* ballot while
the roll stands. It is measured here and has no limit: nobody but the holder of the counting key can
open that ballot. After the close the roll is gone, and what is in the dumps then is measured as well.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from surveys.counting.count import cells_below
from tests.attack.chance import Line, Links, links_by_order
from tests.attack.history import Round
from tests.attack.naive import REWRITINGS, NaiveSurvey
from tests.attack.report import Report
from tests.attack.rows import BallotRow, CommentRow, RollRow

By = Callable[[Any], Any]
# Four at once blur a few links inside a group; the more people there are, the fewer.
LINKED = 0.8
# While the survey runs: what a row of the roll and a ballot are ordered by.
ROLL_PLACES: dict[str, By] = {
    "ctid": lambda row: row.ctid,
    "xmin": lambda row: (row.xmin, row.cmin),
    "id": lambda row: row.id,
}
ROLL_CONTENTS: dict[str, By] = {"digest": lambda row: row.digest}
BALLOT_PLACES: dict[str, By] = {
    "ctid": lambda row: row.ctid,
    "xmin": lambda row: (row.xmin, row.cmin),
    "TOAST number": lambda row: row.chunk,
    "TOAST place": lambda row: row.toast,
}
BALLOT_CONTENTS: dict[str, By] = {
    "receipt": lambda row: row.receipt,
    "prefix": lambda row: row.prefix,
    "signature": lambda row: row.sig,
}
COMMENT_ORDERS: dict[str, By] = {
    "ctid": lambda row: row.ctid,
    "xmin": lambda row: (row.xmin, row.cmin, row.ctid),
    "id": lambda row: row.id,
}


class Truth:
    """Who wrote what in a round. For scoring only."""

    def __init__(self, made: Round) -> None:
        self.person_of_receipt = {one.receipt: one.person for one in made.ballots}
        self.receipt_of_text = {
            remark.text: one.receipt
            for one in made.ballots
            for remark in one.sheet.comments.values()
        }
        self.cell_of_receipt = {one.receipt: one.cell for one in made.ballots}

    def person_of_text(self, text: str) -> int:
        return self.person_of_receipt[self.receipt_of_text[text]]


def ballots_to_people(rounds: Iterable[Round], roll_by: By, ballot_by: By) -> Links:
    """Sealed ballots to people, cell by cell."""
    lines = []
    for made in rounds:
        truth = Truth(made)
        people: dict[str, list[RollRow]] = defaultdict(list)
        for row in made.roll_rows:
            people[row.cell].append(row)
        ballots: dict[str, list[BallotRow]] = defaultdict(list)
        for one in made.ballot_rows:
            ballots[one.cell].append(one)
        lines += [
            Line(
                things=[
                    truth.person_of_receipt[one.receipt]
                    for one in sorted(ballots[cell], key=ballot_by)
                ],
                candidates=[row.person for row in sorted(people[cell], key=roll_by)],
            )
            for cell in people
        ]
    return links_by_order(lines)


def comments_to_ballots(rounds: Iterable[Round], comment_by: By, ballot_by: By) -> Links:
    """Readable comments to sealed ballots of the group that the comment stands under."""
    return links_by_order(
        Line(
            things=[truth.receipt_of_text[row.text] for row in rows],
            candidates=[
                one.receipt for one in sorted(made.ballot_rows, key=ballot_by) if one.cell in cells
            ],
        )
        for made, truth, rows, cells in _comments(rounds, comment_by)
    )


def comments_to_people(rounds: Iterable[Round], comment_by: By, roll_by: By) -> Links:
    """Readable comments straight to people."""
    return links_by_order(
        Line(
            things=[truth.person_of_text(row.text) for row in rows],
            candidates=[
                row.person for row in sorted(made.roll_rows, key=roll_by) if row.cell in cells
            ],
        )
        for made, truth, rows, cells in _comments(rounds, comment_by)
    )


def _comments(
    rounds: Iterable[Round], by: By
) -> Iterable[tuple[Round, Truth, Sequence[CommentRow], set[str]]]:
    """Comments to one question in one group, in order, with the cells they can come from."""
    for made in rounds:
        truth = Truth(made)
        groups: dict[tuple[str, str], list[CommentRow]] = defaultdict(list)
        for row in made.comment_rows:
            groups[row.group, row.item].append(row)
        for (group, _item), rows in sorted(groups.items()):
            is_cell = group in made.manifest.cells
            cells = {group} if is_cell else set(cells_below(made.manifest, group))
            yield made, truth, sorted(rows, key=by), cells


def as_if_unshuffled(rounds: Iterable[Round]) -> Links:
    """A count that writes comments in the order in which it opened the ballots, by receipt: what the
    shuffle is there against."""
    lines = []
    for made in rounds:
        for _made, truth, rows, cells in _comments([made], lambda row: row.id):
            bundle = sorted(row.receipt for row in made.ballot_rows if row.cell in cells)
            place = {receipt: number for number, receipt in enumerate(bundle)}
            written = sorted(rows, key=lambda row: place[truth.receipt_of_text[row.text]])
            lines.append(Line([truth.receipt_of_text[row.text] for row in written], bundle))
    return links_by_order(lines)


def attack_rows(rounds: Sequence[Round], crowd: NaiveSurvey, queue: NaiveSurvey) -> Report:
    """S1. The rounds are counted; what was copied while they ran is in them."""
    report = Report("S1")
    _control(report, crowd, queue)
    report.caught(
        "comments written in the order of the bundle",
        links := as_if_unshuffled(rounds),
        "far above chance",
        not links.is_chance,
    )
    comments = sum(len(made.comment_rows) for made in rounds)
    report.holds("comments there are to link", comments, "≥ 100", comments >= 100)
    rolls, ballots = ROLL_PLACES | ROLL_CONTENTS, BALLOT_PLACES | BALLOT_CONTENTS
    _worst(report, "comment → sealed ballot", [
        (f"{mine} × {theirs}", comments_to_ballots(rounds, one, other))
        for mine, one in COMMENT_ORDERS.items() for theirs, other in ballots.items()
    ])  # fmt: skip
    _worst(report, "comment → person", [
        (f"{mine} × {theirs}", comments_to_people(rounds, one, other))
        for mine, one in COMMENT_ORDERS.items() for theirs, other in rolls.items()
    ])  # fmt: skip
    _worst(report, "person → sealed ballot, by contents of rows", [
        (f"{mine} × {theirs}", ballots_to_people(rounds, one, other))
        for mine, one in rolls.items() for theirs, other in ballots.items()
        if mine in ROLL_CONTENTS or theirs in BALLOT_CONTENTS
    ])  # fmt: skip
    for name in ("ctid", "xmin"):
        report.assumed(
            f"person → sealed ballot by {name} of both, while the survey runs",
            ballots_to_people(rounds, ROLL_PLACES[name], BALLOT_PLACES[name]),
        )
    return report


def _control(report: Report, crowd: NaiveSurvey, queue: NaiveSurvey) -> None:
    """``crowd`` was answered by four people at once, ``queue`` by one after the other."""
    for name, (orders, survives) in REWRITINGS.items():
        for by, survey, who in (("xmin", crowd, "four at once"), ("ctid", queue, "one by one")):
            survey.rewrite(orders)
            links = survey.links(by)
            tried = f"two tables, {who}, {name}, by {by}"
            if survives[by]:
                is_caught = links.share >= LINKED and not links.is_chance
                report.caught(tried, links, "≥ 80 % right", is_caught)
            elif "random order" in name:
                report.caught(tried, links, "chance", links.is_chance)


def _worst(report: Report, tried: str, found: Sequence[tuple[str, Links]]) -> None:
    """One line for many orders: the one that is furthest from chance."""
    name, links = min(found, key=lambda one: one[1].least)
    report.holds(
        f"{tried} ({len(found)} pairs of orders; worst: {name})", links, "p > 1e-6", links.is_chance
    )
