"""``manage.py import_roster FILE [--dry-run] [--confirm-leavers]``."""

import sys
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from engagement import times
from engagement.files import MOST_BYTES
from engagement.people.actions.roster import import_roster
from engagement.people.roster import showing
from engagement.people.roster.plan import Plan

ERRORS = 1
STOPPED = 3
MOST_LISTED = 50


class Command(BaseCommand):
    help = (
        "Brings the people up to date with a roster file (CSV or XLSX). Exit codes: 0 done or "
        "nothing to do, 1 errors in the file, 3 stopped because more than a tenth would leave."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would happen and change nothing"
        )
        parser.add_argument(
            "--confirm-leavers",
            action="store_true",
            help="go on even if more than a tenth of an employer's people would leave",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            outcome = import_roster(
                filename=path.name,
                content=_content(path),
                is_dry_run=options["dry_run"],
                accepts_leaving=options["confirm_leavers"],
                at=times.now(),
            )
        except ValidationError as refused:
            raise CommandError("; ".join(refused.messages)) from refused
        plan = outcome.plan
        if plan.problems:
            self._tell_errors(plan)
            sys.exit(ERRORS)
        self._tell(plan)
        if outcome.is_stopped:
            for one in plan.mass_leavings:
                self.stderr.write(
                    f"Stopped: {one.leaving} of {one.active} people of {one.employer} would leave, "
                    "more than a tenth. Repeat with --confirm-leavers if that is right."
                )
            sys.exit(STOPPED)
        if options["dry_run"]:
            self.stdout.write("Dry run: nothing was changed.")
        elif outcome.is_applied:
            self.stdout.write(self.style.SUCCESS("Imported."))

    def _tell_errors(self, plan: Plan) -> None:
        shown = showing.problems(one.as_json() for one in plan.problems[:MOST_LISTED])
        for one in shown:
            where = f"row {one.row}, {one.column}" if one.row and one.column else one.column
            where = where or (f"row {one.row}" if one.row else "file")
            value = f" “{one.value}”" if one.value else ""
            self.stderr.write(f"{where}:{value} {one.text}")
        if len(plan.problems) > MOST_LISTED:
            self.stderr.write(f"… and {len(plan.problems) - MOST_LISTED} more.")
        self.stderr.write(f"{len(plan.problems)} errors. Nothing was changed.")

    def _tell(self, plan: Plan) -> None:
        summary = plan.summary()
        self.stdout.write(
            f"{showing.summary_sentence(summary)}; {showing.unchanged_sentence(summary)}"
        )
        for one in showing.problems(warning.as_json() for warning in plan.warnings[:MOST_LISTED]):
            where = f"row {one.row}, {one.column}" if one.row else one.column
            self.stdout.write(f"  look at {where}: “{one.value}” {one.text}")
        if plan.ignored_columns:
            self.stdout.write(f"  columns not read: {', '.join(plan.ignored_columns)}")


def _content(path: Path) -> bytes:
    """The file, or as much of it as tells that it is too large."""
    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
