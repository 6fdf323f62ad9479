"""The style guide: it is whole, shows every look in light and dark, and strangers do not see it."""

import re

import pytest
from django.test import Client
from django.urls import path

from engagement.demo import guide
from engagement.themes.looks import LOOKS
from engagement.urls import urlpatterns as doors
from tests.conftest import Cast, sign_in

urlpatterns = [
    *doors,
    path("styleguide/", guide.style_guide, name="style-guide"),
    path("styleguide/looks/", guide.looks, name="style-guide-looks"),
]


@pytest.mark.urls("tests.demo.test_guide")
def test_guide_shows_every_look_in_light_and_in_dark(cast: Cast) -> None:
    page = sign_in(Client(), cast.alice).get("/styleguide/looks/").content.decode()
    assert page.count('data-testid="look-guide"') == len(LOOKS)
    for look in LOOKS:
        for scheme in ("light", "dark"):
            assert f"theme-pane is-{scheme} is-theme-{look} themed" in page
        assert page.count(f"kudos-large look look-{look}") == 2
        assert page.count(f'strips/{look}.svg"') == 1
    assert not re.search(r"style=|<script(?! src)", page)


@pytest.mark.urls("tests.demo.test_guide")
def test_guide_of_parts_is_whole(cast: Cast) -> None:
    answer = sign_in(Client(), cast.alice).get("/styleguide/")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert cast.bob.name in page
    assert 'href="/styleguide/looks/"' in page
    assert "on_walls" in page


@pytest.mark.urls("tests.demo.test_guide")
def test_guide_is_not_for_strangers(db: None) -> None:
    for address in ("/styleguide/", "/styleguide/looks/"):
        answer = Client().get(address)
        assert answer.headers["Location"] == f"/accounts/login/?next={address}"


def test_guide_is_in_the_demo_only(cast: Cast) -> None:
    assert sign_in(Client(), cast.alice).get("/styleguide/").status_code == 404
