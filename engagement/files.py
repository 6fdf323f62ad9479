"""Reading tables that strangers made: CSV and XLSX, within limits, as text.

Knows nothing of what a table means. A file that cannot be read raises `FileRefused` with the key
of a reason; everything in it comes out as plain strings, formulas as what they last showed.
"""

import csv
import datetime as dt
import io
import re
import unicodedata
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

import python_calamine

from engagement.text import is_blank

MEGABYTE = 1024 * 1024
MOST_BYTES = 10 * MEGABYTE
MOST_ROWS = 20_000
MOST_COLUMNS = 60
MOST_CHARACTERS = 500

# What an XLSX may become when it is unpacked.
MOST_UNPACKED = 100 * MEGABYTE
MOST_RATIO = 100
# Below this a part may be squeezed as hard as it likes: small sheets of blanks are no bombs.
RATIO_COUNTS_FROM = MEGABYTE
MOST_PARTS = 1000
MOST_ELEMENTS = 6_000_000

# All that calamine is given beside the first sheet.
NEEDED_PARTS = {
    "[content_types].xml",
    "_rels/.rels",
    "xl/workbook.xml",
    "xl/_rels/workbook.xml.rels",
    "xl/sharedstrings.xml",
    "xl/styles.xml",
}

ZIP_MAGIC = b"PK\x03\x04"
OLD_OFFICE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
CHUNK = 256 * 1024

# The csv module's own limit (131 072) would end the whole file at one long cell; ours names it.
csv.field_size_limit(MOST_BYTES + 1)


class FileRefused(Exception):
    """The file as a whole cannot be read. ``reason`` is a key, ``facts`` fill its sentence."""

    def __init__(self, reason: str, *, row: int | None = None, **facts: object) -> None:
        super().__init__(reason)
        self.reason = reason
        self.row = row
        self.facts = facts


@dataclass(slots=True)
class CellProblem:
    """A cell that cannot be used. Column numbers count from 0."""

    row: int
    column: int
    value: str
    reason: str


@dataclass(slots=True)
class Table:
    """A heading and the rows below it. Row numbers are those a spreadsheet shows (heading: 1)."""

    heading: list[str]
    rows: list[tuple[int, list[str]]]
    problems: list[CellProblem] = field(default_factory=list)


def shortened(value: str, most: int = 60) -> str:
    """``value`` as an error shows it: one line, no more than ``most`` characters, nothing unseen."""
    seen = "".join(c if c.isprintable() else "�" for c in value[: most * 2].replace("\n", " "))
    return seen if len(seen) <= most and len(value) <= most * 2 else seen[: most - 1] + "…"


