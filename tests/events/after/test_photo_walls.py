"""Photos on walls: a yes of its own from all on them, down at once, seen by screens alone."""

import datetime as dt
import json
from functools import partial
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client

from engagement.export import everything_about
from engagement.live.models import Celebration, StreamEvent
from engagement.notices.kinds import KINDS
from engagement.notices.models import Delivery, Notice
from engagement.people.models import Person, RoleAssignment
from engagement.wallboards.access import digest
from engagement.wallboards.models import Board, Screen
from events import actions
from events.access.photo_walls import asked_places, can_hang_photos, wall_places
from events.models import Invitation, Photo, PhotoTag
from events.queries.photo_walls import picture_for_wall
from tests import factories
from tests.conftest import Cast, sign_in
from tests.events import factories as events
from tests.events.after.helpers import MINUTE, PICTURE, add, seat
from tests.events.conftest import WaffleFriday
from tests.events.signup.helpers import at_once

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def at(cast: Cast, waffles: WaffleFriday) -> dt.datetime:
    """A minute after the sitting that Alice and Bob were at."""
    seat(waffles.sitting, [cast.alice, cast.bob])
    return waffles.sitting.ends_at + MINUTE


@pytest.fixture
def now(at: dt.datetime) -> Any:
    with time_machine.travel(at, tick=False):
        yield at


def agreed(
    waffles: WaffleFriday, by: Person, *people: Person, at: dt.datetime, **facts: Any
) -> Photo:
    """A photo that all on it let colleagues see."""
    photo = add(waffles.event, by, *people, at=at, **facts)
    for person in people:
        actions.agree_to_photo(photo=photo, by=person, at=at)
    return photo


def hanging() -> list[str]:
    """The sources of the cards that hang."""
    return [one.source for one in Celebration.objects.standing().filter(kind="photo")]


def screen_at(board: Board, by: Person, secret: str) -> Client:
    at = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    Screen.objects.create(
        name=secret,
        board=board,
        key_hash=digest(secret),
        paired_at=at,
        paired_by=by,
        last_seen_at=at,
    )
    client = Client()
    client.cookies["vaffel_screen"] = secret
    return client


# --- the choice and the yes ---
def test_photo_hangs_on_no_wall_unless_chosen(
    cast: Cast, waffles: WaffleFriday, now: dt.datetime
) -> None:
    photo = agreed(waffles, cast.alice, at=now)
    assert (photo.wall_asked_at, photo.hung_at, hanging()) == (None, None, [])


def test_photo_of_waffles_alone_hangs_at_once_for_a_day(
    cast: Cast, waffles: WaffleFriday, now: dt.datetime
) -> None:
    photo = agreed(waffles, cast.alice, at=now)
    actions.hang_photo(photo=photo, by=waffles.manager, at=now)
    card = Celebration.objects.get(kind="photo")
    assert (card.source, card.show_until) == (photo.wall_source, now + DAY)
    streams = StreamEvent.objects.filter(celebration=card).select_related("stream")
    assert [(one.stream.site, one.stream.unit) for one in streams] == [(cast.trondheim, None)]
    for language in ("nb", "en"):
        shown = card.cards[language]
        assert set(shown) == {
            "id", "kind", "show_from", "show_until", "at", "thread", "label", "title", "facts", "alt",
            "width", "height",
        }  # fmt: skip
        whole = json.dumps(shown)
        assert [one for one in (cast.alice.name, cast.alice.key) if one in whole] == []


def test_yes_to_colleagues_is_none_to_walls(
    cast: Cast, waffles: WaffleFriday, now: dt.datetime
) -> None:
    photo = agreed(waffles, cast.alice, cast.alice, cast.bob, at=now)
    actions.hang_photo(photo=photo, by=waffles.manager, at=now)
    asked = Notice.objects.filter(kind="photo_wall_consent").order_by("person")
    assert [one.person for one in asked] == [cast.alice, cast.bob]
    assert Delivery.objects.count() == 0
    assert hanging() == []
    actions.agree_to_wall(photo=photo, by=cast.alice, at=now)
    assert hanging() == []
    for _ in range(2):
        actions.agree_to_wall(photo=photo, by=cast.bob, at=now)
    assert hanging() == [photo.wall_source]
    assert Celebration.objects.count() == 1


