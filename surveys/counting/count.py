"""The count itself, and its result: groups of k or more, loose comments, receipts."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random, SystemRandom
from typing import Any

from surveys.counting.bundle import read_bundle
from surveys.protocol import merkle
from surveys.protocol.manifest import Manifest
from surveys.protocol.sealing import info_of, open_sealed
from surveys.protocol.sheet import Sheet, Spoilt, read_sheet

Progress = Callable[[int, int], None]


def count(
    manifest: Manifest,
    bundle: bytes,
    private_key: bytes,
    *,
    collected: Mapping[str, int],
    random: Random | None = None,
    progress: Progress = lambda done, of: None,
) -> dict[str, Any]:
    """Opens and counts. The result is all that leaves the counter; sheets are forgotten.

    :raises surveys.counting.bundle.BadBundle: when it must not be counted.
    """
    found = read_bundle(manifest, bundle, collected=collected)
    sheets: list[tuple[str, Sheet]] = []
    spoilt = 0
    for number, ballot in enumerate(found.ballots, start=1):
        try:
            padded = open_sealed(private_key, info_of(manifest.hash, ballot.cell), ballot.sealed)
            sheets.append((ballot.cell, read_sheet(manifest, ballot.cell, padded)))
        except ValueError:
            spoilt += 1
        progress(number, len(found.ballots))
    receipts = [ballot.receipt for ballot in found.ballots]
    return {
        "manifest_sha256": manifest.hash.hex(),
        "ballots": len(found.ballots),
        "spoilt": spoilt,
        "refused": {name: found.refused[name] for name in ("signature", "duplicate", "cell")},
        "groups": groups_of(manifest, sheets),
        "comments": comments_of(manifest, sheets, random or SystemRandom()),
        "receipts": receipts,
        "root": merkle.root(receipts),
    }


assert issubclass(Spoilt, ValueError)


@dataclass(frozen=True)
class Group:
    """Cells that are told together."""

    key: str
    kind: str
    cells: tuple[str, ...]


def layout(manifest: Manifest, answered: Mapping[str, int]) -> list[Group]:
    """The parts that are told: cells with k answers or more, and the rests of nodes.

    A rest below k goes up to the node above. What is still too small at the top takes the smallest
    part with it. So every answer stands in exactly one part, and no part is below k; with fewer
    than k answers in all there is none.
    """
    k = manifest.k

    def size(cells: Iterable[str]) -> int:
        return sum(answered.get(cell, 0) for cell in cells)

    parts: list[Group] = []
    left: dict[str, list[str]] = {node: [] for node in manifest.parents}
    for key, cell in manifest.cells.items():
        if size([key]) >= k:
            parts.append(Group(key, "cell", (key,)))
        else:
            left[cell.parent].append(key)
    top = ""
    # Parents stand before their children in a manifest: backwards is from the leaves up.
    for node, parent in reversed(list(manifest.parents.items())):
        if size(left[node]) >= k:
            parts.append(Group(node, "rest", tuple(sorted(left[node]))))
        elif parent is not None:
            left[parent].extend(left[node])
        else:
            top = node
    if top and size(left[top]):
        if not parts:
            return []
        smallest = min(parts, key=lambda one: (size(one.cells), one.key))
        parts.remove(smallest)
        parts.append(Group(top, "rest", tuple(sorted([*smallest.cells, *left[top]]))))
    return sorted(parts, key=lambda one: (one.kind, one.key))


def cells_below(manifest: Manifest, node: str) -> Iterator[str]:
    """The cells of ``node`` and of everything under it."""
    for cell in manifest.cells.values():
        above: str | None = cell.parent
        while above is not None and above != node:
            above = manifest.parents[above]
        if above == node:
            yield cell.key


def groups_of(manifest: Manifest, sheets: Iterable[tuple[str, Sheet]]) -> list[dict[str, Any]]:
    """The statistics of `layout`'s parts and of the whole.

    An item with fewer than k answers is left out of a part. The whole holds such answers only when
    there are k of them over all parts: no difference of two numbers is about fewer than k answers.
    """
    by_cell: dict[str, list[Sheet]] = {cell: [] for cell in manifest.cells}
    for cell, sheet in sheets:
        by_cell[cell].append(sheet)
    parts = layout(manifest, {cell: len(found) for cell, found in by_cell.items()})
    if not parts:
        return []
    told = [
        _told(manifest, part, [s for cell in part.cells for s in by_cell[cell]]) for part in parts
    ]
    everybody = [sheet for found in by_cell.values() for sheet in found]
    top = next(iter(manifest.parents))
    whole = _told(manifest, Group(top, "whole", ()), everybody)
    for key, item in list(whole["items"].items()):
        of_parts = [part["items"][key] for part in told if key in part["items"]]
        if 0 < item["n"] - sum(one["n"] for one in of_parts) < manifest.k:
            counts = [
                sum(column) for column in zip(*(one["counts"] for one in of_parts), strict=True)
            ]
            whole["items"].pop(key)
            if of_parts:
                whole["items"][key] = {"n": sum(counts), "counts": counts}
    return [*told, whole]


def _told(manifest: Manifest, group: Group, members: Sequence[Sheet]) -> dict[str, Any]:
    items: dict[str, Any] = {}
    for item in manifest.items.values():
        chosen = Counter(sheet.answers.get(item.key) for sheet in members)
        counts = [chosen[point] for point in item.points]
        if sum(counts) >= manifest.k:
            items[item.key] = {"n": sum(counts), "counts": counts}
    return {"key": group.key, "kind": group.kind, "answered": len(members), "items": items}


def comments_of(
    manifest: Manifest, sheets: Iterable[tuple[str, Sheet]], random: Random
) -> list[dict[str, str]]:
    """Loose comments at the lowest level with enough respondents and comments (R9), shuffled.

    What stays below that at the whole is not told. A comment says its group, its question and the
    audience its writer chose; never whose sheet it stood on.
    """
    rules = manifest.document["rules"]
    sheets = list(sheets)
    waiting: dict[tuple[str, str], list[dict[str, str]]] = {}
    respondents: dict[str, int] = {}
    for cell, sheet in sheets:
        respondents[cell] = respondents.get(cell, 0) + 1
        for item, remark in sheet.comments.items():
            waiting.setdefault((cell, item), []).append(
                {"item": item, "text": remark.text, "audience": remark.audience}
            )
    told: list[dict[str, str]] = []
    levels = [
        (cell.key, cell.parent, (cell.key,)) for cell in sorted(
            manifest.cells.values(), key=lambda one: one.key
        )
    ]  # fmt: skip
    nodes = [
        (node, parent, tuple(cells_below(manifest, node)))
        for node, parent in reversed(list(manifest.parents.items()))
    ]
    for place, above, cells in [*levels, *nodes]:
        is_large = sum(respondents.get(cell, 0) for cell in cells) >= rules["comment_respondents"]
        for item in manifest.items:
            remarks = waiting.pop((place, item), [])
            if is_large and len(remarks) >= rules["comment_count"]:
                told.extend({"group": place, **remark} for remark in remarks)
            elif above is not None and remarks:
                waiting.setdefault((above, item), []).extend(remarks)
    random.shuffle(told)
    return told
