"""The pages: reporting, the queue, the words, the policy."""

from typing import Any

import pytest
from django.test import Client
from django.utils.translation import override

from engagement import times
from engagement.people import actions as people
from engagement.people.models import AuditEntry
from kudos import queries
from kudos.models import Decision, Kudos, KudosPolicy, Report, WarnedWord
from tests import factories
from tests.conftest import Cast, sign_in
from tests.kudos.moderation.cases import given, hr, report, said


@pytest.fixture(autouse=True)
def in_english(cast: Cast) -> None:
    for person in (cast.alice, cast.bob, cast.admin, cast.charlie):
        people.choose_language(person=person, language="en", by=person, at=times.now())


def text(answer: Any) -> str:
    return str(answer.content.decode())


# --- reporting ------------------------------------------------------------------------------------


def test_form_says_who_reads_the_name(as_bob: Client, cast: Cast) -> None:
    page = text(as_bob.get(f"/kudos/{given(cast).key}/report/"))
    assert "never hears who reported it" in page
    assert "Takk for hjelpen" in page


def test_report_is_sent_in_one_act(as_bob: Client, cast: Cast) -> None:
    kudos = given(cast)
    answer = as_bob.post(f"/kudos/{kudos.key}/report/", {"reason": "untrue", "note": "<b>Nei</b>"})
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/kudos/{kudos.key}/")
    made = Report.objects.get()
    assert (made.reporter, made.reason, made.note) == (cast.bob, "untrue", "<b>Nei</b>")


def test_comment_is_reported_at_its_own_address(as_alice: Client, cast: Cast) -> None:
    kudos = given(cast)
    comment = said(kudos, cast.bob)
    answer = as_alice.post(f"/kudos/{comment.key}/report/", {"reason": "other"})
    assert answer.headers["Location"] == f"/kudos/{kudos.key}/#{comment.key}"
    assert Report.objects.get().comment == comment


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"reason": "because"},
        {"reason": "hurtful", "note": "x" * 301},
        {"reason": "hurtful", "note": "x" * 100_000},
        {"reason": ["hurtful", "x"]},
    ],
)
def test_bad_report_is_answered_on_the_page(
    as_bob: Client, cast: Cast, sent: dict[str, Any]
) -> None:
    answer = as_bob.post(f"/kudos/{given(cast).key}/report/", sent)
    assert answer.status_code == 422
    assert Report.objects.count() == 0


def test_note_that_is_too_long_is_kept_on_the_page(as_bob: Client, cast: Cast) -> None:
    answer = as_bob.post(
        f"/kudos/{given(cast).key}/report/", {"reason": "hurtful", "note": "y" * 400}
    )
    assert "y" * 400 in text(answer)
    assert "400 characters" in text(answer)


def test_limit_is_explained_on_the_page(as_bob: Client, cast: Cast) -> None:
    for _ in range(10):
        report(given(cast), cast.bob)
    answer = as_bob.post(f"/kudos/{given(cast).key}/report/", {"reason": "other"})
    assert answer.status_code == 422
    assert "10 things within an hour" in text(answer)


@pytest.mark.parametrize("key", ["x", "k" + "0" * 14, "%00", "a" * 500, "..", "k'--"])
def test_unknown_key_is_404(as_admin: Client, cast: Cast, key: str) -> None:
    for address in (f"/kudos/{key}/report/", f"/kudos/{key}/hide/"):
        assert as_admin.get(address).status_code == 404
    for verb in ("hide", "keep", "undo", "restore"):
        assert as_admin.post(f"/kudos/reports/{key}/{verb}/").status_code == 404


def test_own_words_and_what_one_cannot_read_are_not_reported(
    as_alice: Client, as_charlie: Client, cast: Cast
) -> None:
    kudos = given(cast, audience="team")
    assert as_alice.get(f"/kudos/{kudos.key}/report/").status_code == 403
    assert as_charlie.get(f"/kudos/{kudos.key}/report/").status_code == 404


