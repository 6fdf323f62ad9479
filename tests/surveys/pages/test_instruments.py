"""HR reads, writes, copies, retires, imports and exports instruments in the browser."""

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from engagement import times
from surveys.models import Instrument, InstrumentVersion
from tests import factories
from tests.conftest import sign_in
from tests.surveys.conftest import Asked
from tests.surveys.factories import content, make_survey, make_version

HUGE = "æ" * 20_000


@pytest.fixture
def hr(asked: Asked) -> Client:
    asked.hr.language = "en"
    asked.hr.save()
    return sign_in(Client(), asked.hr)


def url(name: str, *parts: Any) -> str:
    return reverse(f"surveys:{name}", args=parts)


def sent(*rows: dict[str, str], **facts: Any) -> dict[str, Any]:
    """The page of an instrument as a browser sends it; rows get the tokens 0, 1, 2, …"""
    data = {
        "title_nb": "Våre spørsmål", "title_en": "Our questions", "source": "Our own words.",
        "rights_nb": "Våre egne ord.", "rights_en": "Our own words.",
        "row": [str(token) for token in range(len(rows))],
    }  # fmt: skip
    for token, row in enumerate(rows):
        data |= {f"{name}-{token}": text for name, text in row.items()}
    return data | facts


def asking(number: int, **facts: str) -> dict[str, str]:
    words = {"text_nb": f"Spørsmål {number}?", "text_en": f"Question {number}?"}
    return {"key": "", **words, "scale": "agree5", "driver": "", "factor": "", **facts}


def as_sent(version: InstrumentVersion, **facts: Any) -> dict[str, Any]:
    """The page of ``version`` as it is, nothing changed."""
    document = version.content
    rows = [
        {
            "key": item["key"], "text_nb": item["text"]["nb"], "text_en": item["text"]["en"],
            "scale": item["scale"] or "-", "driver": item["driver"], "factor": item["factor"],
        } | ({"reversed": "on"} if item["reversed"] else {})
        for item in document["items"]
    ]  # fmt: skip
    texts = {
        f"{name}_{language}": document[name][language]
        for name in ("title", "intro", "rights")
        for language in ("nb", "en")
    }
    texts |= {
        f"theme_{language}-{key}": name
        for key, words in document["drivers"].items()
        for language, name in words.items()
    }
    least = (document["scoring"] or {}).get("min_answered", "")
    about = {"source": document["source"], "min_answered": least}
    return sent(*rows, **texts, **about, theme=list(document["drivers"])) | facts


def page_rows(answer: Any) -> list[Any]:
    return list(answer.context["form"].rows)


def asked_version() -> InstrumentVersion:
    return make_version(content("small"), first_asked_at=times.now())


# --- reading ------------------------------------------------------------------------------------


def test_list_leads_to_each_instrument(hr: Client) -> None:
    asked_version()
    page = hr.get(url("instruments")).content.decode()
    for instrument in Instrument.objects.all():
        assert url("instrument", instrument.key) in page
    assert url("instruments") in hr.get(url("index")).content.decode()
    assert url("instruments") in hr.get(url("manage")).content.decode()


def test_every_shipped_instrument_can_be_read_word_for_word(hr: Client) -> None:
    for version in InstrumentVersion.objects.select_related("instrument"):
        page = hr.get(url("instrument", version.instrument.key))
        assert page.status_code == 200
        items = [item for theme in page.context["themes"] for item in theme.items]
        assert len(items) == version.item_count
        assert items[0].text.nb in page.content.decode()


def test_earlier_version_leads_to_the_newest(hr: Client) -> None:
    asked_version()
    make_version(content("small", version=2))
    newest, earlier = (hr.get(url("instrument-version", "small", number)) for number in (2, 1))
    assert b"See the newest" in earlier.content
    assert b"See the newest" not in newest.content
    assert hr.get(url("instrument-version", "small", 3)).status_code == 404
    assert hr.get(url("instrument", "unheard")).status_code == 404


# --- who may ------------------------------------------------------------------------------------

READING = (("instruments",), ("instrument", "pulse"), ("instrument-version", "pulse", 1),
           ("export-instrument", "pulse", 1))  # fmt: skip
WRITING = (("create-instrument",), ("import-instrument",), ("change-instrument", "small", 1),
           ("create-instrument-version", "small"))  # fmt: skip
ACTS = (("create-instrument",), ("import-instrument",), ("change-instrument", "small", 1),
        ("create-instrument-version", "small"), ("copy-instrument", "small"),
        ("retire-instrument", "small"))  # fmt: skip


