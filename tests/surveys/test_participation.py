"""What is told about how many have answered: bands, and of large groups only."""

from collections.abc import Mapping

import pytest

from surveys.models import Cell, Survey
from surveys.participation import participation
from tests.surveys.factories import make_survey, make_team

Site = tuple[int, int]  # invited, collected


def survey_at(sites: Mapping[str, Site]) -> Survey:
    """A closed survey with one cell at each site (none for ``""``)."""
    survey = make_survey(Survey.State.CLOSED, teams=[make_team()])
    survey.cells.all().delete()
    for number, (site, (invited, collected)) in enumerate(sites.items(), start=1):
        Cell.objects.create(
            survey=survey, key=f"c{number:03}", name=site, kind="team", parent_key="whole",
            site_name=site.strip(), invited_count=invited, collected_count=collected,
        )  # fmt: skip
    return survey


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("sites", "told"),
    [
        ({"Fornebu": (40, 40), "Tromsø": (20, 9)}, {"": "70–84", "Fornebu": "85–100", "Tromsø": "0–49"}),
        # Of nineteen no band, and none from which theirs follows.
        ({"Fornebu": (40, 40), "Tromsø": (19, 19)}, {"": "85–100"}),
        (
            {"Bergen": (30, 15), "Fornebu": (40, 40), "Oslo": (50, 0), "Tromsø": (5, 5)},
            {"": "0–49", "Fornebu": "85–100", "Oslo": "0–49"},
        ),
        ({"Bergen": (30, 15), "Fornebu": (40, 40), "Gol": (10, 1), "Moss": (10, 1)},
         {"": "50–69", "Bergen": "50–69", "Fornebu": "85–100"}),
        # Leaders of several sites stand at none.
        ({"Bergen": (30, 15), "Fornebu": (40, 40), "": (6, 6)}, {"": "70–84"}),
        ({"Fornebu": (40, 40)}, {"": "85–100"}),
        ({"Fornebu": (12, 12), "Tromsø": (7, 0)}, {}),
    ],
)  # fmt: skip
def test_bands_are_told_of_large_groups_only(sites: dict[str, Site], told: dict[str, str]) -> None:
    assert {one.name: one.band for one in participation(survey_at(sites))} == told