# --- the queue ------------------------------------------------------------------------------------


def test_queue_shows_text_reasons_notes_and_names(as_admin: Client, cast: Cast) -> None:
    kudos = given(cast, message="Vaffelhjernen")
    report(kudos, cast.bob, note="<i>Ikke greit</i>")
    report(kudos, cast.charlie, reason="untrue")
    page = text(as_admin.get("/kudos/reports/"))
    for shown in ("Vaffelhjernen", "2 reports", "Hurtful", "Not true", "Bob Berg", "Charlie Dahl"):
        assert shown in page
    assert "&lt;i&gt;Ikke greit&lt;/i&gt;" in page


def test_reported_praise_is_shown_as_from_a_customer(
    as_admin: Client, as_charlie: Client, cast: Cast
) -> None:
    """Whoever passed it on answers for it, but never thanked anybody."""
    kudos = given(cast, is_from_customer=True)
    report(kudos, cast.bob)
    for page in (as_charlie.get(f"/kudos/{kudos.key}/report/"), as_admin.get("/kudos/reports/")):
        shown = text(page)
        assert "<b><bdi>A customer</bdi></b> thanks" in shown
        assert "<bdi>Alice" not in shown
        assert f"Passed on by {cast.alice.name}" in shown


def test_oldest_report_comes_first(as_admin: Client, cast: Cast) -> None:
    first, second = given(cast), given(cast)
    report(second, cast.bob)
    report(first, cast.bob)
    report(second, cast.charlie)
    cases = queries.waiting_cases(cast.admin, at=times.now()).items
    assert [(case.thing, len(case.reports)) for case in cases] == [(second, 2), (first, 1)]


def test_one_click_hides_and_offers_to_undo(as_admin: Client, cast: Cast) -> None:
    kudos = given(cast)
    report(kudos, cast.bob)
    page = text(as_admin.post(f"/kudos/reports/{kudos.key}/hide/", follow=True))
    decision = Decision.objects.get()
    assert f"/kudos/reports/{decision.key}/undo/" in page
    assert "Nothing waits for you" in page
    as_admin.post(f"/kudos/reports/{decision.key}/undo/")
    assert "Takk for hjelpen" in text(as_admin.get("/kudos/reports/"))


def test_one_click_keeps(as_admin: Client, cast: Cast) -> None:
    kudos = given(cast)
    report(kudos, cast.bob)
    as_admin.post(f"/kudos/reports/{kudos.key}/keep/")
    assert Decision.objects.get().outcome == "kept"


def test_second_moderator_is_told_that_it_is_decided(as_admin: Client, cast: Cast) -> None:
    kudos = given(cast)
    report(kudos, cast.bob)
    manager = hr(cast)
    people.choose_language(person=manager, language="en", by=manager, at=times.now())
    other = sign_in(Client(), manager)
    as_admin.post(f"/kudos/reports/{kudos.key}/hide/")
    for verb in ("hide", "keep"):
        page = text(other.post(f"/kudos/reports/{kudos.key}/{verb}/", follow=True))
        assert "Somebody else has decided it" in page
    assert Decision.objects.get().by == cast.admin


def test_decided_tab_restores(as_admin: Client, cast: Cast) -> None:
    kudos = given(cast, message="Vaffelhjernen")
    as_admin.post(f"/kudos/{kudos.key}/hide/", {"reason": "personal"})
    decision = Decision.objects.get()
    page = text(as_admin.get("/kudos/reports/?tab=decided"))
    for shown in ("Vaffelhjernen", "Hidden", "Personal information", "Anne Admin"):
        assert shown in page
    answer = as_admin.post(f"/kudos/reports/{decision.key}/restore/")
    assert answer.headers["Location"] == "/kudos/reports/?tab=decided"
    kudos.refresh_from_db()
    assert kudos.hidden_at is None
    page = text(as_admin.get("/kudos/reports/?tab=decided"))
    assert "Shown again" in page
    assert "/restore/" not in page


