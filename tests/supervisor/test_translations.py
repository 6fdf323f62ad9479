from pathlib import Path

from engagement.supervisor.translations import compile_stale, problems

HEAD = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n'
PLURAL = '"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n'


def _catalogue(tmp_path: Path, body: str) -> Path:
    po = tmp_path / "locale" / "nb" / "LC_MESSAGES" / "django.po"
    po.parent.mkdir(parents=True, exist_ok=True)
    po.write_text(HEAD + PLURAL + "\n" + body)
    return po


def test_catalogue_is_compiled_when_it_changed_and_only_then(tmp_path: Path) -> None:
    po = _catalogue(tmp_path, 'msgid "Thank you"\nmsgstr "Takk"\n')
    mo = po.with_suffix(".mo")
    assert compile_stale(tmp_path / "locale", fallback=tmp_path / "data") == [mo]
    assert b"Takk" in mo.read_bytes()
    assert compile_stale(tmp_path / "locale", fallback=tmp_path / "data") == []


def test_complete_catalogue_has_no_problems(tmp_path: Path) -> None:
    body = (
        'msgid "Thank %(name)s"\nmsgstr "Takk %(name)s"\n\n'
        'msgid "One card"\nmsgid_plural "%(count)s cards"\n'
        'msgstr[0] "Ett kort"\nmsgstr[1] "%(count)s kort"\n'
    )
    assert list(problems(_catalogue(tmp_path, body))) == []


def test_missing_fuzzy_and_broken_translations_are_told(tmp_path: Path) -> None:
    body = (
        'msgid "Feed"\nmsgstr ""\n\n'
        '#, fuzzy\nmsgid "Walls"\nmsgstr "Vegger"\n\n'
        'msgid "Thank %(name)s"\nmsgstr "Takk %(navn)s"\n'
    )
    po = _catalogue(tmp_path, body)
    assert list(problems(po)) == [
        f"{po}: not translated: 'Feed'",
        f"{po}: fuzzy, decide: 'Walls'",
        f"{po}: placeholder that the original does not have: 'Thank %(name)s'",
        f"{po}: placeholder lost: 'Thank %(name)s'",
    ]
