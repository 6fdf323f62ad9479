"""Files that strangers made: what is read, and what is refused before it does harm."""

import io
import struct
import time
import zipfile

import pytest

from engagement.files import FileRefused, read_table, shortened
from tests.people.roster_files import xlsx_of, xlsx_with

SHEET = "xl/worksheets/sheet1.xml"
HEAD = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
TAIL = b"</sheetData></worksheet>"


def refusal(content: bytes) -> str:
    with pytest.raises(FileRefused) as refused:
        read_table(content)
    return refused.value.reason


@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_csv_in_every_dress_is_the_same(delimiter: str, encoding: str) -> None:
    text = f'Nr{delimiter}Navn\r\n007{delimiter}"Åse\nØdegård{delimiter}"\r\n\r\n8{delimiter}Æ\r\n'
    table = read_table(text.encode(encoding))
    assert table.heading == ["Nr", "Navn"]
    assert table.rows == [(2, ["007", f"Åse\nØdegård{delimiter}"]), (4, ["8", "Æ"])]


def test_excels_own_separator_line_is_understood() -> None:
    assert read_table(b"sep=;\r\na,b;c\r\n1;2\r\n").rows == [(3, ["1", "2"])]


def test_xlsx_cells_are_text_as_people_read_them() -> None:
    import datetime as dt

    table = read_table(
        xlsx_of([["a", "b", "c", "d", "e"], [1042.0, "0042", dt.date(2026, 1, 2), 1.5, True]])
    )
    assert table.rows == [(2, ["1042", "0042", "2026-01-02", "1.5", "TRUE"])]


def test_formula_is_what_it_last_showed_or_an_error() -> None:
    sheet = HEAD + (
        b'<row r="1"><c r="A1" t="str"><v>nr</v></c><c r="B1" t="str"><v>x</v></c></row>'
        b'<row r="2"><c r="A2"><f>1+1</f><v>2</v></c><c r="B2"><f>A2</f></c></row>'
    ) + TAIL  # fmt: skip
    table = read_table(xlsx_with({SHEET: sheet}))
    assert table.rows == [(2, ["2", ""])]
    assert [(p.row, p.column, p.reason) for p in table.problems] == [
        (2, 1, "formula_without_value")
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "file_empty"),
        (b" \r\n \n", "file_empty"),
        (b"a;b\r\n", "only_heading"),
        (b'a;b\r\n1;"x\r\n', "broken_quotes"),
        (b"a\r\n" + b"1\r\n" * 20_001, "too_many_rows"),
        (b";".join([b"a"] * 61) + b"\r\n1", "too_many_columns"),
        (b"%PDF-1.7 whatever", "not_a_table"),
        (b"\x7fELF" + bytes(range(32)) * 40, "not_a_table"),
        (b"PK\x03\x04 not a zip at all", "damaged_workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "file_old_excel"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            "file_encrypted",
        ),
        (b"x" * (10 * 1024 * 1024 + 1), "file_too_large"),
        (b"\x81\x8d;\x8f\r\n1;2", "unknown_encoding"),
    ],
)
def test_file_is_refused_with_a_reason(content: bytes, reason: str) -> None:
    assert refusal(content) == reason


def test_cell_beyond_the_heading_is_a_problem() -> None:
    table = read_table(b"a;b\n1;2;3\n")
    assert [(p.row, p.column, p.reason) for p in table.problems] == [(2, 2, "beyond_heading")]


def zip_of(parts: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return target.getvalue()


def test_zip_that_is_no_workbook_is_refused() -> None:
    assert refusal(zip_of({"hello.txt": b"x"})) == "not_a_table"
    assert refusal(zip_of({"xl/workbook.bin": b"x"})) == "file_old_excel"


def test_bomb_is_refused_quickly() -> None:
    bomb = xlsx_with({"xl/sharedStrings.xml": b" " * (300 * 1024 * 1024)})
    assert len(bomb) < 1024 * 1024
    started = time.process_time()
    assert refusal(bomb) == "unpacks_too_large"
    assert time.process_time() - started < 0.5


def test_bomb_whose_directory_lies_is_refused() -> None:
    """The directory says 1000 bytes; unpacking is counted and stops at the limit."""
    size = 300 * 1024 * 1024
    bomb = bytearray(xlsx_with({"xl/zzz.xml": b" " * size}))
    lie = struct.pack("<L", 1000)
    truth = struct.pack("<L", size)
    assert bomb.count(truth) == 2
    bomb = bytearray(bytes(bomb).replace(truth, lie))
    assert refusal(bytes(bomb)) in {"unpacks_too_large", "damaged_workbook"}


def test_many_parts_are_refused() -> None:
    assert refusal(xlsx_with({f"x{i}.xml": b"" for i in range(1001)})) == "unpacks_too_large"


def test_cell_at_the_far_end_does_not_fill_memory() -> None:
    row = b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    assert refusal(xlsx_with({SHEET: HEAD + row + TAIL})) == "too_many_rows"
    row = b'<row r="1"><c r="A1"><v>1</v></c><c r="XFD1"><v>1</v></c></row>'
    assert refusal(xlsx_with({SHEET: HEAD + row + TAIL})) == "too_many_columns"


def test_formatted_but_empty_cells_are_no_rows() -> None:
    rows = (
        b'<row r="1"><c r="A1"><v>1</v></c></row><row r="2"><c r="A2"><v>2</v></c></row>'
        b'<row r="1048576"><c r="XFD1048576" s="0"/></row>'
    )
    assert read_table(xlsx_with({SHEET: HEAD + rows + TAIL})).rows == [(2, ["2"])]


@pytest.mark.parametrize(
    "part", [SHEET, "xl/workbook.xml", "xl/sharedStrings.xml", "xl/styles.xml"]
)
def test_entity_bomb_is_refused(part: str) -> None:
    bomb = (
        b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
        b"<worksheet><sheetData>&b;</sheetData></worksheet>"
    )
    assert refusal(xlsx_with({part: bomb})) == "unsafe_workbook"


def test_outside_entity_is_refused() -> None:
    outside = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><worksheet>&a;</worksheet>'
    assert refusal(xlsx_with({SHEET: outside})) == "unsafe_workbook"


def test_broken_xml_is_refused() -> None:
    assert refusal(xlsx_with({SHEET: b"<worksheet><sheetData>"})) == "damaged_workbook"


def test_what_is_shown_of_a_value_is_short_and_visible() -> None:
    assert shortened("x" * 5_000_000) == "x" * 59 + "…"
    assert shortened("a\u202eb\nc") == "a�b c"