def test_hiding_from_the_page_needs_a_reason(as_admin: Client, cast: Cast) -> None:
    kudos = given(cast)
    assert as_admin.post(f"/kudos/{kudos.key}/hide/", {}).status_code == 422
    assert as_admin.post(f"/kudos/{kudos.key}/hide/", {"reason": "x"}).status_code == 422
    assert Kudos.objects.standing().count() == 1


def test_agent_finds_no_queue(as_alice: Client, as_keeper: Client, cast: Cast) -> None:
    kudos = given(cast)
    report(kudos, cast.bob)
    for client in (as_alice, as_keeper):
        assert client.get("/kudos/reports/").status_code == 403
        assert client.post(f"/kudos/reports/{kudos.key}/hide/").status_code in (403, 404)
        assert client.get(f"/kudos/{kudos.key}/hide/").status_code == 403
    assert Decision.objects.count() == 0


def test_moderator_gets_403_for_thanks_to_themselves(as_admin: Client, cast: Cast) -> None:
    kudos = given(cast, to=[cast.admin])
    hr(cast)
    report(kudos, cast.bob)
    answer = as_admin.post(f"/kudos/reports/{kudos.key}/hide/")
    assert answer.status_code == 403
    assert "This is about you" in text(answer)
    assert "Takk for hjelpen" not in text(as_admin.get("/kudos/reports/"))


def test_no_such_tab_is_400(as_admin: Client) -> None:
    assert as_admin.get("/kudos/reports/?tab=other").status_code == 400


@pytest.mark.parametrize("tab", ["waiting", "decided"])
def test_queue_takes_as_many_queries_for_three_as_for_one(
    as_admin: Client, cast: Cast, tab: str, django_assert_num_queries: Any
) -> None:
    def another() -> None:
        kudos = given(cast)
        reporter = factories.make_person("Rita", unit=cast.team)
        report(kudos, reporter)
        report(said(kudos, cast.charlie), reporter)
        if tab == "decided":
            as_admin.post(f"/kudos/reports/{kudos.key}/keep/")

    another()
    as_admin.get("/kudos/reports/")
    with django_assert_num_queries(14):
        as_admin.get(f"/kudos/reports/?tab={tab}")
    another()
    another()
    as_admin.get("/kudos/reports/")
    with django_assert_num_queries(14):
        as_admin.get(f"/kudos/reports/?tab={tab}")


def test_feed_tells_moderators_what_waits(as_admin: Client, as_alice: Client, cast: Cast) -> None:
    report(given(cast), cast.bob)
    assert as_admin.get("/kudos/").context["waiting_reports"] == 1
    assert as_alice.get("/kudos/").context["waiting_reports"] == 0


def test_detail_offers_to_report_and_to_hide(
    as_admin: Client, as_alice: Client, as_bob: Client, cast: Cast
) -> None:
    address = f"/kudos/{given(cast).key}/"
    offered = {
        name: (answer.context["can_report"], answer.context["can_hide"])
        for name, client in (("admin", as_admin), ("giver", as_alice), ("receiver", as_bob))
        for answer in [client.get(address)]
    }
    assert offered == {
        "admin": (True, True), "giver": (False, False), "receiver": (True, False),
    }  # fmt: skip


# --- the words ------------------------------------------------------------------------------------


def test_word_is_added_and_removed(as_admin: Client, cast: Cast) -> None:
    as_admin.post("/kudos/words/", {"word": "  Sviskehue ", "language": "nb"})
    word = WarnedWord.objects.get(folded="sviskehue")
    assert (word.word, word.language) == ("Sviskehue", "nb")
    assert "Sviskehue" in text(as_admin.get("/kudos/words/"))
    as_admin.post(f"/kudos/words/{word.pk}/remove/")
    as_admin.post(f"/kudos/words/{word.pk}/remove/")
    assert not WarnedWord.objects.filter(folded="sviskehue").exists()
    verbs = AuditEntry.objects.filter(verb__startswith="warned").order_by("pk")
    assert [one.verb for one in verbs] == ["warned-word-added", "warned-word-removed"]