def test_who_chooses_it_and_is_on_it_has_said_yes(
    cast: Cast, waffles: WaffleFriday, now: dt.datetime
) -> None:
    photo = agreed(waffles, cast.alice, waffles.manager, at=now)
    actions.hang_photo(photo=photo, by=waffles.manager, at=now)
    assert hanging() == [photo.wall_source]
    assert Notice.objects.filter(kind="photo_wall_consent").count() == 0


def test_photo_that_waits_is_not_hung(cast: Cast, waffles: WaffleFriday, now: dt.datetime) -> None:
    photo = add(waffles.event, cast.alice, cast.bob, at=now)
    with pytest.raises(ValidationError):
        actions.hang_photo(photo=photo, by=waffles.manager, at=now)
    gone = actions.take_down_photo(photo=agreed(waffles, cast.alice, at=now), at=now)
    with pytest.raises(ValidationError):
        actions.hang_photo(photo=gone, by=waffles.manager, at=now)
    assert hanging() == []


def test_six_of_an_event_at_a_time(cast: Cast, waffles: WaffleFriday, now: dt.datetime) -> None:
    photos = [agreed(waffles, cast.alice, at=now) for _ in range(7)]
    for photo in photos[:6]:
        actions.hang_photo(photo=photo, by=waffles.manager, at=now)
    hang = partial(actions.hang_photo, photo=photos[6], by=waffles.manager)
    with pytest.raises(ValidationError):
        hang(at=now)
    actions.take_photo_off_walls(photo=photos[0], at=now)
    hang(at=now)
    assert len(hanging()) == 6


def test_wanted_again_later_asks_anew(cast: Cast, waffles: WaffleFriday, now: dt.datetime) -> None:
    photo = agreed(waffles, cast.alice, cast.bob, at=now)
    hang = partial(actions.hang_photo, photo=photo, by=waffles.manager)
    hang(at=now)
    hang(at=now + MINUTE)
    actions.agree_to_wall(photo=photo, by=cast.bob, at=now + MINUTE)
    assert Notice.objects.filter(kind="photo_wall_consent").count() == 1
    hang(at=now + DAY + MINUTE)
    assert PhotoTag.objects.get().wall_agreed_at is None
    assert Notice.objects.filter(kind="photo_wall_consent").count() == 2


def test_question_ends_after_two_weeks(cast: Cast, waffles: WaffleFriday, now: dt.datetime) -> None:
    photo = agreed(waffles, cast.alice, cast.bob, at=now)
    actions.hang_photo(photo=photo, by=waffles.manager, at=now)
    with pytest.raises(ValidationError):
        actions.agree_to_wall(photo=photo, by=cast.bob, at=now + 14 * DAY)
    with pytest.raises(ValidationError):
        actions.agree_to_wall(photo=photo, by=cast.alice, at=now)
    assert hanging() == []


def test_change_of_mind_when_it_is_over_tells_nothing(
    cast: Cast, waffles: WaffleFriday, now: dt.datetime
) -> None:
    photo = agreed(waffles, cast.alice, cast.bob, at=now)
    actions.hang_photo(photo=photo, by=waffles.manager, at=now)
    actions.agree_to_wall(photo=photo, by=cast.bob, at=now)
    before = Photo.objects.values().get()
    actions.refuse_wall(photo=photo, by=cast.bob, at=now + DAY)
    assert Photo.objects.values().get() == before
    assert PhotoTag.objects.get().wall_agreed_at is None


def test_photo_of_what_was_called_off_hangs_nowhere(
    cast: Cast, waffles: WaffleFriday, now: dt.datetime
) -> None:
    photo = agreed(waffles, cast.alice, at=now)
    waffles.event.sittings.update(cancelled_at=now)
    with pytest.raises(ValidationError):
        actions.hang_photo(photo=photo, by=waffles.manager, at=now)
    assert hanging() == []


