"""The key files of the demo's witnessed surveys. A visitor plays the witness and needs them.

In a real organisation a witness's browser makes the file and nobody else has it. Here it lies in
``DATA_DIR/demo-keys``, beside its passphrase, for whoever sits at this machine.
"""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from engagement.people.access import is_key
from surveys.models import Survey
from surveys.protocol.keyfile import write_key_file
from surveys.protocol.manifest import words
from surveys.protocol.sealing import new_counting_key

WORDS = 6
_ENDING = "-key.json"


@dataclass(frozen=True)
class DemoKey:
    """A key file and the words that open it."""

    survey: str
    path: Path
    passphrase: str


def folder() -> Path:
    """Where the files lie; only we may enter."""
    path = Path(settings.DATA_DIR) / "demo-keys"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def passphrase() -> str:
    """Six words, the same for every file of this demo."""
    path = folder() / "passphrase.txt"
    if not path.exists():
        _write(path, " ".join(words(secrets.token_bytes(32))[:WORDS]) + "\n")
    return path.read_text().strip()


def make_key(survey: Survey) -> bytes:
    """Makes the counting key of ``survey``, keeps its file, and returns the public half."""
    private, public = new_counting_key()
    text = write_key_file(
        survey=survey.key, title=survey.title_nb, private=private, passphrase=passphrase()
    )
    _write(folder() / f"{survey.key}{_ENDING}", text)
    return public


def find_key(survey: str) -> DemoKey | None:
    """The key of the survey called so, if the demo made one."""
    if not is_key(survey) or survey not in surveys_with_key():
        return None
    path = folder() / f"{survey}{_ENDING}"
    return DemoKey(survey, path, passphrase())


def surveys_with_key() -> list[str]:
    """The keys of the surveys whose key file the demo made."""
    return sorted(path.name.removesuffix(_ENDING) for path in folder().glob(f"*{_ENDING}"))


def _write(path: Path, text: str) -> None:
    fresh = path.with_name(f".{path.name}-{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    fresh.rename(path)
