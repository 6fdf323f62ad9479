"""Reminders: those without a ballot, at the announced times, once; and nobody learns who they were."""

import datetime as dt
import random
import re
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from engagement import times
from engagement.celery import app
from engagement.notices import actions as notices
from engagement.notices.models import Delivery, Notice
from engagement.notices.queries import delivery_status, unread_count
from engagement.people.models import Person
from surveys.actions import clock
from surveys.actions.reminding import forget_reminders, send_reminders
from surveys.models import Reminder, RollEntry, Survey
from tests import factories
from tests.conftest import Cast, sign_in
from tests.notices.smtp_server import SmtpServer
from tests.surveys.factories import make_survey

HOUR = dt.timedelta(hours=1)
MISSING_INITIALS = "MU"
COUNTS = ("due_count", "held_count", "failing_count", "given_up_count", "sent_count")


@pytest.fixture(autouse=True)
def rings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody answers."""
    monkeypatch.setattr("engagement.notices.actions.telling.ring", lambda task: None)
    monkeypatch.setattr("surveys.actions.clock.ring", lambda task: None)


@pytest.fixture
def mail_server(settings: Any) -> Iterator[SmtpServer]:
    with SmtpServer() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        settings.EMAIL_HOST_USER = ""
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        settings.EMAIL_TIMEOUT = 20
        yield server


@pytest.fixture
def missing(db: None) -> Person:
    """The one whose name could leak: asked, and without a ballot."""
    return factories.make_person(
        "Mangler", "Ubesvart", unit=factories.make_unit("Team Stille"), email="mu@hemmelig.example"
    )


@pytest.fixture
def survey(missing: Person) -> Survey:
    """Open since yesterday; of six who are asked, three with a ballot. A reminder was due now."""
    return make_open(missing)


def make_open(missing: Person) -> Survey:
    unit = missing.memberships.get().unit
    for number in range(5):
        factories.make_person(
            f"P{number}", "Stille", unit=unit, email=f"p{number}@fjordtel.example"
        )
    survey = make_survey("open", teams=[unit])
    for entry in survey.roll.filter(person__given_name__in=["P0", "P1", "P2"]):
        collect(entry)
    Reminder.objects.create(survey=survey, send_at=times.now() - dt.timedelta(seconds=5))
    return survey


def collect(entry: RollEntry) -> None:
    RollEntry.objects.filter(pk=entry.pk).update(is_collected=True, blinded_digest=b"\xab" * 32)


def deliver() -> int:
    return notices.deliver_mail(rng=random.Random(1))


def reminded() -> set[str]:
    return set(
        Notice.objects.filter(kind="survey_reminder").values_list("person__given_name", flat=True)
    )


# --- who, when, how often -------------------------------------------------------------------------
def test_those_without_a_ballot_are_reminded_in_the_product_and_by_mail(
    survey: Survey, missing: Person, mail_server: SmtpServer
) -> None:
    factories.make_person("Utenfor", "Rullen", email="utenfor@fjordtel.example")
    at = times.now()
    assert send_reminders(at=at) == 1
    reminder = Reminder.objects.get()
    assert (reminder.sent_at, reminder.sent_count) == (at, 3)
    assert reminded() == {"Mangler", "P3", "P4"}
    assert deliver() == 3
    assert sorted(one.to[0] for one in mail_server.mails) == [
        "mu@hemmelig.example",
        "p3@fjordtel.example",
        "p4@fjordtel.example",
    ]
    assert survey.title_nb in str(mail_server.mails[0].message["Subject"])
    html = sign_in(Client(), missing).get("/notices/").content.decode()
    assert html.count('data-testid="notice"') == 1
    assert survey.title_nb in html


def test_nothing_is_sent_before_its_time(survey: Survey) -> None:
    Reminder.objects.update(send_at=times.now() + HOUR)
    assert send_reminders(at=times.now()) == 0
    assert (reminded(), Reminder.objects.get().sent_at) == (set(), None)


def test_second_run_sends_nothing(survey: Survey, mail_server: SmtpServer) -> None:
    send_reminders(at=times.now())
    deliver()
    assert send_reminders(at=times.now()) == 0
    assert deliver() == 0
    assert len(mail_server.mails) == 3
    assert Reminder.objects.get().sent_count == 3


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_send_once() -> None:
    missing = factories.make_person(
        "Mangler", "Ubesvart", unit=factories.make_unit("Team Stille"), email="mu@hemmelig.example"
    )
    make_open(missing)
    gate, done = threading.Barrier(4), list[int]()

    def run() -> None:
        gate.wait(10)
        try:
            done.append(send_reminders(at=times.now()))
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(done) == [0, 0, 0, 1]
    assert Delivery.objects.count() == Reminder.objects.get().sent_count == 3


def test_stamp_and_notices_come_together_or_not_at_all(
    survey: Survey, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as broken:
        broken.setattr(Reminder, "save", fail)
        assert send_reminders(at=times.now()) == 0
    assert (reminded(), Reminder.objects.get().sent_at) == (set(), None)
    assert send_reminders(at=times.now()) == 1


def test_next_reminder_takes_the_place_of_the_one_before(
    survey: Survey, mail_server: SmtpServer
) -> None:
    send_reminders(at=times.now())
    deliver()
    collect(survey.roll.get(person__given_name="P3"))
    second = Reminder.objects.create(survey=survey, send_at=times.now())
    send_reminders(at=times.now())
    assert deliver() == 2
    second.refresh_from_db()
    assert second.sent_count == 2
    assert reminded() == {"Mangler", "P4"}
    assert Notice.objects.filter(kind="survey_reminder").count() == 2


# --- late, closed, cancelled ----------------------------------------------------------------------
def test_late_reminder_is_sent_while_the_survey_is_open(survey: Survey) -> None:
    Reminder.objects.update(send_at=times.now() - 20 * HOUR)
    assert send_reminders(at=times.now()) == 1
    assert Reminder.objects.get().sent_count == 3


def test_of_two_late_ones_the_last_is_sent(survey: Survey) -> None:
    early = Reminder.objects.create(survey=survey, send_at=times.now() - 20 * HOUR)
    assert send_reminders(at=times.now()) == 2
    counts = [one.sent_count for one in survey.reminders.all()]
    assert (survey.reminders.first(), counts) == (early, [0, 3])
    assert Delivery.objects.count() == 3


@pytest.mark.parametrize("state", ["past its end", "closed", "cancelled", "opened late"])
def test_nobody_is_reminded_of_what_is_not_open(survey: Survey, state: str) -> None:
    at = times.now()
    if state == "past its end":
        at = survey.closes_at + HOUR if survey.closes_at else at
    elif state == "closed":
        Survey.objects.update(closed_at=at)
    elif state == "cancelled":
        Survey.objects.update(cancelled_at=at, cancel_reason="Feil spørsmål.")
    else:
        Survey.objects.update(opened_at=at)
    assert send_reminders(at=at) == 1
    reminder = Reminder.objects.get()
    assert (reminder.sent_at, reminder.sent_count) == (at, 0)
    assert (reminded(), Delivery.objects.count()) == (set(), 0)


# --- what stays -----------------------------------------------------------------------------------
def test_mail_that_left_leaves_no_row(survey: Survey, mail_server: SmtpServer) -> None:
    send_reminders(at=times.now())
    assert Delivery.objects.count() == 3
    assert deliver() == 3
    assert Delivery.objects.count() == 0


def test_who_collects_before_the_mail_leaves_gets_none(
    survey: Survey, missing: Person, mail_server: SmtpServer
) -> None:
    send_reminders(at=times.now())
    collect(survey.roll.get(person=missing))
    assert deliver() == 2
    assert "mu@hemmelig.example" not in [one.to[0] for one in mail_server.mails]
    assert Delivery.objects.count() == 0


def test_notice_goes_when_its_reader_collects(survey: Survey, missing: Person) -> None:
    send_reminders(at=times.now())
    assert forget_reminders(at=times.now()) == 0
    collect(survey.roll.get(person=missing))
    html = sign_in(Client(), missing).get("/notices/").content.decode()
    assert 'data-testid="notice"' not in html
    assert forget_reminders(at=times.now()) == 1
    assert reminded() == {"P3", "P4"}
    assert Delivery.objects.filter(notice__person=missing).count() == 0
    assert unread_count(missing) == 0


def test_closing_deletes_every_trace(survey: Survey) -> None:
    send_reminders(at=times.now())
    assert survey.closes_at
    assert clock.close_surveys(at=survey.closes_at) == 1
    assert (Notice.objects.count(), Delivery.objects.count()) == (0, 0)
    assert Reminder.objects.get().sent_count == 3


def test_cancelling_deletes_every_trace(survey: Survey) -> None:
    send_reminders(at=times.now())
    by = factories.make_person("Kari", "Lund")
    Survey.objects.update(created_by=by)
    survey.refresh_from_db()
    clock.cancel_survey(survey=survey, reason="Feil spørsmål.", by=by, at=times.now())
    assert (Notice.objects.count(), Delivery.objects.count()) == (0, 0)


# --- who sees it ----------------------------------------------------------------------------------
@pytest.mark.parametrize("is_given_up", [False, True])
def test_page_on_deliveries_counts_and_names_nobody(
    survey: Survey, missing: Person, cast: Cast, as_admin: Client, is_given_up: bool
) -> None:
    at = times.now()
    RollEntry.objects.filter(survey=survey, person__given_name__in=["P3", "P4"]).delete()
    send_reminders(at=at)
    delivery = Delivery.objects.get()
    assert (delivery.notice and delivery.notice.person.initials) == MISSING_INITIALS
    Delivery.objects.update(
        reason=Delivery.Reason.REFUSED,
        last_error="550 no mailbox for Ubesvart",
        gave_up_at=at if is_given_up else None,
    )
    status = delivery_status(at=times.now())
    assert (status.troubles, status.has_unnamed_trouble, status.can_retry_any) == (
        [],
        True,
        True,
    )
    html = as_admin.get("/notices/status/").content.decode()
    for secret in (
        "Mangler",
        "Ubesvart",
        f"{MISSING_INITIALS} @",
        "@he…",
        missing.key,
        delivery.key,
    ):
        assert secret not in html
    assert 'data-testid="unnamed-trouble"' in html
    assert 'data-testid="trouble"' not in html
    assert as_admin.post(f"/notices/status/{delivery.key}/retry/").status_code == 404
    assert as_admin.post("/notices/status/retry/").status_code == 302
    delivery.refresh_from_db()
    assert (delivery.reason, delivery.gave_up_at) == ("", None)


def test_no_count_tells_how_many_have_not_answered(survey: Survey) -> None:
    def counts() -> list[int]:
        status = delivery_status(at=times.now() + HOUR)
        return [getattr(status, name) for name in COUNTS]

    assert send_reminders(at=times.now()) == 1
    at = times.now()
    for facts in (
        {"reason": ""},
        {"reason": Delivery.Reason.BUSY},
        {"gave_up_at": at, "reason": Delivery.Reason.REFUSED},
        {"gave_up_at": None, "reason": "", "sent_at": at},
    ):
        Delivery.objects.update(**facts)
        assert counts() == [0, 0, 0, 0, 0]


def test_page_still_names_other_mails(
    survey: Survey, missing: Person, cast: Cast, as_admin: Client
) -> None:
    send_reminders(at=times.now())
    notices.queue_account_mail(
        to="x@domene.example", subject="Code", text="1", html="<p>1</p>", at=times.now()
    )
    Delivery.objects.update(reason=Delivery.Reason.BUSY)
    html = as_admin.get("/notices/status/").content.decode()
    assert html.count('data-testid="trouble"') == 1
    assert 'data-testid="unnamed-trouble"' in html
    assert "@he…" not in html


def test_nothing_is_logged_that_names_anybody(
    survey: Survey, missing: Person, mail_server: SmtpServer, capfd: Any, caplog: Any
) -> None:
    send_reminders(at=times.now())
    deliver()
    said = "".join(capfd.readouterr()) + caplog.text
    for secret in ("Mangler", "Ubesvart", "mu@hemmelig", missing.key):
        assert secret not in said


def test_a_reminder_that_fails_is_not_told_apart_in_the_log(
    survey: Survey, missing: Person, mail_server: SmtpServer, capfd: Any, caplog: Any
) -> None:
    """Its key is in its Message-ID, and that in the log of the mail server beside the address."""
    mail_server.on_data = lambda to: "451 Later"
    send_reminders(at=times.now())
    keys = list(Delivery.objects.values_list("key", flat=True))
    with caplog.at_level("INFO"):
        deliver()
    said = "".join(capfd.readouterr()) + caplog.text
    assert said.count("mail_failed") >= len(keys) > 0
    assert [key for key in keys if key in said] == []


def test_no_link_in_a_reminder_is_its_readers_own(
    survey: Survey, missing: Person, mail_server: SmtpServer
) -> None:
    """Programs fetch what a mail links to; a server's log must not become the list."""
    send_reminders(at=times.now())
    notice = Notice.objects.get(person=missing)
    deliver()
    [mine] = [mail for mail in mail_server.mails if mail.to == ("mu@hemmelig.example",)]
    message = mine.message
    text = message.get_body(("plain",)).get_content()
    html = message.get_body(("html",)).get_content()
    assert (message["List-Unsubscribe"], message["List-Unsubscribe-Post"]) == (None, None)
    for part in (text, html):
        assert missing.key not in part
        assert "/notices/stop/" not in part
    links = {link.split("/", 3)[3] for link in re.findall(r"https?://[^\s\"<>]+", text + html)}
    assert links == {f"notices/{notice.key}/", "notices/choices/"}


def test_whoever_wants_no_reminders_by_mail_has_them_in_the_product(
    survey: Survey, missing: Person, mail_server: SmtpServer
) -> None:
    notices.choose_ways(ways={"survey_reminder": "none"}, by=missing)
    send_reminders(at=times.now())
    assert Reminder.objects.get().sent_count == 3
    assert deliver() == 2
    assert unread_count(missing) == 1
    # Neither a digest nor a row that says why there is no mail.
    assert Delivery.objects.count() == 0


def test_reminder_at_night_leaves_no_row_until_the_morning(
    survey: Survey, missing: Person, mail_server: SmtpServer, time_machine: Any
) -> None:
    assert survey.opened_at
    night = (times.now() + dt.timedelta(days=1)).replace(hour=1, minute=0)
    time_machine.move_to(night)
    Reminder.objects.update(send_at=night)
    send_reminders(at=night)
    assert deliver() == 3
    assert Delivery.objects.count() == 0


def test_the_beat_runs_both() -> None:
    for name in ("send-reminders", "forget-reminders"):
        entry = app.conf.beat_schedule[name]
        assert entry["schedule"] == 20
        assert entry["task"] in ("surveys.tasks.send_reminders", "surveys.tasks.forget_reminders")
