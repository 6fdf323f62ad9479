"""The people of the demo who answer a survey in its journey, and what each of them answers."""

import re
from collections.abc import Iterator

from playwright.sync_api import Page

from tests.journeys.conftest import Visits
from tests.journeys.survey_desk import Slip
from tests.journeys.voters import Voter

THEMES = (
    *("role_clarity", "workload", "emotional_demands", "support", "leadership"),
    *("recognition", "growth", "influence", "speaking_up", "change"),
)
# One question a theme, on the scale from 1 to 5; and one from 0 to 10.
KEPT = [f"annual.{theme}.1" for theme in THEMES]
POINTS = {key: list(range(1, 6)) for key in KEPT} | {"recommend.1": list(range(11))}
# Of the first four, who sit below the same department: enough to be told there.
COMMENTS = (
    "Mer tid mellom samtalene.",
    "Amina hører på oss.",
    "Nye hodetelefoner.",
    "Vaktlista kommer for seint.",
)
NAME_IN_A_COMMENT = "Amina"
PERSONAS = {
    "agent": "Ingrid Nilsen", "colleague": "Jonas Berg", "lead": "Amina Hassan",
    "manager": "Per Solheim", "hr": "Kari Lund", "delegate": "Ola Haugen", "union": "Berit Aas",
    "partner": "Rasa Petrauskaitė", "keeper": "Nils Eide", "admin": "Siri Dahl",
}  # fmt: skip


class Electorate:
    """Twenty people, each with answers of their own that the count must find again."""

    def __init__(self, visit: Visits, survey: str, slips: Iterator[Slip]) -> None:
        self.visit, self.survey, self.slips = visit, survey, slips
        self.voters: list[Voter] = []

    def persona(self, slug: str) -> Voter:
        return self._voter(PERSONAS[slug], self.visit(slug))

    def by_slip(self, *, is_typed: bool = False) -> Voter:
        """Somebody without mail, in with their slip: the square, or the code typed off the paper."""
        slip, page = next(self.slips), self.visit()
        if is_typed:
            page.goto("/people/activate/")
            page.get_by_test_id("activation-code").fill(slip.code.lower().replace("-", " "))
        else:
            page.goto(f"/people/activate/?code={slip.code}&next=/surveys/{self.survey}/")
        page.get_by_test_id("activate-send").click()
        arrived = "/people/me/sign-in/$" if is_typed else f"/surveys/{self.survey}/$"
        page.wait_for_url(re.compile(arrived))
        return self._voter(slip.name, page)

    def _voter(self, name: str, page: Page) -> Voter:
        number = len(self.voters)
        answers = {
            key: points[(number * 3 + place * (number % 4 + 1)) % min(len(points), 10)]
            for place, (key, points) in enumerate(POINTS.items())
        }
        comment = COMMENTS[number] if number < len(COMMENTS) else ""
        self.voters.append(Voter(name, page, self.survey, answers, comment))
        return self.voters[-1]


def histograms(voters: list[Voter]) -> dict[str, list[int]]:
    """Question by question, how often each point was chosen."""
    return {
        key: [sum(one.answers[key] == point for one in voters) for point in points]
        for key, points in POINTS.items()
    }