def test_photo_of_what_was_held_nowhere_in_particular_hangs_everywhere(
    cast: Cast, waffles: WaffleFriday, now: dt.datetime
) -> None:
    photo = agreed(waffles, cast.alice, at=now)
    waffles.event.sittings.update(site=None)
    actions.hang_photo(photo=photo, by=waffles.manager, at=now)
    [event] = StreamEvent.objects.select_related("stream")
    assert (event.stream.site, event.stream.unit, event.stream.employer) == (None, None, None)


def test_photo_of_a_teams_event_hangs_on_the_walls_of_those_invited(
    cast: Cast, waffles: WaffleFriday, now: dt.datetime
) -> None:
    """Everywhere at once is nowhere near everybody's wall when not everybody is invited."""
    for audience in ({"unit": cast.team}, {"site": cast.gjovik}, {"employer": cast.partner}):
        Invitation.objects.create(series=waffles.series, **audience)
    photo = agreed(waffles, cast.alice, cast.bob, at=now)
    waffles.event.sittings.update(site=None)
    actions.hang_photo(photo=photo, by=cast.admin, at=now)
    page = sign_in(Client(), cast.bob).get(f"/events/photos/{photo.key}/").content.decode()
    assert asked_places(photo).names == sorted(
        [cast.team.name, cast.gjovik.name, cast.partner.name]
    )
    assert [name in page for name in (cast.team.name, cast.gjovik.name)] == [True, True]
    assert "Alle vegger" not in page
    actions.agree_to_wall(photo=photo, by=cast.bob, at=now)
    shown = StreamEvent.objects.select_related("stream")
    assert {(one.stream.unit, one.stream.site, one.stream.employer) for one in shown} == {
        (cast.team, None, None), (None, cast.gjovik, None), (None, None, cast.partner),
    }  # fmt: skip


def test_photo_hangs_on_the_walls_that_all_were_asked_about(
    cast: Cast, waffles: WaffleFriday, now: dt.datetime
) -> None:
    photo = agreed(waffles, cast.alice, cast.alice, cast.bob, at=now)
    actions.hang_photo(photo=photo, by=waffles.manager, at=now)
    actions.agree_to_wall(photo=photo, by=cast.alice, at=now)
    events.make_sitting(waffles.event, site=cast.gjovik)
    assert wall_places(waffles.event).names == ["Gjøvik", "Trondheim"]
    page = sign_in(Client(), cast.bob).get(f"/events/photos/{photo.key}/").content.decode()
    assert ("Trondheim" in page, "Gjøvik" in page) == (True, False)
    actions.agree_to_wall(photo=photo, by=cast.bob, at=now)
    shown = StreamEvent.objects.select_related("stream")
    assert [one.stream.site for one in shown] == [cast.trondheim]
    # Wanted anew it asks about both.
    actions.take_photo_off_walls(photo=photo, at=now)
    assert photo.wall_streams.count() == 0
    actions.hang_photo(photo=photo, by=waffles.manager, at=now)
    assert asked_places(photo).names == ["Gjøvik", "Trondheim"]


def test_only_who_plans_for_all_the_walls_today_hangs_it(
    cast: Cast, waffles: WaffleFriday, now: dt.datetime
) -> None:
    """Having made the event is not enough: roles end. Taking it off is for the organiser all the same."""
    photo = agreed(waffles, cast.alice, cast.bob, at=now)
    page = f"/events/photos/{photo.key}/"
    Invitation.objects.create(series=waffles.series, site=cast.trondheim)
    assert can_hang_photos(waffles.manager, waffles.event) is True
    elsewhere = events.make_sitting(waffles.event, site=cast.gjovik)
    assert can_hang_photos(waffles.manager, waffles.event) is False
    elsewhere.delete()
    waffles.event.sittings.update(site=None)
    assert can_hang_photos(waffles.manager, waffles.event) is True
    Invitation.objects.all().delete()
    assert can_hang_photos(waffles.manager, waffles.event) is False
    assert can_hang_photos(cast.admin, waffles.event) is True
    waffles.event.sittings.update(site=cast.trondheim)
    actions.hang_photo(photo=photo, by=waffles.manager, at=now)
    RoleAssignment.objects.filter(person=waffles.manager).delete()
    manager = sign_in(Client(), Person.objects.get(pk=waffles.manager.pk))
    assert 'data-testid="photo-off-walls"' in manager.get(page).content.decode()
    assert manager.post(f"{page}wall/off/").status_code == 302
    assert 'data-testid="hang-photo"' not in manager.get(page).content.decode()
    assert manager.post(f"{page}wall/").status_code == 403
    photo.refresh_from_db()
    assert photo.wall_asked_at is None


