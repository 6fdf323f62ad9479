"""Translations: compiled at the start without tools, checked by `make check`."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

CHECKOUT = Path(__file__).resolve().parents[2]
LOCALE = CHECKOUT / "engagement" / "locale"
SOURCES = ("engagement", "surveys", "kudos", "events", "templates")
_PLACEHOLDER = re.compile(r"%\([a-z_A-Z0-9]+\)[sdif]|%[sdi]|\{[a-z_A-Z0-9]*\}")


def compile_stale(locale: Path, *, fallback: Path) -> list[Path]:
    """Writes the .mo of each .po that changed; beside it, else below ``fallback``.

    Returns what was written.
    """
    written = []
    for po in sorted(locale.glob("*/LC_MESSAGES/*.po")):
        beside = po.with_suffix(".mo")
        elsewhere = fallback / beside.relative_to(locale)
        if any(_is_fresh(mo, po) for mo in (beside, elsewhere)):
            continue
        try:
            _compile(po, beside)
            written.append(beside)
        except PermissionError:
            elsewhere.parent.mkdir(parents=True, exist_ok=True)
            _compile(po, elsewhere)
            written.append(elsewhere)
    return written


def _is_fresh(mo: Path, po: Path) -> bool:
    return mo.exists() and mo.stat().st_mtime >= po.stat().st_mtime


def _compile(po: Path, mo: Path) -> None:
    # Two that start at once each write their own, and either is whole.
    fresh = mo.with_suffix(f".mo.{os.getpid()}")
    with fresh.open("wb") as file:
        write_mo(file, read(po))
    fresh.replace(mo)


def read(po: Path) -> Catalog:
    with po.open("rb") as file:
        return read_po(file, locale=po.parts[-3], abort_invalid=True)


def problems(po: Path) -> Iterator[str]:
    """What is missing, doubtful or would break in this catalogue."""
    catalog = read(po)
    for message in catalog:
        if message.id:
            yield from (f"{po}: {problem}" for problem in _problems_of(message))


def _problems_of(message: Message) -> Iterator[str]:
    ids = message.id if isinstance(message.id, tuple | list) else (message.id,)
    strings = message.string if isinstance(message.string, tuple | list) else (message.string,)
    if not all(strings):
        yield f"not translated: {ids[0]!r}"
        return
    if message.fuzzy:
        yield f"fuzzy, decide: {ids[0]!r}"
    wanted = set(_PLACEHOLDER.findall(ids[-1]))
    translated = [set(_PLACEHOLDER.findall(string)) for string in strings if string]
    if any(held - wanted for held in translated):
        yield f"placeholder that the original does not have: {ids[0]!r}"
    if wanted - translated[-1]:
        yield f"placeholder lost: {ids[0]!r}"


def stale(po: Path) -> Iterator[str]:
    """Texts of the sources that ``po`` does not hold, and the other way round (needs gettext)."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for name in SOURCES:
            shutil.copytree(CHECKOUT / name, copy / name, ignore=shutil.ignore_patterns("locale"))
        (copy / "locale").mkdir()
        words = [sys.executable, "-m", "django", "makemessages", "-l", po.parts[-3], "-v", "0"]
        subprocess.run(words, cwd=copy, check=True, env=_without_settings())
        found = read(copy / "locale" / po.parts[-3] / "LC_MESSAGES" / "django.po")
    wanted = {_key(message) for message in found if message.id}
    held = {_key(message) for message in read(po) if message.id}
    yield from (f"{po}: not there yet: {key[0]!r}" for key in sorted(wanted - held))
    yield from (f"{po}: used nowhere: {key[0]!r}" for key in sorted(held - wanted))


def _without_settings() -> dict[str, str]:
    return {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8"}


def _key(message: Message) -> tuple[str, str]:
    first = message.id[0] if isinstance(message.id, tuple | list) else message.id
    return str(first), message.context or ""


def main() -> int:
    """Checks each catalogue; 1 when something is wrong."""
    catalogues = sorted(LOCALE.glob("*/LC_MESSAGES/django.po"))
    found = [line for po in catalogues for line in (*problems(po), *stale(po))]
    if not catalogues:
        found = [f"{LOCALE}: there is no catalogue; run `make messages`"]
    for line in found:
        sys.stderr.write(f"{line}\n")
    if found:
        sys.stderr.write(f"{len(found)} problems: run `make messages` and translate.\n")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