def test_agent_is_kept_out_everywhere(asked: Asked) -> None:
    make_version(content("small"))
    agent = sign_in(Client(), factories.make_person("Alice", "Aas", unit=asked.nordlys))
    assert {agent.get(url(*one)).status_code for one in (*READING, *WRITING)} == {403}
    assert {agent.post(url(*one), sent(asking(1))).status_code for one in ACTS} == {403}
    # Also of instruments that are not there.
    assert agent.get(url("instrument", "unheard")).status_code == 403
    assert not Instrument.objects.filter(retired_at__isnull=False).exists()
    assert Instrument.objects.filter(is_shipped=False).count() == 1


@pytest.mark.parametrize("role", ["safety_delegate", "union_representative", "administrator"])
def test_those_who_read_before_the_launch_cannot_change_anything(asked: Asked, role: str) -> None:
    make_version(content("small"))
    reader = factories.make_person("Lise", "Leser", unit=asked.department)
    factories.give_role(reader, role)
    client = sign_in(Client(), reader)
    assert {client.get(url(*one)).status_code for one in READING} == {200}
    assert {client.get(url(*one)).status_code for one in WRITING} == {403}
    assert {client.post(url(*one), sent(asking(1))).status_code for one in ACTS} == {403}
    assert (
        url("copy-instrument", "small")
        not in client.get(url("instrument", "small")).content.decode()
    )


@pytest.mark.parametrize("role", ["lead", "screen_keeper"])
def test_other_roles_read_nothing(asked: Asked, role: str) -> None:
    person = factories.make_person("Lars", "Leder", unit=asked.nordlys)
    factories.give_role(person, role, unit=asked.nordlys)
    client = sign_in(Client(), person)
    assert {client.get(url(*one)).status_code for one in READING} == {403}


# --- writing ------------------------------------------------------------------------------------


def test_questions_of_our_own_become_an_instrument(hr: Client) -> None:
    rows = (
        asking(1, driver="own_1", reversed="on"),
        asking(2, driver="workload", factor="workload"),
        asking(3, scale="-", reversed="on"),
    )
    theme = {"theme": "own_1", "theme_nb-own_1": "Kantina", "theme_en-own_1": "The canteen"}
    answer = hr.post(url("create-instrument"), sent(*rows, **theme))
    version = InstrumentVersion.objects.get(instrument__key="our_questions")
    assert answer["Location"] == url("instrument", "our_questions")
    assert [item["key"] for item in version.content["items"]] == [
        f"our_questions.{number}" for number in (1, 2, 3)
    ]
    first, second, last = version.content["items"]
    assert (first["reversed"], second["factor"]) == (True, "workload")
    assert (last["kind"], last["scale"], last["reversed"]) == ("text", None, False)
    assert version.content["drivers"]["our_questions_1"] == {"nb": "Kantina", "en": "The canteen"}
    assert set(version.content["drivers"]) == {"our_questions_1", "workload"}
    assert b"The canteen" in hr.get(answer["Location"]).content


def test_second_instrument_of_the_same_title_gets_another_key(hr: Client) -> None:
    for key in ("our_questions", "our_questions_2"):
        hr.post(url("create-instrument"), sent(asking(1)))
        assert Instrument.objects.filter(key=key).exists()


def test_from_a_draft_and_back(hr: Client) -> None:
    survey = make_survey("draft")
    address = f"{url('create-instrument')}?survey={survey.key}"
    assert url("edit", survey.key) in hr.get(address).content.decode()
    answer = hr.post(address, sent(asking(1)))
    assert answer["Location"] == f"{url('edit', survey.key)}#asked"
    for odd in ("x", "\0", HUGE, "x" * 15):
        assert hr.get(url("create-instrument"), {"survey": odd}).status_code == 200


def test_version_can_be_changed_until_it_is_asked(hr: Client) -> None:
    version = make_version(content("small"))
    page = hr.get(url("change-instrument", "small", 1))
    assert [row.key for row in page_rows(page)] == ["small.1", "small.2", "small.3"]
    data = as_sent(version, title_en="Smaller", row=["2", "0"])
    answer = hr.post(url("change-instrument", "small", 1), data)
    assert answer["Location"] == url("instrument-version", "small", 1)
    version.refresh_from_db()
    assert version.content["title"]["en"] == "Smaller"
    assert [item["key"] for item in version.content["items"]] == ["small.3", "small.1"]


