"""The run, from an empty folder to the table."""

import time
from pathlib import Path

from surveys.models import Survey
from tests.attack.comments import attack_comments
from tests.attack.history import History
from tests.attack.linking import attack_rows
from tests.attack.naive import NaiveSurvey
from tests.attack.report import Finding
from tests.attack.schema import attack_schema
from tests.attack.stage import Stage
from tests.attack.traces import attack_logs, search_after_count, search_before_count
from tests.attack.wal import attack_wal


class Run:
    """One run. Each step says what it found at once."""

    def __init__(self, stage: Stage, *, people: int, rounds: int, seed: int) -> None:
        self.stage, self.people, self.rounds = stage, people, rounds
        self.history = History(stage, scale=people, seed=seed)
        self.findings: list[Finding] = []
        self._began = time.monotonic()

    def say(self, what: str) -> None:
        print(f"[{time.monotonic() - self._began:4.0f} s] {what}", flush=True)

    def fieldwork(self) -> None:
        """All rounds, answered and closed; the *Sealed* one is still open at the end."""
        self.history.found()
        self.naive = NaiveSurvey(self.stage.identity, people=self.people)
        self.naive.hold()
        for number in range(self.rounds):
            if number:
                self.history.change(number)
                self.history.close()
            is_last = number == self.rounds - 1
            level = Survey.Level.SEALED if is_last else Survey.Level.WITNESSED
            made = self.history.open_round(level=level)
            if is_last:
                self.while_open(made)
            self.history.answer(made)
            self.history.copy(made)
            self.say(f"round {number + 1}: {len(made.ballots)} ballots in {len(made.manifest.cells)} cells")

    def while_open(self, made: object) -> None:
        pass

    def attack(self, folder: Path) -> None:
        rounds = self.history.rounds
        self.findings += attack_schema(self.stage).findings
        self.findings += search_before_count(self.stage, rounds, folder).findings
        self.history.close()
        for made in rounds:
            self.history.count(made)
        self.say("counted")
        self.findings += search_after_count(self.stage, rounds, folder).findings
        self.findings += attack_logs(self.stage, rounds).findings
        self.findings += attack_wal(self.stage, rounds, self.naive).findings
        self.say("WAL read")
        self.findings += attack_rows(rounds, self.naive).findings
        self.findings += attack_comments(rounds).findings
        self.say("done")


def run(stage: Stage, *, people: int, rounds: int, seed: int) -> list[Finding]:
    work = Run(stage, people=people, rounds=rounds, seed=seed)
    folder = stage.folder / "looted"
    folder.mkdir()
    work.fieldwork()
    work.attack(folder)
    return work.findings