@pytest.mark.parametrize("how", ["refused", "taken down", "purged"])
def test_words_of_a_photo_go_with_it(
    cast: Cast, waffles: WaffleFriday, now: dt.datetime, how: str
) -> None:
    photo = agreed(waffles, cast.alice, cast.bob, at=now, alt="Bob med rare briller")
    actions.hang_photo(photo=photo, by=waffles.manager, at=now)
    actions.agree_to_wall(photo=photo, by=cast.bob, at=now)
    assert "briller" in str(Celebration.objects.get().cards)
    if how == "refused":
        actions.refuse_wall(photo=photo, by=cast.bob, at=now)
    elif how == "taken down":
        actions.take_down_photo(photo=photo, at=now)
        assert Photo.objects.get().alt == ""
    else:
        actions.purge_photos(at=now + 180 * DAY)
    assert Celebration.objects.get().cards == {}


def test_database_knows_no_yes_to_walls_alone(
    cast: Cast, waffles: WaffleFriday, now: dt.datetime
) -> None:
    photo = add(waffles.event, cast.alice, cast.bob, at=now)
    with pytest.raises(IntegrityError), transaction.atomic():
        PhotoTag.objects.update(wall_agreed_at=now)
    with pytest.raises(IntegrityError), transaction.atomic():
        Photo.objects.filter(pk=photo.pk).update(hung_at=now)


# --- down at once ---
@pytest.mark.parametrize("how", ["refused", "taken down", "organiser", "left", "purged"])
def test_photo_comes_down_at_once(
    cast: Cast, waffles: WaffleFriday, now: dt.datetime, how: str
) -> None:
    photo = agreed(waffles, cast.alice, cast.bob, at=now)
    actions.hang_photo(photo=photo, by=waffles.manager, at=now)
    actions.agree_to_wall(photo=photo, by=cast.bob, at=now)
    assert picture_for_wall(photo.wall_source, at=now) == PICTURE.full
    later = now + MINUTE
    if how == "refused":
        actions.refuse_wall(photo=photo, by=cast.bob, at=later)
    elif how == "taken down":
        actions.take_down_photo(photo=photo, at=later)
    elif how == "organiser":
        actions.take_photo_off_walls(photo=photo, at=later)
    elif how == "left":
        Person.objects.filter(pk=cast.bob.pk).update(left_on=now.date())
        # No screen gets the picture before the clock has taken it down.
        assert picture_for_wall(photo.wall_source, at=later) is None
        actions.take_down_leavers_photos(at=later)
    else:
        Photo.objects.update(uploaded_at=now - 180 * DAY)
        assert actions.purge_photos(at=later) == 1
    assert hanging() == []
    assert picture_for_wall(photo.wall_source, at=later) is None
    ops = list(StreamEvent.objects.order_by("pk").values_list("op", flat=True))
    assert ops == ["show", "withdraw"]


def test_refusal_looks_like_no_answer(cast: Cast, waffles: WaffleFriday, now: dt.datetime) -> None:
    """To whoever organises, to others on it, and in the rows."""
    silent = agreed(waffles, cast.alice, cast.alice, cast.bob, at=now)
    refused = agreed(waffles, cast.alice, cast.alice, cast.bob, at=now)
    pages = {}
    for photo in (silent, refused):
        actions.hang_photo(photo=photo, by=waffles.manager, at=now)
        actions.agree_to_wall(photo=photo, by=cast.alice, at=now)
    actions.refuse_wall(photo=refused, by=cast.bob, at=now)
    for viewer in (waffles.manager, cast.alice):
        client = sign_in(Client(), viewer)
        for photo in (silent, refused):
            page = client.get(f"/events/photos/{photo.key}/").content.decode()
            start = page.index("<main")
            pages[photo.pk] = page[start : page.index("</main>")].replace(photo.key, "KEY")
            pages[photo.pk] = _without_tokens(pages[photo.pk])
        assert pages[silent.pk] == pages[refused.pk]
    rows = Photo.objects.order_by("pk").values_list("wall_asked_at", "hung_at", "hidden_at")
    assert len(set(rows)) == 1
    tags = [
        list(
            PhotoTag.objects.filter(photo=one)
            .order_by("person")
            .values_list("person", "agreed_at", "wall_agreed_at")
        )
        for one in (silent, refused)
    ]
    assert tags[0] == tags[1]
    assert Notice.objects.filter(kind="photo_taken_down").count() == 0


