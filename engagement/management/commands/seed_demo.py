"""Fills the demo organisation. Run by ``manage.py demo``; may be stopped and run again at any time."""

import datetime as dt
import random
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from engagement import times
from engagement.demo import history, organisation
from engagement.demo.personas import sign_in_buttons


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
        for button in sign_in_buttons():
            # The supervisor shows these lines once the pages answer.
            self.stdout.write(f"after-ready: {button['title']}: {button['name']}")

    def fill_history(self, at: dt.datetime) -> None:
        history.fill_history(at=at, told=self.told("Thanks of eighteen months"))

    def told(self, what: str) -> history.Told:
        def tell(day: dt.date, number: int, count: int) -> None:
            if number == count or number % 30 == 0:
                self.stdout.write(f"{what}: {number} of {count} days")
                self.stdout.flush()

        return tell
