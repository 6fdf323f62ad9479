"""The run, from an empty folder to the table."""

import time
import traceback
from collections.abc import Callable
from pathlib import Path

from engagement.people.models import Person
from surveys.models import RollEntry, Survey
from tests.attack.abuse import NEEDED, attack_protocol
from tests.attack.bands import attack_bands
from tests.attack.blindness import attack_blindness
from tests.attack.browser import Visitors, attack_page
from tests.attack.bundles import attack_counters
from tests.attack.comments import attack_comments
from tests.attack.history import History, Round
from tests.attack.linking import attack_rows
from tests.attack.naive import NaiveSurvey
from tests.attack.report import Finding, Report
from tests.attack.schema import attack_schema
from tests.attack.signals import Signals
from tests.attack.stage import Stage
from tests.attack.traces import attack_logs, search_after_count, search_before_count
from tests.attack.vectors import attack_words
from tests.attack.voters import cookies_of
from tests.attack.wal import attack_wal

# Who answers in a browser, and who finds differing manifests.
VISITORS = 3
# The two tables that are answered by one after the other need no more people than that.
QUEUE = 200


class Run:
    """One run. Each step says what it found at once."""

    def __init__(self, stage: Stage, *, people: int, rounds: int, seed: int) -> None:
        self.stage, self.people, self.rounds = stage, people, rounds
        self.history = History(stage, scale=people, seed=seed)
        self.findings: list[Finding] = []
        self.attackers: list[Person] = []
        self._began = time.monotonic()

    def say(self, what: str) -> None:
        print(f"[{time.monotonic() - self._began:4.0f} s] {what}", flush=True)

    def fieldwork(self) -> None:
        """All rounds, answered and closed; the *Sealed* one is still open at the end."""
        self.history.found()
        server = self.stage.identity.url
        self.naive = NaiveSurvey(server, people=self.people)
        self.queue = NaiveSurvey(server, people=min(self.people, QUEUE), at_once=1)
        self.naive.hold()
        self.queue.hold()
        self.say("founded, and two surveys held the usual way")
        for number in range(self.rounds):
            if number:
                self.history.change(number)
                self.history.close()
            is_last = number == self.rounds - 1
            level = Survey.Level.SEALED if is_last else Survey.Level.WITNESSED
            made = self.history.open_round(level=level)
            if is_last:
                self.while_open(made)
            self.history.answer(made, except_for={one.pk for one in self.attackers})
            self.history.copy(made)
            self.say(
                f"round {number + 1}: {len(made.ballots)} ballots in {len(made.manifest.cells)} cells"
            )

    def while_open(self, made: Round) -> None:
        """What needs a survey that can be answered, before the many answer it."""
        signals = Signals(self.history, made)
        self._do("P6", signals.run)
        made.ballots += signals.ballots
        entries = RollEntry.objects.filter(survey=made.survey, is_collected=False)
        free = [one.person for one in entries.select_related("person").order_by("pk")]
        self.attackers = self.history.dice.sample(free, NEEDED + VISITORS)
        held, visiting = self.attackers[:NEEDED], self.attackers[NEEDED:]
        other = self.history.rounds[0]
        self._do("S5", lambda: attack_protocol(self.stage, made, other, held))
        visitors = Visitors(
            url=self.stage.url, ballot_url=self.stage.ballot_url, survey=made.survey.key
        )
        cookies = [cookies_of(one) for one in visiting]
        self._do("S9", lambda: attack_page(visitors, cookies))

    def attack(self, folder: Path) -> None:
        """Everything that needs no open survey: before the count, and after it."""
        rounds = self.history.rounds
        self._do("S3", lambda: attack_schema(self.stage))
        self._do("S2", lambda: search_before_count(self.stage, rounds, folder))
        self.history.close()
        bundle, collected = self.history.bundle(rounds[0])
        self._do("S8", lambda: attack_counters(rounds[0], bundle, collected))
        for made in rounds:
            self.history.count(made)
        self.say("counted")
        self._do("S2", lambda: search_after_count(self.stage, rounds, folder))
        self._do("S4", lambda: attack_logs(self.stage, rounds))
        self._do("S2", lambda: attack_wal(self.stage, rounds, self.naive))
        self._do("S1", lambda: attack_rows(rounds, self.naive, self.queue))
        self._do("P7", lambda: attack_comments(rounds))
        self._do("P6", lambda: attack_bands(rounds))
        self._do("S6", attack_words)
        ballots = [one for made in rounds for one in made.ballots]
        self._do("S7", lambda: attack_blindness(ballots))

    def _do(self, attack: str, act: Callable[[], Report]) -> None:
        """One family of attacks. One that breaks off falls short; the others go on."""
        try:
            self.findings += act().findings
        except Exception as error:
            traceback.print_exc()
            broken = Report(attack)
            told = " ".join(f"{type(error).__name__}: {error}".split())[:300]
            broken.holds("the attack itself", told, "comes to its end", holds=False)
            self.findings += broken.findings
        self.say(f"{attack} done")


def run(stage: Stage, *, people: int, rounds: int, seed: int) -> list[Finding]:
    """What was found. The order of attacks follows the survey; the table is by their names."""
    work = Run(stage, people=people, rounds=rounds, seed=seed)
    folder = stage.folder / "looted"
    folder.mkdir()
    work.fieldwork()
    work.attack(folder)
    names = sorted({one.attack for one in work.findings}, key=lambda name: (name[0] == "P", name))
    return sorted(work.findings, key=lambda one: names.index(one.attack))