@pytest.mark.parametrize(
    "sent",
    [
        {"word": "", "language": "nb"},
        {"word": "to ord", "language": "nb"},
        {"word": "123", "language": "nb"},
        {"word": "!!!", "language": "nb"},
        {"word": "\u200b", "language": "nb"},
        {"word": "ﷺ", "language": "nb"},
        {"word": "x" * 61, "language": "nb"},
        {"word": "x" * 50_000, "language": "nb"},
        {"word": "IDIOT", "language": "nb"},
        {"word": "ord", "language": "sv"},
        {"word": "ord"},
    ],
)
def test_bad_word_is_answered_on_the_page(
    as_admin: Client, cast: Cast, sent: dict[str, str]
) -> None:
    before = WarnedWord.objects.count()
    assert as_admin.post("/kudos/words/", sent).status_code == 422
    assert WarnedWord.objects.count() == before


def test_words_are_for_hr_of_the_whole_organisation(cast: Cast) -> None:
    partner_hr = sign_in(Client(), hr(cast, employer=cast.partner))
    for address in ("/kudos/words/", "/kudos/policy/"):
        assert partner_hr.get(address).status_code == 403
        assert partner_hr.post(address, {"word": "x", "leavers": "gone"}).status_code == 403
    assert partner_hr.post("/kudos/words/1/remove/").status_code == 403


def test_removing_a_number_that_is_no_word_does_no_harm(as_admin: Client) -> None:
    before = WarnedWord.objects.count()
    assert as_admin.post(f"/kudos/words/{10**30}/remove/").status_code == 302
    assert WarnedWord.objects.count() == before


def test_words_take_as_many_queries_for_many_as_for_few(
    as_admin: Client, cast: Cast, django_assert_num_queries: Any
) -> None:
    as_admin.get("/kudos/words/")
    with django_assert_num_queries(5):
        as_admin.get("/kudos/words/")
    WarnedWord.objects.all().delete()
    with django_assert_num_queries(5):
        as_admin.get("/kudos/words/")


# --- the policy -----------------------------------------------------------------------------------


def test_policy_is_saved_and_in_the_log(as_admin: Client, cast: Cast) -> None:
    answer = as_admin.post("/kudos/policy/", {"leavers": "gone", "gone_after_days": "14"})
    assert answer.status_code == 302
    policy = KudosPolicy.objects.get()
    assert (policy.leavers, policy.gone_after_days) == ("gone", 14)
    entry = AuditEntry.objects.get(verb="leavers-policy-set")
    assert entry.detail == {"choice": "gone", "days": 14}


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"leavers": "kept"},
        {"leavers": "gone"},
        {"leavers": "gone", "gone_after_days": "-1"},
        {"leavers": "gone", "gone_after_days": "366"},
        {"leavers": "gone", "gone_after_days": "1e3"},
        {"leavers": "gone", "gone_after_days": "9" * 400},
        {"leavers": "gone", "gone_after_days": "ti"},
    ],
)
def test_bad_policy_is_answered_on_the_page(
    as_admin: Client, cast: Cast, sent: dict[str, str]
) -> None:
    assert as_admin.post("/kudos/policy/", sent).status_code == 422
    assert KudosPolicy.objects.count() == 0


def test_policy_needs_no_days_for_what_stays(as_admin: Client, cast: Cast) -> None:
    assert as_admin.post("/kudos/policy/", {"leavers": "unnamed"}).status_code == 302
    assert KudosPolicy.objects.get().leavers == "unnamed"


def test_administration_leads_to_all_three(as_admin: Client, cast: Cast) -> None:
    page = text(as_admin.get("/people/administration/"))
    for address in ("/kudos/reports/", "/kudos/words/", "/kudos/policy/"):
        assert f'href="{address}"' in page
    with override("nb"):
        assert "Reports" in page
