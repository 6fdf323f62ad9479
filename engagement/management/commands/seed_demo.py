"""Fills the demo organisation. Run by ``manage.py demo``; may be stopped and run again at any time."""

import datetime as dt
import random
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from engagement import times
from engagement.demo import (
    after,
    announcements,
    competitions,
    events,
    history,
    milestones,
    organisation,
    praise,
    shifts,
    signups,
    themes,
)
from engagement.demo.personas import sign_in_buttons
from engagement.demo.surveys import keys, past, planned, present
from surveys import box


class Command(BaseCommand):
    help = (
        "Fills the demo organisation: --recent (founding and 60 days), --history (what was before)."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--recent", action="store_true")
        parser.add_argument("--history", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        at = times.now()
        if options["recent"]:
            self.fill_recent(at)
        if options["history"]:
            self.fill_history(at)

    def fill_recent(self, at: dt.datetime) -> None:
        try:
            is_founded = history.refuse_other_data()
        except history.NotOurs as error:
            raise CommandError(
                "This database holds something else than the demo, and the demo leaves it alone. "
                "Set DATA_DIR (or DATABASE_URL) to an empty place and start again."
            ) from error
        if not is_founded:
            scale = min(max(settings.DEMO_SCALE, 60), 10_000)
            self.stdout.write(f"Founding Fjordtel with {scale} people")
            organisation.found(scale=scale, at=at, dice=random.Random(scale))  # noqa: S311
        history.fill_recent(at=at, told=self.told("Thanks of the last 60 days"))
        praise.fill(at=at)
        milestones.fill(at=at)
        events.fill(at=at)
        signups.fill_past(at=at)
        after.fill(at=at)
        competitions.fill(at=at, dice=random.Random(7))  # noqa: S311
        announcements.fill(at=at)
        shifts.fill(at=at)
        signups.fill_coming(at=at)
        themes.fill(at=at)
        if settings.DEMO_SURVEYS:
            self.open_survey(at)
        for button in sign_in_buttons():
            # The supervisor shows these lines once the pages answer.
            self.stdout.write(f"after-ready: {button['title']}: {button['name']}")
        if settings.DEMO_SURVEYS:
            self.stdout.write(
                "after-ready: Key files of the witnessed surveys, which only witnesses would have: "
                f"{keys.folder()} (passphrase: {keys.passphrase()})"
            )

    def open_survey(self, at: dt.datetime) -> None:
        try:
            present.keep_one_open(at=at)
        except box.BoxProblem as problem:
            # Nothing is lost: the worker prepares and opens what is launched.
            self.stdout.write(f"The open survey is not ready yet: {problem}")

    def fill_history(self, at: dt.datetime) -> None:
        if settings.DEMO_SURVEYS:
            present.let_vote(at=at)
            past.fill(planned.past_surveys(planned.founded_on()), tell=self.tell)
        history.fill_history(at=at, told=self.told("Thanks of eighteen months"))
        # The supervisor shows this line whenever it comes.
        self.tell("finished: The eighteen months before today are in place.")

    def tell(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()

    def told(self, what: str) -> history.Told:
        def tell(day: dt.date, number: int, count: int) -> None:
            if number == count or number % 30 == 0:
                self.tell(f"{what}: {number} of {count} days")

        return tell
