"""Every file in the project that somebody else wrote, with its version and its SHA-256.

The fonts are cut down from the published ones by ``tests/vendor/cut_fonts.py``, so that a first
visit stays under 100 kB. All others are as published.

``python -m engagement.http.vendored`` checks them all and ends non-zero when one differs.
"""

import hashlib
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class Vendored:
    """One file from an npm package. ``sha256`` is of the file here, ``source_sha256`` of a font
    before it was cut down."""

    path: str
    package: str
    version: str
    licence: str
    sha256: str
    source_sha256: str = ""


FILES: tuple[Vendored, ...] = (
    Vendored(
        "engagement/static/vaffel/fonts/schibsted-grotesk-latin-wght-normal.woff2",
        "@fontsource-variable/schibsted-grotesk", "5.3.0", "OFL-1.1",
        "58896b2e912ba9ae903b20c6d4b7d4d3d76af131536871fd815ff4b49f7a62e9",
        source_sha256="4c8b93f431d462c696e12b9d6a033feb3394d36e66e781357c496b95d8a75e05",
    ),
    Vendored(
        "engagement/static/vaffel/fonts/schibsted-grotesk-latin-ext-wght-normal.woff2",
        "@fontsource-variable/schibsted-grotesk", "5.3.0", "OFL-1.1",
        "5c0aa7228e1bb4305a2fef08c2f2ffa0187f03ca465bf6b2eb2cd41d850a2898",
        source_sha256="ee9eeb232cc1fe7979dad813a570f4b19f1eb4496daf56c94ec9de63abdb2936",
    ),
    Vendored(
        "engagement/static/vaffel/vendor/htmx.min.js",
        "htmx.org", "2.0.11", "0BSD",
        "d6fdc75f204e6bdefa99b69bf1e6d4ac69b8a364f77929f45c13476b4000f717",
    ),
    Vendored(
        "engagement/wallboards/static/wallboards/twemoji.woff2",
        "twemoji-colr-font", "15.0.3", "OFL-1.1 (font), CC-BY-4.0 (drawings)",
        "598b6867d47954acab46edd6a9773d734b844d221d3a95834da7442d5df64f98",
    ),
    Vendored(
        "surveys/ballots/page/hpke.js",
        "hpke", "1.1.7", "MIT",
        "8a71aaf734b100b52a4dbaf0d73b33d0108f409c1681829fb3f74de37342914a",
    ),
    Vendored(
        "surveys/protocol/words.txt",
        "bip39 (its English list, a word a line)", "3.1.2", "ISC",
        "2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda",
    ),
    Vendored(
        "tests/vendor/axe.min.js",
        "axe-core", "4.14.1", "MPL-2.0",
        "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c",
    ),
    Vendored(
        "tests/vendor/acorn.js",
        "acorn", "8.19.0", "MIT",
        "b95392d79457d0357555c5ed3e56302d074b92dff119bcf3b44179500b10e9df",
    ),
)  # fmt: skip

# Where vendored scripts and fonts live: a file there that is not in the list is a fault too.
PLACES = ("engagement/static/vaffel/vendor", "engagement/static/vaffel/fonts", "tests/vendor")
KINDS = {".js", ".woff2", ".woff", ".wasm"}


def faults(root: Path = ROOT) -> list[str]:
    """A sentence for each file that is missing, differs or is not listed. Empty: all is well."""
    found = []
    for file in FILES:
        path = root / file.path
        if not path.is_file():
            found.append(f"{file.path} is missing. It is in {file.package} {file.version} on npm.")
        elif hashlib.sha256(path.read_bytes()).hexdigest() != file.sha256:
            found.append(f"{file.path} is not the one of {file.package} {file.version}.")
    listed = {file.path for file in FILES}
    for place in PLACES:
        for path in sorted((root / place).rglob("*")):
            name = path.relative_to(root).as_posix()
            if path.suffix in KINDS and name not in listed:
                found.append(f"{name} is not in the list in engagement/http/vendored.py.")
    return found


def main() -> int:
    """Prints what is wrong; the number to exit with."""
    wrong = faults()
    for sentence in wrong:
        print(sentence, file=sys.stderr)
    if not wrong:
        print(f"{len(FILES)} vendored files are as listed.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