def read_table(content: bytes) -> Table:
    """The first sheet of an XLSX, or a CSV; which of them is read from the content, not the name."""
    if len(content) > MOST_BYTES:
        raise FileRefused("file_too_large", most=MOST_BYTES // MEGABYTE)
    if not content.strip():
        raise FileRefused("file_empty")
    if content.startswith(OLD_OFFICE_MAGIC):
        # Both the format before 2007 and a workbook with a password wear this coat.
        encrypted = "EncryptedPackage".encode("utf-16-le") in content
        raise FileRefused("file_encrypted" if encrypted else "file_old_excel")
    if content.startswith((b"PK\x05\x06", ZIP_MAGIC)):
        return _table(_xlsx_rows(content))
    return _table(_csv_rows(content))


def _table(numbered: Iterator[tuple[int, list[str], list[CellProblem]]]) -> Table:
    heading: list[str] | None = None
    table = Table([], [])
    for number, cells, problems in numbered:
        if not any(cell.strip() for cell in cells):
            continue
        if heading is None:
            heading = _trimmed(cells)
            if len(heading) > MOST_COLUMNS:
                raise FileRefused("too_many_columns", row=number, most=MOST_COLUMNS)
            if any(len(cell) > MOST_CHARACTERS for cell in heading):
                raise FileRefused("heading_too_long", row=number)
            table.heading = heading
            continue
        if len(table.rows) >= MOST_ROWS:
            raise FileRefused("too_many_rows", most=MOST_ROWS)
        table.problems += problems
        table.rows.append((number, _checked(table, number, cells)))
    if heading is None:
        raise FileRefused("file_empty")
    if not table.rows:
        raise FileRefused("only_heading")
    return table


def _trimmed(cells: list[str]) -> list[str]:
    last = max((i for i, cell in enumerate(cells) if cell.strip()), default=-1)
    return [cell.strip() for cell in cells[: last + 1]]


def _checked(table: Table, number: int, cells: list[str]) -> list[str]:
    width = len(table.heading)
    for column, cell in enumerate(cells[width:], start=width):
        if cell.strip():
            table.problems.append(CellProblem(number, column, shortened(cell), "beyond_heading"))
            break
    row = [*cells[:width], *([""] * (width - len(cells)))]
    for column, cell in enumerate(row):
        if len(cell) > MOST_CHARACTERS:
            table.problems.append(CellProblem(number, column, shortened(cell), "cell_too_long"))
            row[column] = ""
        elif cell and (reason := _hidden_character(cell)):
            table.problems.append(CellProblem(number, column, shortened(cell), reason))
            row[column] = ""
        elif not cell.isascii():
            row[column] = _without_invisible(cell)
    return row


# Marks that turn the reading direction make a name look like another one.
_TURNING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_STACKED = re.compile(r"[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]{4,}")


def _hidden_character(cell: str) -> str:
    if _CONTROL.search(cell):
        return "control_character"
    if cell.isascii():
        return ""
    if _TURNING.search(cell):
        return "turning_character"
    return "stacked_accents" if _STACKED.search(cell) else ""


def _without_invisible(cell: str) -> str:
    """Drops characters of no width (copied along from web pages) and makes odd spaces plain."""
    composed = unicodedata.normalize("NFC", cell)
    plain = "".join(" " if unicodedata.category(c) in {"Zs", "Zl", "Zp"} else c for c in composed)
    return "".join(
        c for c in plain if unicodedata.category(c) not in {"Cf", "Co"} and not is_blank(c)
    )


# --- CSV -------------------------------------------------------------------------------------------
def _decoded(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif b"\0" in content[:4096] and _looks_binary(content):
        raise FileRefused("not_a_table")
    else:
        encodings = ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise FileRefused("unknown_encoding")


def _looks_binary(content: bytes) -> bool:
    start = content[:4096]
    odd = sum(byte < 9 or 13 < byte < 32 for byte in start)
    return odd > len(start) // 20


def _csv_rows(content: bytes) -> Iterator[tuple[int, list[str], list[CellProblem]]]:
    text = _decoded(content)
    if content.startswith((b"%PDF", b"<!DOCTYPE", b"<html", b"<?xml", b"{\\rtf", b"\x89PNG")):
        raise FileRefused("not_a_table")
    number = 0
    named = re.match(r"sep=(.)\r?\n", text, re.IGNORECASE)
    if named:
        text = text[named.end() :]
        number = 1
    delimiter = named[1] if named else _delimiter(text)
    # strict: a forgotten quotation mark is named, instead of swallowing the rows after it.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise FileRefused("broken_quotes", row=number) from None
        if number > MOST_ROWS * 2:
            raise FileRefused("too_many_rows", most=MOST_ROWS)
        yield number, cells, []


def _delimiter(text: str) -> str:
    """The most frequent of ``;``, tab and ``,`` outside quotation marks in the heading."""
    heading = next((line for line in text.splitlines() if line.strip()), "")[:20_000]
    bare = re.sub(r'"[^"]*"', "", heading)
    return max(";\t,", key=bare.count)


# --- XLSX ------------------------------------------------------------------------------------------
def _xlsx_rows(content: bytes) -> Iterator[tuple[int, list[str], list[CellProblem]]]:
    inspected = inspect_xlsx(content)
    try:
        workbook = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(inspected.repacked))
        sheet = workbook.get_sheet_by_index(0)
        rows = sheet.to_python(skip_empty_area=False)
    except python_calamine.PasswordError:
        raise FileRefused("file_encrypted") from None
    except Exception:  # whatever a damaged workbook makes the library raise
        raise FileRefused("damaged_workbook") from None
    unread: dict[int, list[CellProblem]] = {}
    for row, column in inspected.formulas_without_value:
        problem = CellProblem(row, column, "=", "formula_without_value")
        unread.setdefault(row, []).append(problem)
    for number, cells in enumerate(rows, start=1):
        yield number, [text_of(cell) for cell in cells], unread.get(number, [])


def text_of(value: object) -> str:
    """A spreadsheet cell as the text a person reads: 1042.0 is "1042", a date is ISO."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, dt.datetime):
        at_midnight = value.time() == dt.time()
        return value.date().isoformat() if at_midnight else value.isoformat(" ", "seconds")
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, dt.time):
        return value.isoformat("minutes")
    return str(value)


@dataclass(slots=True)
class Inspected:
    """A workbook whose parts were unpacked under a counter, and packed again without surprises."""

    repacked: bytes
    formulas_without_value: list[tuple[int, int]]


def inspect_xlsx(content: bytes) -> Inspected:
    """Unpacks an XLSX with counted bytes and looks through its XML before any parser is let at it.

    The directory of a ZIP file may lie, so what it says is checked first and what comes out again.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = _unpacked(archive, _wanted(archive))
    except FileRefused:
        raise
    except (
        zipfile.BadZipFile,
        EOFError,
        OSError,
        ValueError,
        NotImplementedError,
        RuntimeError,
    ):
        raise FileRefused("damaged_workbook") from None
    except Exception:  # zlib, lzma and struct have errors of their own
        raise FileRefused("damaged_workbook") from None
    elements = 0
    formulas: list[tuple[int, int]] = []
    first_sheet = _first_sheet(parts)
    for name, part in parts.items():
        scan = _SheetScan() if name == first_sheet else _Scan()
        scan.read(part)
        if isinstance(scan, _SheetScan):
            formulas = scan.formulas_without_value
        elements += scan.elements
        if elements > MOST_ELEMENTS:
            raise FileRefused("unpacks_too_large")
    kept = {n: p for n, p in parts.items() if n == first_sheet or n.lower() in NEEDED_PARTS}
    return Inspected(_packed(kept), formulas)


def _wanted(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    entries = archive.infolist()
    if len(entries) > MOST_PARTS:
        raise FileRefused("unpacks_too_large")
    names = [entry.filename for entry in entries]
    if len(set(names)) != len(names):
        raise FileRefused("damaged_workbook")
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise FileRefused("file_encrypted")
    if "xl/workbook.xml" not in names:
        binary = "xl/workbook.bin" in names
        raise FileRefused("file_old_excel" if binary else "not_a_table")
    if sum(entry.file_size for entry in entries) > MOST_UNPACKED:
        raise FileRefused("unpacks_too_large")
    for entry in entries:
        too_dense = entry.file_size > MOST_RATIO * max(entry.compress_size, 1)
        if too_dense and entry.file_size > RATIO_COUNTS_FROM:
            raise FileRefused("unpacks_too_large")
    return entries


def _unpacked(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo]) -> dict[str, bytes]:
    """The XML parts, byte for byte counted while they come out. Pictures and macros stay behind."""
    total = 0
    parts: dict[str, bytes] = {}
    for entry in entries:
        if not entry.filename.endswith((".xml", ".rels")):
            continue
        buffer = bytearray()
        with archive.open(entry) as stream:
            while chunk := stream.read(CHUNK):
                total += len(chunk)
                buffer += chunk
                dense = len(buffer) > MOST_RATIO * max(entry.compress_size, 1)
                if total > MOST_UNPACKED or (dense and len(buffer) > RATIO_COUNTS_FROM):
                    raise FileRefused("unpacks_too_large")
        parts[entry.filename] = bytes(buffer)
    return parts


def _packed(parts: dict[str, bytes]) -> bytes:
    """Only what was looked at, uncompressed: nothing the inspection did not see is left in it."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return target.getvalue()


class _Scan:
    """Walks one XML part with expat: no document type, no entities, well formed."""

    def __init__(self) -> None:
        self.elements = 0

    def read(self, part: bytes) -> None:
        if not part.strip():
            return
        parser = expat.ParserCreate()
        parser.StartDoctypeDeclHandler = self._refuse_doctype
        parser.EntityDeclHandler = self._refuse_doctype
        parser.StartElementHandler = self.start
        parser.EndElementHandler = self.end
        try:
            parser.Parse(part, True)
        except expat.ExpatError:
            raise FileRefused("damaged_workbook") from None

    def _refuse_doctype(self, *facts: object) -> None:
        raise FileRefused("unsafe_workbook")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.elements += 1
        if self.elements > MOST_ELEMENTS:
            raise FileRefused("unpacks_too_large")

    def end(self, name: str) -> None:
        pass


_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")


class _SheetScan(_Scan):
    """Finds how far the filled cells reach: one cell at XFD1048576 would fill all memory."""

    def __init__(self) -> None:
        super().__init__()
        self.row = 0
        self.column = -1
        self.has_formula = False
        self.has_value = False
        self.formulas_without_value: list[tuple[int, int]] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        super().start(name, attributes)
        local = name.rpartition(":")[2]
        if local == "row":
            self.row = self._whole(attributes.get("r"), self.row + 1)
            self.column = -1
        elif local == "c":
            self._place(attributes.get("r"))
            self.has_formula = self.has_value = False
        elif local == "f":
            self.has_formula = True
        elif local in {"v", "is", "t"}:
            self.has_value = True

    def end(self, name: str) -> None:
        if name.rpartition(":")[2] != "c":
            return
        if self.has_value or self.has_formula:
            if self.row > MOST_ROWS * 2:
                raise FileRefused("too_many_rows", most=MOST_ROWS)
            if self.column >= MOST_COLUMNS:
                raise FileRefused("too_many_columns", row=self.row, most=MOST_COLUMNS)
        if self.has_formula and not self.has_value:
            self.formulas_without_value.append((self.row, self.column))

    def _place(self, reference: str | None) -> None:
        if reference is None:
            self.column += 1
            return
        found = _REFERENCE.fullmatch(reference)
        if found is None:
            raise FileRefused("damaged_workbook")
        letters, number = found.groups()
        self.column = -1
        for letter in letters:
            self.column = (self.column + 1) * 26 + ord(letter) - ord("A")
        self.row = int(number)

    @staticmethod
    def _whole(text: str | None, otherwise: int) -> int:
        if text is None:
            return otherwise
        if not text.isascii() or not text.isdecimal() or len(text) > 7:
            raise FileRefused("damaged_workbook")
        return int(text)


class _Values(_Scan):
    """Collects the attributes of the elements called ``wanted``."""

    def __init__(self, wanted: str) -> None:
        super().__init__()
        self.wanted = wanted
        self.found: list[dict[str, str]] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        super().start(name, attributes)
        if name.rpartition(":")[2] == self.wanted:
            plain = {key.rpartition(":")[2]: value for key, value in attributes.items()}
            self.found.append(plain | {f"ns:{k}": v for k, v in attributes.items() if ":" in k})


def _first_sheet(parts: dict[str, bytes]) -> str:
    """The name of the part that holds the first sheet, found the way calamine finds it."""
    sheets = _Values("sheet")
    sheets.read(parts["xl/workbook.xml"])
    relations = _Values("Relationship")
    relations.read(parts.get("xl/_rels/workbook.xml.rels", b""))
    if not sheets.found:
        raise FileRefused("damaged_workbook")
    identifiers = (
        v for k, v in sheets.found[0].items() if k.startswith("ns:") and k.endswith(":id")
    )
    wanted = next(identifiers, "")
    for relation in relations.found:
        if relation.get("Id") == wanted:
            target = relation.get("Target", "")
            name = target[1:] if target.startswith("/") else f"xl/{target}"
            if name in parts:
                return name
    raise FileRefused("damaged_workbook")