def test_saving_an_unchanged_copy_changes_no_word(hr: Client) -> None:
    for key in Instrument.objects.filter(is_shipped=True).values_list("key", flat=True):
        answer = hr.post(url("copy-instrument", key))
        version = InstrumentVersion.objects.get(instrument__key=f"{key}_copy")
        before = version.content
        assert answer["Location"] == url("change-instrument", f"{key}_copy", 1)
        assert hr.get(answer["Location"]).status_code == 200
        assert hr.post(answer["Location"], as_sent(version)).status_code == 302
        version.refresh_from_db()
        assert version.content == before


def test_asked_version_stays_and_the_next_one_is_written(hr: Client) -> None:
    version = asked_version()
    before = version.content
    answer = hr.post(url("change-instrument", "small", 1), as_sent(version, title_en="Other"))
    assert answer["Location"] == url("instrument-version", "small", 1)
    assert hr.get(url("change-instrument", "small", 1)).status_code == 302
    version.refresh_from_db()
    assert version.content == before

    assert hr.get(url("create-instrument-version", "small")).status_code == 200
    data = as_sent(version, title_en="Other")
    data["row"] = ["0", "3"]
    data |= {f"{name}-3": text for name, text in asking(4).items()}
    hr.post(url("create-instrument-version", "small"), data)
    second = InstrumentVersion.objects.get(instrument__key="small", number=2)
    assert second.content["title"]["en"] == "Other"
    # The new question gets a number that no question ever had.
    assert [item["key"] for item in second.content["items"]] == ["small.1", "small.4"]
    # The second was not asked: it is changed, not followed by a third.
    assert hr.post(url("create-instrument-version", "small"), data).status_code == 302
    assert InstrumentVersion.objects.filter(instrument__key="small").count() == 2


def test_shipped_instrument_cannot_be_changed(hr: Client) -> None:
    version = InstrumentVersion.objects.get(instrument__key="pulse")
    before = version.content
    for address in (
        url("change-instrument", "pulse", 1),
        url("create-instrument-version", "pulse"),
    ):
        assert hr.get(address).status_code == 302
        assert hr.post(address, as_sent(version, title_en="Mine")).status_code == 302
    assert InstrumentVersion.objects.get(instrument__key="pulse").content == before


def test_copying_twice_makes_two(hr: Client) -> None:
    hr.post(url("copy-instrument", "pulse"))
    hr.post(url("copy-instrument", "pulse"))
    assert Instrument.objects.filter(key__in=["pulse_copy", "pulse_copy_2"]).count() == 2


def test_retired_instrument_says_so_and_retiring_again_is_harmless(hr: Client) -> None:
    asked_version()
    for _turn in range(2):
        answer = hr.post(url("retire-instrument", "small"))
        assert answer["Location"] == url("instrument", "small")
    assert Instrument.objects.get(key="small").retired_at is not None
    page = hr.get(url("instrument", "small")).content.decode()
    assert "Retired" in page
    assert url("retire-instrument", "small") not in page
    assert hr.get(url("retire-instrument", "small")).status_code == 405


# --- the page moves -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("order", "wanted"),
    [
        ("add", ["One", "Two", "", ""]),
        ("up:1", ["Two", "One", ""]),
        ("down:0", ["Two", "One", ""]),
        ("up:0", ["One", "Two", ""]),
        ("down:2", ["One", "Two", ""]),
        ("drop:0", ["Two", ""]),
        ("drop:9", ["One", "Two", ""]),
        ("nonsense", ["One", "Two", ""]),
        (HUGE, ["One", "Two", ""]),
    ],
)
def test_rearranging_keeps_what_was_typed_and_saves_nothing(
    hr: Client, order: str, wanted: list[str]
) -> None:
    rows = (asking(1, text_en="One"), asking(2, text_en="Two"), asking(3, text_en="", text_nb=""))
    data = sent(*rows, title_en="", title_nb="Halvferdig", min_answered="x", order=order)
    answer = hr.post(url("create-instrument"), data)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert [row.text_en for row in page_rows(answer)] == wanted
    assert "Halvferdig" in page
    # Nothing was checked, so nothing is called wrong.
    assert "errorlist" not in page
    assert "aria-invalid" not in page
    assert not Instrument.objects.filter(is_shipped=False).exists()


def own_scale(key: str, nb: str, en: str) -> dict[str, Any]:
    return {"own_scale": key, f"scale_nb-{key}": nb, f"scale_en-{key}": en}


