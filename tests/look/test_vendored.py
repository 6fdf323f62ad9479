import shutil
from pathlib import Path

from engagement.http import vendored


def copy_of_the_files(root: Path) -> None:
    for file in vendored.FILES:
        (root / file.path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(vendored.ROOT / file.path, root / file.path)


def test_vendored_files_are_as_listed() -> None:
    assert vendored.faults() == []


def test_vendored_file_that_differs_is_told(tmp_path: Path) -> None:
    copy_of_the_files(tmp_path)
    htmx = tmp_path / "engagement/static/vaffel/vendor/htmx.min.js"
    htmx.write_text(htmx.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert vendored.faults(tmp_path) == [
        "engagement/static/vaffel/vendor/htmx.min.js is not the one of htmx.org 2.0.11."
    ]


def test_vendored_file_that_is_missing_is_told(tmp_path: Path) -> None:
    copy_of_the_files(tmp_path)
    (tmp_path / "tests/vendor/axe.min.js").unlink()
    assert vendored.faults(tmp_path) == [
        "tests/vendor/axe.min.js is missing. It is in axe-core 4.14.1 on npm."
    ]


def test_vendored_file_nobody_listed_is_told(tmp_path: Path) -> None:
    copy_of_the_files(tmp_path)
    (tmp_path / "engagement/static/vaffel/vendor/stray.js").write_text("1", encoding="utf-8")
    assert vendored.faults(tmp_path) == [
        "engagement/static/vaffel/vendor/stray.js is not in the list in "
        "engagement/http/vendored.py."
    ]
