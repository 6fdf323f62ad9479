"""Instruments come with the product, are copied, imported and retired; what was asked stands."""

import copy
import json
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.utils.translation import override

from engagement import times
from engagement.people.models import AuditEntry, Person
from surveys import actions
from surveys.actions import instruments as module
from surveys.models import Instrument, InstrumentVersion
from tests import factories
from tests.surveys.factories import content, make_survey, make_version

AT = times.now()


@pytest.fixture
def hr(db: None) -> Person:
    person = factories.make_person("Kari", "Lund")
    factories.give_role(person, "hr")
    return person


@pytest.fixture(autouse=True)
def english() -> Any:
    with override("en"):
        yield


def as_file(document: Any) -> bytes:
    return json.dumps(document).encode()


def test_loading_shipped_instruments_again_changes_nothing(db: None) -> None:
    assert actions.load_shipped_instruments(at=AT) == 5
    before = list(InstrumentVersion.objects.order_by("pk").values())
    assert actions.load_shipped_instruments(at=AT) == 0
    assert list(InstrumentVersion.objects.order_by("pk").values()) == before
    assert Instrument.objects.filter(is_shipped=True).in_use().count() == 5


def test_prepare_brings_the_shipped_instruments(
    db: None, settings: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DATA_DIR = tmp_path
    settings.STATIC_ROOT = tmp_path / "static"
    settings.DEMO = True
    monkeypatch.setattr("engagement.management.commands.prepare.call_command", lambda *a, **k: None)
    call_command("prepare")
    assert Instrument.objects.filter(key="psychological_safety", is_shipped=True).exists()


def test_removing_a_file_removes_the_instrument_unless_it_was_asked(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    used, unused = content("used"), content("unused")
    monkeypatch.setattr(module, "shipped_documents", lambda: [used, unused])
    actions.load_shipped_instruments(at=AT)
    make_survey("open", version=InstrumentVersion.objects.get(instrument__key="used"))
    monkeypatch.setattr(module, "shipped_documents", list)
    actions.load_shipped_instruments(at=AT)
    assert list(Instrument.objects.values_list("key", "retired_at")) == [("used", AT)]


def test_shipped_file_that_changed_without_a_number_leaves_what_was_asked(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = content("used")
    changed = copy.deepcopy(document)
    changed["items"][0]["text"]["en"] = "Something else."
    monkeypatch.setattr(module, "shipped_documents", lambda: [document])
    actions.load_shipped_instruments(at=AT)
    monkeypatch.setattr(module, "shipped_documents", lambda: [changed])
    actions.load_shipped_instruments(at=AT)
    version = InstrumentVersion.objects.get()
    assert version.content == changed
    make_survey("open", version=version)
    monkeypatch.setattr(module, "shipped_documents", lambda: [document])
    actions.load_shipped_instruments(at=AT)
    version.refresh_from_db()
    assert version.content == changed


# --- the database ---------------------------------------------------------------------------------


def refused(change: Any) -> str:
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        change()
    return str(caught.value)


def test_database_refuses_to_change_or_delete_what_was_asked(db: None) -> None:
    version = make_version(content("used"))
    rows = InstrumentVersion.objects.filter(pk=version.pk)
    assert rows.update(content=content("used", source="Other words.")) == 1
    assert rows.update(first_asked_at=AT) == 1
    before = rows.values().get()
    words = "Version 1 of this instrument has been asked: it cannot be"
    other = make_version(content("other"))
    for change in (
        {"content": {}},
        {"number": 2},
        {"first_asked_at": None},
        {"first_asked_at": times.now()},
        {"instrument": other.instrument},
    ):
        assert f"{words} changed" in refused(lambda change=change: rows.update(**change))
    assert f"{words} deleted" in refused(rows.delete)
    assert f"{words} deleted" in refused(Instrument.objects.get(key="used").delete)
    assert rows.values().get() == before


def test_author_of_an_asked_version_can_be_forgotten(hr: Person) -> None:
    version = make_version(content("used"), created_by=hr, first_asked_at=AT)
    hr.roles.all().delete()
    hr.delete()
    version.refresh_from_db()
    assert version.created_by is None


# --- one's own -------------------------------------------------------------------------------------


def test_create_instrument_makes_version_one_and_logs_it(hr: Person) -> None:
    version = actions.create_instrument(document=content("ours", version=7), by=hr, at=AT)
    assert (version.instrument.key, version.number, version.content["version"]) == ("ours", 1, 1)
    assert not version.instrument.is_shipped
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.actor, entry.detail) == ("instrument-created", hr, {"name": "ours"})


def test_create_instrument_says_all_that_is_wrong(hr: Person) -> None:
    document = content("ours", source="")
    document["items"][0]["text"]["en"] = "x" * 301
    with pytest.raises(ValidationError) as caught:
        actions.create_instrument(document=document, by=hr, at=AT)
    assert caught.value.messages == [
        "items[0].text.en: is 301 characters long; at most 300 fit.",
        "source: is empty.",
    ]


def test_item_keys_belong_to_one_instrument(hr: Person) -> None:
    make_version(content("first"))
    document = content("second")
    document["items"][0]["key"] = "first.1"
    with pytest.raises(
        ValidationError, match=r"item key first\.1 belongs to the instrument “first”"
    ):
        actions.create_instrument(document=document, by=hr, at=AT)
    with pytest.raises(ValidationError, match="an instrument called “first” already"):
        actions.create_instrument(
            document=content("first", items=content("x")["items"]), by=hr, at=AT
        )


def test_next_version_leaves_the_first_alone(hr: Person) -> None:
    first = actions.create_instrument(document=content("ours"), by=hr, at=AT)
    second = actions.create_version(
        instrument=first.instrument,
        document=content("elsewhere") | {"source": "New."},
        by=hr,
        at=AT,
    )
    assert (second.number, second.content["key"], second.content["source"]) == (2, "ours", "New.")
    first.refresh_from_db()
    assert first.content == content("ours")


def test_change_version_until_it_is_asked(hr: Person) -> None:
    version = actions.create_instrument(document=content("ours"), by=hr, at=AT)
    actions.change_version(version=version, document=content("ours", source="B."), by=hr, at=AT)
    version.refresh_from_db()
    assert version.content["source"] == "B."
    InstrumentVersion.objects.update(first_asked_at=AT)
    with pytest.raises(ValidationError, match="Version 1 has been asked and stays as it is"):
        actions.change_version(version=version, document=content("ours"), by=hr, at=AT)


def test_shipped_instrument_is_copied_and_not_changed(hr: Person) -> None:
    actions.load_shipped_instruments(at=AT)
    shipped = InstrumentVersion.objects.get(instrument__key="psychological_safety")
    for refuse in (
        lambda: actions.create_version(
            instrument=shipped.instrument, document=shipped.content, by=hr, at=AT
        ),
        lambda: actions.change_version(version=shipped, document=shipped.content, by=hr, at=AT),
        lambda: actions.import_instrument_file(
            content=as_file(shipped.content | {"source": "Mine."}), by=hr, at=AT
        ),
    ):
        with pytest.raises(ValidationError, match="Copy it and change the copy"):
            refuse()
    made = actions.copy_instrument(instrument=shipped.instrument, key="trygghet", by=hr, at=AT)
    assert [item["key"] for item in made.content["items"]] == [f"trygghet.{n}" for n in range(1, 8)]
    assert made.content["source"] == shipped.content["source"]
    assert made.content["title"]["en"] == "Team psychological safety (copy)"
    with pytest.raises(ValidationError, match="may have a to z"):
        actions.copy_instrument(instrument=shipped.instrument, key="Å", by=hr, at=AT)


def test_import_is_a_new_instrument_then_a_new_version_then_nothing(hr: Person) -> None:
    first = actions.import_instrument_file(content=as_file(content("ours")), by=hr, at=AT)
    assert actions.import_instrument_file(content=as_file(content("ours")), by=hr, at=AT) == first
    changed = content("ours", source="Other words.")
    second = actions.import_instrument_file(
        content=b"\xef\xbb\xbf" + as_file(changed), by=hr, at=AT
    )
    assert (second.instrument, second.number) == (first.instrument, 2)
    assert actions.import_instrument_file(content=as_file(changed), by=hr, at=AT) == second
    assert InstrumentVersion.objects.count() == 2


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b" " * (256 * 1024 + 1), "at most 256 fit"),
        (b"PK\x03\x04\xff", "not an instrument file"),
        (b'{"key": 1, "key": 2}', "a key stands twice"),
        (b"[]", "The file: is not an object"),
        (b"[" * 5000, "not an instrument file"),
    ],
)
def test_import_refuses_what_is_no_instrument(hr: Person, data: bytes, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        actions.import_instrument_file(content=data, by=hr, at=AT)


def test_problems_beyond_twenty_are_counted(hr: Person) -> None:
    document = content("ours", items=[{}] * 10)
    with pytest.raises(ValidationError) as caught:
        actions.create_instrument(document=document, by=hr, at=AT)
    assert len(caught.value.messages) == 21
    assert caught.value.messages[-1] == "… and 50 more."


def test_retired_instrument_is_not_offered(hr: Person) -> None:
    version = actions.create_instrument(document=content("ours"), by=hr, at=AT)
    actions.retire_instrument(instrument=version.instrument, by=hr, at=AT)
    actions.retire_instrument(instrument=version.instrument, by=hr, at=times.now())
    assert Instrument.objects.in_use().count() == 0
    assert Instrument.objects.get().retired_at == AT
    assert AuditEntry.objects.filter(verb="instrument-retired").count() == 1