def test_scale_of_our_own_can_be_written_and_chosen(hr: Client) -> None:
    answer = hr.post(url("create-instrument"), sent(asking(1), order="scale"))
    [scale] = answer.context["form"].own_scales
    labels = own_scale(scale.key, "Aldri\r\n\r\n Ofte ", "Never\r\n\r\nOften")
    answer = hr.post(url("create-instrument"), sent(asking(1), order="add", **labels))
    assert (scale.key, "Never – Often") in answer.context["form"].scale_choices
    answer = hr.post(url("create-instrument"), sent(asking(1, scale=scale.key), **labels))
    assert answer.status_code == 302
    content = InstrumentVersion.objects.get(instrument__key="our_questions").content
    assert content["items"][0]["scale"] == "our_questions_1"
    assert content["scales"] == {
        "our_questions_1": {
            "points": [1, 2, 3],
            "anchors": {"nb": ["Aldri", "", "Ofte"], "en": ["Never", "", "Often"]},
        }
    }


def test_eleven_labels_count_from_nought(hr: Client) -> None:
    labels = "\n".join(["Slett ikke", *[""] * 9, "Helt sikkert"])
    row = asking(1, scale="own_1")
    hr.post(url("create-instrument"), sent(row, **own_scale("own_1", labels, labels)))
    content = InstrumentVersion.objects.get(instrument__key="our_questions").content
    assert content["scales"]["our_questions_1"]["points"] == list(range(11))


def test_scale_with_other_labels_is_another_scale(hr: Client) -> None:
    row = asking(1, scale="own_1")
    hr.post(url("create-instrument"), sent(row, **own_scale("own_1", "Nei\nJa", "No\nYes")))
    version = InstrumentVersion.objects.get(instrument__key="our_questions")
    change = url("change-instrument", "our_questions", 1)
    same = own_scale("our_questions_1", "Nei\nJa", "No\nYes")
    row = asking(1, scale="our_questions_1", key="our_questions.1")
    assert hr.post(change, sent(row, **same)).status_code == 302
    version.refresh_from_db()
    assert list(version.content["scales"]) == ["our_questions_1"]
    other = own_scale("our_questions_1", "Nei\nKanskje\nJa", "No\nPerhaps\nYes")
    assert hr.post(change, sent(row, **other)).status_code == 302
    version.refresh_from_db()
    assert list(version.content["scales"]) == ["our_questions_2"]
    assert version.content["items"][0]["scale"] == "our_questions_2"


@pytest.mark.parametrize(
    ("nb", "en"),
    [
        ("Aldri", "Never"),
        ("Aldri\nOfte", "Never\nSometimes\nOften"),
        ("Aldri\nOfte", ""),
        ("\n".join("abcdefghijkl"), "\n".join("abcdefghijkl")),
        ("Aldri\n" + "o" * 61, "Never\nOften"),
    ],
)
def test_scale_that_cannot_be_is_told_of_where_it_stands(hr: Client, nb: str, en: str) -> None:
    row = asking(1, scale="own_1")
    answer = hr.post(url("create-instrument"), sent(row, **own_scale("own_1", nb, en)))
    assert answer.status_code == 422
    form = answer.context["form"]
    [scale] = form.own_scales
    assert scale.error
    assert scale.error in form.non_field_errors()
    assert (scale.nb, scale.en) == (nb, en)
    assert not Instrument.objects.filter(key="our_questions").exists()


def test_two_instruments_never_share_the_key_of_a_theme(hr: Client) -> None:
    names = {"theme_nb-own_1": "Kantina", "theme_en-own_1": "The canteen"}
    for title in ("Our questions", "More questions"):
        data = sent(asking(1, driver="own_1"), theme="own_1", **names, title_en=title)
        assert hr.post(url("create-instrument"), data).status_code == 302
    own = Instrument.objects.filter(is_shipped=False)
    keys = [key for one in own for key in one.versions.get().content["drivers"]]
    assert sorted(keys) == ["more_questions_1", "our_questions_1"]


def test_new_theme_can_be_named_and_chosen(hr: Client) -> None:
    answer = hr.post(url("create-instrument"), sent(asking(1), order="theme"))
    [theme] = answer.context["form"].themes
    data = sent(asking(1), theme=theme.key, order="add")
    data |= {f"theme_nb-{theme.key}": "Kantina", f"theme_en-{theme.key}": "The canteen"}
    answer = hr.post(url("create-instrument"), data)
    assert (theme.key, "The canteen") in answer.context["form"].driver_choices
    assert "Kantina" in answer.content.decode()


def test_page_has_room_for_a_hundred_questions(hr: Client) -> None:
    rows = [asking(number) for number in range(100)]
    answer = hr.post(url("create-instrument"), sent(*rows, order="add"))
    assert len(page_rows(answer)) == 100
    assert hr.post(url("create-instrument"), sent(*rows)).status_code == 302


# --- what is refused ----------------------------------------------------------------------------