def _without_tokens(page: str) -> str:
    parts = page.split('name="csrfmiddlewaretoken" value="')
    return parts[0] + "".join(part[part.index('"') :] for part in parts[1:])


def test_yes_and_no_at_once_is_seen_as_one_of_both(
    transactional_db: None, cast: Cast, waffles: WaffleFriday, at: dt.datetime
) -> None:
    photo = agreed(waffles, cast.alice, cast.alice, cast.bob, at=at)
    with time_machine.travel(at, tick=False):
        actions.hang_photo(photo=photo, by=waffles.manager, at=at)
        calls = [
            partial(actions.agree_to_wall, photo=photo, by=cast.alice, at=at),
            partial(actions.agree_to_wall, photo=photo, by=cast.bob, at=at),
            partial(actions.refuse_wall, photo=photo, by=cast.bob, at=at),
        ] * 2
        assert [one for one in at_once(calls) if isinstance(one, Exception)] == []
    photo.refresh_from_db()
    are_all = not photo.tags.filter(wall_agreed_at__isnull=True).exists()
    assert (photo.hung_at is not None) == are_all == (len(hanging()) == 1)


# --- pages ---
def test_organiser_chooses_and_those_on_it_answer(
    cast: Cast, waffles: WaffleFriday, now: dt.datetime
) -> None:
    Invitation.objects.create(series=waffles.series, site=cast.trondheim)
    photo = agreed(waffles, cast.alice, cast.bob, at=now)
    page = f"/events/photos/{photo.key}/"
    manager, alice, bob = (
        sign_in(Client(), one) for one in (waffles.manager, cast.alice, cast.bob)
    )

    def parts(client: Client) -> list[str]:
        shown = client.get(page).content.decode()
        names = ("hang-photo", "photo-off-walls", "wall-yes", "wall-no")
        return [one for one in names if f'data-testid="{one}"' in shown]

    assert (parts(manager), parts(alice), parts(bob)) == (["hang-photo"], [], [])
    assert alice.post(f"{page}wall/").status_code == 403
    assert manager.post(f"{page}wall/").headers["Location"] == page
    assert (parts(manager), parts(alice)) == (["photo-off-walls"], [])
    assert parts(bob) == ["wall-yes", "wall-no"]
    assert alice.post(f"{page}wall/agree/").status_code == 403
    assert bob.post(f"{page}wall/agree/").status_code == 302
    assert (parts(manager), parts(bob), hanging()) == (
        ["photo-off-walls"], ["wall-no"], [photo.wall_source],
    )  # fmt: skip
    bob.post(f"{page}wall/refuse/")
    assert (parts(manager), hanging()) == (["photo-off-walls"], [])
    assert alice.post(f"{page}wall/off/").status_code == 403
    manager.post(f"{page}wall/off/")
    assert (parts(manager), parts(bob)) == (["hang-photo"], [])
    stranger = sign_in(Client(), cast.charlie)
    for what in ("", "off/", "agree/", "refuse/"):
        assert stranger.post(f"{page}wall/{what}").status_code == 404


