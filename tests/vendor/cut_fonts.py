"""Cuts the published fonts down to what we use: `python tests/vendor/cut_fonts.py FOLDER`.

FOLDER is ``files/`` of the npm package @fontsource-variable/schibsted-grotesk 5.3.0. Needs fonttools
4.68 and brotli 1.2, which the project itself does not. Prints the new SHA-256 sums for
``engagement/http/vendored.py``.
"""

import hashlib
import sys
from pathlib import Path

from fontTools.subset import Options, Subsetter, parse_unicodes
from fontTools.ttLib import TTFont

TARGET = Path(__file__).resolve().parents[2] / "engagement/static/vaffel/fonts"
# Letters of European Latin. Kerning only in the first file: it cannot work between two files.
CUTS = {
    "latin": (
        "20-7E,A0-FF,131,152-153,2010-2026,2030,2039-203A,20AC,2122,2191,2193,2212",
        ["kern", "liga", "mark", "mkmk", "ccmp", "locl", "tnum", "pnum"],
    ),
    "latin-ext": ("100-17F,218-21B,1E9E", ["ccmp", "locl", "mark"]),
}
# Kerning below a hundredth of the type size is seen by nobody and weighs 4 kB.
LEAST_KERNING = 20


def drop_slight_kerning(font: TTFont) -> None:
    for lookup in font["GPOS"].table.LookupList.Lookup:
        for table in lookup.SubTable:
            pairs = getattr(table, "ExtSubTable", table)
            if type(pairs).__name__ != "PairPos":
                continue
            if pairs.Format == 1:
                for first in pairs.PairSet:
                    first.PairValueRecord = [
                        pair for pair in first.PairValueRecord if not is_slight(pair.Value1)
                    ]
                    first.PairValueCount = len(first.PairValueRecord)
                continue
            for first in pairs.Class1Record:
                for second in first.Class2Record:
                    if second.Value1 is not None and is_slight(second.Value1):
                        for name in list(vars(second.Value1)):
                            setattr(second.Value1, name, None if name.endswith("Device") else 0)


def is_slight(value: object) -> bool:
    return abs(getattr(value, "XAdvance", 0) or 0) < LEAST_KERNING


def main(folder: Path) -> None:
    for script, (letters, features) in CUTS.items():
        name = f"schibsted-grotesk-{script}-wght-normal.woff2"
        font = TTFont(folder / name, recalcTimestamp=False)
        subsetter = Subsetter(Options(layout_features=features))
        subsetter.populate(unicodes=parse_unicodes(letters))
        subsetter.subset(font)
        if "kern" in features:
            drop_slight_kerning(font)
        font.flavor = "woff2"
        font.save(TARGET / name)
        content = (TARGET / name).read_bytes()
        print(name, len(content), hashlib.sha256(content).hexdigest())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