def test_empty_page_is_refused_at_its_fields(hr: Client) -> None:
    answer = hr.post(url("create-instrument"), {})
    form = answer.context["form"]
    assert answer.status_code == 422
    assert {"title_nb", "title_en", "source", "rights_nb", "rights_en"} <= set(form.errors)
    assert "Write at least one question." in form.non_field_errors()


def test_wrong_question_is_told_beside_it(hr: Client) -> None:
    rows = (asking(1), asking(2, text_en="", scale="made_up", factor="fun", driver="nobody"))
    answer = hr.post(url("create-instrument"), sent(*rows))
    first, second = page_rows(answer)
    assert answer.status_code == 422
    assert not first.errors
    assert {"text_en", "scale", "factor", "driver"} <= set(second.errors)
    assert "Spørsmål 2?" in answer.content.decode()
    assert not Instrument.objects.filter(is_shipped=False).exists()


def test_score_over_different_scales_is_refused_at_its_field(hr: Client) -> None:
    rows = (asking(1), asking(2, scale="accurate7"))
    answer = hr.post(url("create-instrument"), sent(*rows, min_answered="1"))
    assert answer.status_code == 422
    assert "min_answered" in answer.context["form"].errors


@pytest.mark.parametrize("text", [HUGE, "a\0b", "a\u202eb", "\u200b"])
def test_huge_and_odd_texts_are_refused_everywhere(hr: Client, text: str) -> None:
    row = dict.fromkeys(("key", "text_nb", "text_en", "scale", "driver", "factor"), text)
    names = ("title_nb", "title_en", "intro_nb", "intro_en", "source", "rights_nb", "rights_en")
    data = sent(row, **dict.fromkeys(names, text), min_answered=text[:50], theme=["own_1", text])
    data |= {"theme_nb-own_1": text, "theme_en-own_1": text}
    answer = hr.post(url("create-instrument"), data)
    assert answer.status_code == 422
    assert {"text_nb", "text_en", "scale"} <= set(page_rows(answer)[0].errors)
    assert set(names) <= set(answer.context["form"].errors)
    assert not Instrument.objects.filter(is_shipped=False).exists()


def test_odd_tokens_make_no_questions(hr: Client) -> None:
    answer = hr.post(
        url("create-instrument"), sent(row=["", "-1", "x", "1" * 9, "5", "5"], order="add")
    )
    assert [row.token for row in page_rows(answer)] == ["5", "6"]


# --- files --------------------------------------------------------------------------------------


def upload(client: Client, body: bytes) -> Any:
    return client.post(url("import-instrument"), {"file": SimpleUploadedFile("a.json", body)})


def test_saved_file_can_be_imported_elsewhere(hr: Client) -> None:
    make_version(content("small"))
    answer = hr.get(url("export-instrument", "small", 1))
    assert answer["Content-Disposition"] == 'attachment; filename="small-1.json"'
    # The same file again is the same version.
    assert upload(hr, answer.content)["Location"] == url("instrument", "small")
    assert InstrumentVersion.objects.filter(instrument__key="small").count() == 1
    Instrument.objects.get(key="small").delete()
    assert upload(hr, answer.content)["Location"] == url("instrument", "small")
    version = InstrumentVersion.objects.get(instrument__key="small")
    assert version.content == content("small")


def test_file_with_a_wrong_scale_is_refused_whole(hr: Client) -> None:
    document = content("small")
    document["items"][1]["scale"] = "agree6"
    document["scales"]["agree5"]["points"] = [1, 2, 3, 4]
    answer = upload(hr, json.dumps(document).encode())
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Nothing was imported" in page
    assert "items[1].scale: names no scale of this file." in page
    assert "has 5 anchors for 4 points" in page
    assert not Instrument.objects.filter(is_shipped=False).exists()


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff\xfe", b"[" * 5000, b"x" * (256 * 1024 + 1), b"null"]
)
def test_what_is_no_instrument_file_is_refused(hr: Client, body: bytes) -> None:
    assert upload(hr, body).status_code == 422
    assert not Instrument.objects.filter(is_shipped=False).exists()


def test_no_file_at_all_is_told(hr: Client) -> None:
    answer = hr.post(url("import-instrument"), {})
    assert answer.status_code == 422
    assert b"Choose a file first." in answer.content


def test_file_of_a_shipped_instrument_is_refused(hr: Client) -> None:
    document = json.loads(hr.get(url("export-instrument", "pulse", 1)).content)
    document["title"]["en"] = "Mine"
    assert upload(hr, json.dumps(document).encode()).status_code == 422
    assert InstrumentVersion.objects.filter(instrument__key="pulse").count() == 1