def test_notice_asks_until_it_is_answered(
    cast: Cast, waffles: WaffleFriday, now: dt.datetime
) -> None:
    photo = agreed(waffles, cast.alice, cast.alice, cast.bob, at=now)
    actions.hang_photo(photo=photo, by=waffles.manager, at=now)
    load = partial(
        KINDS["photo_wall_consent"].load, [{"photo": photo.key, "reader_id": cast.bob.pk}]
    )
    assert load() == [{"photo": photo, "event": waffles.event}]
    actions.agree_to_wall(photo=photo, by=cast.bob, at=now)
    assert load() == [None]
    actions.refuse_wall(photo=photo, by=cast.bob, at=now)
    unread = Notice.objects.filter(kind="photo_wall_consent", read_at__isnull=True)
    assert [one.person for one in unread] == [cast.alice]
    actions.take_photo_off_walls(photo=photo, at=now)
    assert Notice.objects.filter(kind="photo_wall_consent", withdrawn_at=None).count() == 0


# --- screens ---
def test_screen_of_the_site_gets_the_picture_and_nobody_else(
    cast: Cast, waffles: WaffleFriday, now: dt.datetime
) -> None:
    photo = agreed(waffles, cast.alice, cast.bob, at=now)
    actions.hang_photo(photo=photo, by=waffles.manager, at=now)
    actions.agree_to_wall(photo=photo, by=cast.bob, at=now)
    card = Celebration.objects.get(kind="photo")
    address = f"/screen/photos/{card.key}/"
    here = screen_at(
        Board.objects.create(name="Kantina", site=cast.trondheim), cast.keeper, "a" * 43
    )
    team = screen_at(Board.objects.create(name="Nordlys", unit=cast.team), cast.keeper, "b" * 43)
    far = screen_at(
        Board.objects.create(name="Bergen", site=factories.make_site("Bergen")),
        cast.keeper,
        "c" * 43,
    )
    for client in (here, team):
        answer = client.get(address)
        assert (answer.status_code, answer.content) == (200, PICTURE.full)
        assert answer.headers["Content-Type"] == "image/webp"
        assert answer.headers["Cache-Control"] == "private, no-store"
    assert far.get(address).status_code == 404
    # Neither people nor strangers, and by no other key.
    for client in (Client(), sign_in(Client(), cast.bob), sign_in(Client(), cast.admin)):
        assert client.get(address).status_code == 401
    for key in (photo.key, "c" + "0" * 15, "\u00e6", "x" * 200):
        assert here.get(f"/screen/photos/{key}/").status_code == 404
    Screen.objects.filter(name="b" * 43).update(revoked_at=now)
    assert team.get(address).status_code == 401
    actions.refuse_wall(photo=photo, by=cast.bob, at=now)
    assert here.get(address).status_code == 404
    # Hung again it has another address.
    actions.agree_to_wall(photo=photo, by=cast.bob, at=now)
    again = Celebration.objects.standing().get(kind="photo")
    assert (again.key != card.key, here.get(address).status_code) == (True, 404)
    assert here.get(f"/screen/photos/{again.key}/").status_code == 200
    with time_machine.travel(now + DAY, tick=False):
        assert here.get(f"/screen/photos/{again.key}/").status_code == 404


def test_feed_has_the_card_without_the_picture(
    cast: Cast, waffles: WaffleFriday, now: dt.datetime
) -> None:
    photo = agreed(waffles, cast.alice, at=now)
    actions.hang_photo(photo=photo, by=waffles.manager, at=now)
    here = screen_at(
        Board.objects.create(name="Kantina", site=cast.trondheim), cast.keeper, "a" * 43
    )
    [event] = here.get("/screen/feed").json()["events"]
    card = event["card"]
    assert (card["kind"], card["title"], card["alt"]) == (
        "photo",
        waffles.event.title,
        "Fire vafler",
    )
    assert photo.key not in json.dumps({**card, "thread": ""})


def test_exports_tell_of_walls(cast: Cast, waffles: WaffleFriday, now: dt.datetime) -> None:
    photo = agreed(waffles, cast.alice, cast.bob, at=now)
    actions.hang_photo(photo=photo, by=waffles.manager, at=now)
    actions.agree_to_wall(photo=photo, by=cast.bob, at=now)
    [on_it] = everything_about(cast.bob, at=now)["photos_i_am_on"]  # type: ignore[misc]
    assert dt.datetime.fromisoformat(on_it["agreed_to_walls_at"]) == now
    [added] = everything_about(cast.alice, at=now)["photos_added"]  # type: ignore[misc]
    assert dt.datetime.fromisoformat(added["on_walls_since"]) == now
