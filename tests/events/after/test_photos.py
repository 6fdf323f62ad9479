"""Photos: seen when all on them have agreed, gone at once when one does not."""

import datetime as dt
import re
from functools import partial
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from engagement.export import everything_about
from engagement.notices.models import Delivery, Notice
from engagement.people.models import Person
from events import actions
from events.actions import photos as limits
from events.models import Invitation, Photo, PhotoFile, PhotoTag
from tests.api.conftest import ApiClient, token_for
from tests.conftest import Cast, sign_in
from tests.events.after.helpers import MINUTE, add, image_bytes, seat
from tests.events.conftest import WaffleFriday
from tests.events.signup.helpers import at_once

DAY = dt.timedelta(days=1)
NEVER_KEPT = "private, no-store"


@pytest.fixture
def at(cast: Cast, waffles: WaffleFriday) -> dt.datetime:
    """A minute after the sitting that Alice and Bob were at."""
    seat(waffles.sitting, [cast.alice, cast.bob])
    return waffles.sitting.ends_at + MINUTE


@pytest.fixture
def now(at: dt.datetime) -> Any:
    with time_machine.travel(at, tick=False):
        yield at


def answers(photo: Photo, *people: Person) -> list[int]:
    """What the address of the small picture answers to each."""
    found = []
    for person in people:
        answer = sign_in(Client(), person).get(f"/events/photos/{photo.key}/small/")
        assert answer.status_code != 200 or answer.headers["Cache-Control"] == NEVER_KEPT
        found.append(answer.status_code)
    return found


@pytest.mark.django_db
def test_photo_is_seen_when_all_on_it_have_agreed(
    cast: Cast, waffles: WaffleFriday, now: dt.datetime
) -> None:
    photo = add(waffles.event, cast.alice, cast.alice, cast.bob, cast.keeper, at=now)
    told = Notice.objects.filter(kind="photo_consent").order_by("person")
    assert [one.person for one in told] == [cast.bob, cast.keeper]
    assert Delivery.objects.count() == 0
    seen = (cast.alice, cast.bob, cast.keeper, cast.admin, waffles.manager)
    assert answers(photo, *seen) == [200, 200, 200, 404, 404]
    actions.agree_to_photo(photo=photo, by=cast.bob, at=now)
    assert answers(photo, cast.admin, waffles.manager) == [404, 404]
    actions.agree_to_photo(photo=photo, by=cast.keeper, at=now)
    assert answers(photo, cast.admin, waffles.manager) == [200, 200]


@pytest.mark.django_db
def test_photo_of_waffles_alone_is_seen_at_once(
    cast: Cast, waffles: WaffleFriday, now: dt.datetime
) -> None:
    photo = add(waffles.event, cast.alice, at=now)
    assert answers(photo, cast.bob) == [200]
    assert Notice.objects.count() == 0


@pytest.mark.django_db
def test_stranger_finds_no_photo_though_it_is_guessed(
    cast: Cast, waffles: WaffleFriday, now: dt.datetime, as_charlie: Client
) -> None:
    Invitation.objects.create(series=waffles.series, site=cast.trondheim)
    photo = add(waffles.event, cast.alice, at=now)
    assert answers(photo, cast.bob, cast.charlie) == [200, 404]
    for address in (
        f"/events/photos/{photo.key}/", f"/events/photos/{photo.key}/full/",
        f"/events/{waffles.event.key}/photos/add/", "/events/photos/h00000000000000/full/",
    ):  # fmt: skip
        assert as_charlie.get(address).status_code == 404
    for address in ("agree", "take-down"):
        assert as_charlie.post(f"/events/photos/{photo.key}/{address}/").status_code == 404
    assert Photo.objects.standing().count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "who", ["on it", "on it, having agreed", "not named", "uploader", "organiser"]
)
def test_no_hides_it_at_once_and_deletes_the_picture(
    cast: Cast, waffles: WaffleFriday, now: dt.datetime, who: str
) -> None:
    people = [] if who == "not named" else [cast.bob]
    photo = add(waffles.event, cast.alice, *people, at=now)
    if who == "on it, having agreed":
        actions.agree_to_photo(photo=photo, by=cast.bob, at=now)
    presser = {"uploader": cast.alice, "organiser": waffles.manager}.get(who, cast.bob)
    if who == "organiser":
        actions.agree_to_photo(photo=photo, by=cast.bob, at=now)
    client = sign_in(Client(), presser)
    answer = client.post(f"/events/photos/{photo.key}/take-down/")
    assert (answer.status_code, answer.headers["Location"]) == (
        302,
        f"/events/{waffles.event.key}/",
    )
    everybody = (cast.alice, cast.bob, cast.admin, waffles.manager)
    assert answers(photo, *everybody) == [404] * 4
    assert client.get(f"/events/photos/{photo.key}/full/").status_code == 404
    assert (PhotoFile.objects.count(), PhotoTag.objects.count()) == (0, 0)
    told = list(Notice.objects.filter(kind="photo_taken_down").order_by("person"))
    # The same two whoever it was: nobody is told apart by a notice that does not come.
    both = sorted([cast.alice, waffles.manager], key=lambda one: one.pk)
    assert [one.person for one in told] == both
    for one in told:
        assert presser.key not in f"{one.parameters}{one.source}{one.link}"
    asking = Notice.objects.filter(kind="photo_consent", withdrawn_at=None)
    assert asking.count() == 0


@pytest.mark.django_db
def test_pages_say_who_is_on_it_to_those_alone(
    cast: Cast, waffles: WaffleFriday, now: dt.datetime
) -> None:
    photo = add(waffles.event, cast.alice, cast.bob, at=now)
    asked = sign_in(Client(), cast.bob).get(f"/events/photos/{photo.key}/")
    assert asked.headers["Cache-Control"] == NEVER_KEPT
    assert asked.content.decode().count('data-testid="photo-yes"') == 1
    sign_in(Client(), cast.bob).post(f"/events/photos/{photo.key}/agree/")
    for viewer, sees in ((cast.alice, True), (cast.bob, True), (cast.admin, False)):
        page = sign_in(Client(), viewer).get(f"/events/photos/{photo.key}/").content.decode()
        assert (cast.bob.name in page.replace(viewer.name, "", 0)) == sees
        assert 'data-testid="photo-yes"' not in page
    for viewer in (cast.alice, cast.admin):
        agree = sign_in(Client(), viewer).post(f"/events/photos/{photo.key}/agree/")
        assert agree.status_code == 403


@pytest.mark.django_db
def test_pages_do_not_say_who_has_agreed_nor_how_many(
    cast: Cast, waffles: WaffleFriday, now: dt.datetime
) -> None:
    """When it vanishes, whoever had not said yes would be known to have said no."""
    photo = add(waffles.event, cast.alice, cast.bob, cast.keeper, cast.alice, at=now)
    client = sign_in(Client(), cast.alice)
    addresses = (f"/events/photos/{photo.key}/", f"/events/{waffles.event.key}/")

    def seen() -> list[str]:
        pages = [client.get(one).content.decode() for one in addresses]
        return [page.partition("<main")[2].partition("</main>")[0] for page in pages]

    def without_tokens(pages: list[str]) -> list[str]:
        return [re.sub(r'csrfmiddlewaretoken" value="[^"]+"', "", page) for page in pages]

    before = without_tokens(seen())
    actions.agree_to_photo(photo=photo, by=cast.bob, at=now)
    assert without_tokens(seen()) == before
    assert cast.bob.name in before[0]


@pytest.mark.django_db
def test_photo_goes_when_somebody_on_it_leaves(
    cast: Cast, waffles: WaffleFriday, now: dt.datetime
) -> None:
    photo = add(waffles.event, cast.alice, cast.bob, at=now)
    actions.agree_to_photo(photo=photo, by=cast.bob, at=now)
    assert answers(photo, cast.admin) == [200]
    Person.objects.filter(pk=cast.bob.pk).update(left_on=now.date())
    assert answers(photo, cast.admin, cast.alice) == [404, 404]
    assert actions.take_down_leavers_photos(at=now) == 1
    assert PhotoFile.objects.count() == 0


@pytest.mark.django_db
def test_photos_are_forgotten(cast: Cast, waffles: WaffleFriday, at: dt.datetime) -> None:
    plain = add(waffles.event, cast.alice, at=at)
    waiting = add(waffles.event, cast.alice, cast.bob, at=at)
    down = add(waffles.event, cast.alice, at=at)
    actions.take_down_photo(photo=down, at=at)
    left = []
    for days in (7, 14, 180):
        actions.purge_photos(at=at + days * DAY - MINUTE)
        left.append(set(Photo.objects.values_list("pk", flat=True)))
        actions.purge_photos(at=at + days * DAY)
    left.append(set(Photo.objects.values_list("pk", flat=True)))
    assert left == [{plain.pk, waiting.pk, down.pk}, {plain.pk, waiting.pk}, {plain.pk}, set()]


@pytest.mark.django_db
def test_limits(
    cast: Cast, waffles: WaffleFriday, at: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MOST_A_PERSON", 2)
    monkeypatch.setattr(limits, "MOST_AN_EVENT", 3)
    mine = [add(waffles.event, cast.alice, at=at) for _ in range(2)]
    for by, count in ((cast.alice, 2), (cast.bob, 3)):
        if by == cast.bob:
            add(waffles.event, by, at=at)
        with pytest.raises(ValidationError) as caught:
            add(waffles.event, by, at=at)
        assert list(caught.value.message_dict) == ["photo"]
        assert Photo.objects.count() == count
    actions.take_down_photo(photo=mine[0], at=at)
    add(waffles.event, cast.alice, at=at)
    for wrong in ({"alt": "\u200b"}, {"alt": "x" * 201}, {"has_named_all": False}):
        with pytest.raises(ValidationError):
            add(waffles.event, cast.bob, at=at, **wrong)


# --- adding one on a phone ------------------------------------------------------------------------


def sent(cast: Cast, content: bytes, **facts: Any) -> dict[str, Any]:
    file = SimpleUploadedFile("../<x>.jpg", content, content_type="image/jpeg")
    given: dict[str, Any] = {
        "photo": file, "alt": "Bob steker", "people": [cast.bob.key], "has_named_all": "on",
    }  # fmt: skip
    return given | facts


@pytest.mark.django_db
def test_photo_is_added_on_a_page(
    as_alice: Client, cast: Cast, waffles: WaffleFriday, now: dt.datetime
) -> None:
    address = f"/events/{waffles.event.key}/photos/add/"
    assert as_alice.get(address).status_code == 200
    answer = as_alice.post(address, sent(cast, image_bytes()))
    assert (answer.status_code, answer.headers["Location"]) == (
        302,
        f"/events/{waffles.event.key}/",
    )
    photo = Photo.objects.get()
    assert [tag.person for tag in photo.tags.all()] == [cast.bob]
    picture = as_alice.get(f"/events/photos/{photo.key}/full/")
    assert bytes(picture.content[:4]) == b"RIFF"
    assert {name: picture.headers[name] for name in (
        "Content-Type", "X-Content-Type-Options", "Cache-Control", "Content-Disposition",
    )} == {
        "Content-Type": "image/webp",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": NEVER_KEPT,
        "Content-Disposition": f'inline; filename="{photo.key}.webp"',
    }  # fmt: skip
    assert "ETag" not in picture.headers
    shown = as_alice.get(f"/events/{waffles.event.key}/").content.decode()
    assert shown.count('data-testid="photo"') == 1
    hidden = sign_in(Client(), cast.admin).get(f"/events/{waffles.event.key}/").content.decode()
    assert photo.key not in hidden


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("facts", "lost"),
    [
        ({"alt": ""}, "photo-all-named"),
        ({"has_named_all": ""}, "Bob steker"),
        ({"people": ["p00000000000000"]}, "Bob steker"),
        ({"people": [], "people_text": "Bob Berg, Ingen Slik"}, "Ingen Slik"),
        ({"photo": SimpleUploadedFile("x.svg", b"<svg/>")}, "Bob steker"),
        ({"photo": SimpleUploadedFile("x.jpg", b"")}, "Bob steker"),
    ],
)
def test_what_is_wrong_is_told_and_words_are_kept(
    as_alice: Client, cast: Cast, waffles: WaffleFriday, now: dt.datetime,
    facts: dict[str, Any], lost: str,
) -> None:  # fmt: skip
    address = f"/events/{waffles.event.key}/photos/add/"
    answer = as_alice.post(address, sent(cast, image_bytes(), **facts))
    assert (answer.status_code, Photo.objects.count()) == (422, 0)
    assert lost in answer.content.decode()


@pytest.mark.django_db
def test_phones_are_asked_for_jpeg_and_heic_is_told_what_to_do(
    as_alice: Client, cast: Cast, waffles: WaffleFriday, now: dt.datetime
) -> None:
    """Who chooses from their photos gets a JPEG made by the phone; who sends HEIC all the same loses no word."""
    address = f"/events/{waffles.event.key}/photos/add/"
    page = as_alice.get(address).content.decode()
    assert re.findall(r'accept="([^"]*)"', page) == ["image/jpeg,image/png,image/webp"]
    heic = b"\x00\x00\x00\x18ftypheic\0\0\0\0mif1heic" + bytes(200)
    answer = as_alice.post(address, sent(cast, heic, alt="Fire vafler"))
    shown = answer.content.decode()
    assert (answer.status_code, Photo.objects.count()) == (422, 0)
    assert (shown.count("HEIC") > 0, shown.count('value="Fire vafler"')) == (True, 1)


@pytest.mark.django_db
def test_typed_name_counts_without_script(
    as_alice: Client, cast: Cast, waffles: WaffleFriday, now: dt.datetime
) -> None:
    address = f"/events/{waffles.event.key}/photos/add/"
    facts = {"people": [], "people_text": "Bob Berg, charlie dahl"}
    assert as_alice.post(address, sent(cast, image_bytes(), **facts)).status_code == 302
    names = PhotoTag.objects.values_list("person", flat=True).order_by("person")
    assert list(names) == [cast.bob.pk, cast.charlie.pk]


@pytest.mark.django_db
def test_only_those_who_were_there_add_photos_and_only_for_a_month(
    cast: Cast, waffles: WaffleFriday, at: dt.datetime
) -> None:
    address = f"/events/{waffles.event.key}/photos/add/"
    people = (cast.alice, waffles.manager, cast.keeper)
    early = waffles.sitting.starts_at - MINUTE
    for moment, found in (
        (early, [403, 403, 403]), (at, [200, 200, 403]), (at + 31 * DAY, [403, 403, 403])
    ):  # fmt: skip
        with time_machine.travel(moment, tick=False):
            answers = [sign_in(Client(), one).get(address).status_code for one in people]
        assert answers == found


# --- programs, exports, and many at once ----------------------------------------------------------


@pytest.mark.django_db
def test_programs_read_what_is_agreed_to(
    cast: Cast, waffles: WaffleFriday, now: dt.datetime
) -> None:
    shown = add(waffles.event, cast.alice, at=now)
    add(waffles.event, cast.alice, cast.bob, at=now)
    path = f"events/{waffles.event.key}/photos"
    for person in (cast.alice, cast.bob, cast.admin):
        client = ApiClient(token_for(person, "events:read")[1])
        assert client.call("GET", path).json() == {
            "photos": [
                {
                    "id": shown.key,
                    "what": "Fire vafler",
                    "width": 1200,
                    "height": 900,
                    "page": f"/events/photos/{shown.key}/",
                    "uploaded_at": now.astimezone(dt.UTC).isoformat().replace("+00:00", "Z"),
                }
            ]
        }
    Invitation.objects.create(series=waffles.series, site=cast.trondheim)
    assert ApiClient(token_for(cast.charlie)[1]).call("GET", path).status_code == 404


@pytest.mark.django_db
def test_exports_tell_of_ones_own_photos(
    cast: Cast, waffles: WaffleFriday, at: dt.datetime
) -> None:
    photo = add(waffles.event, cast.alice, cast.bob, at=at)
    alice, bob, admin = (everything_about(one, at=at) for one in (cast.alice, cast.bob, cast.admin))
    assert bob["photos_i_am_on"] == [
        {"photo": photo.key, "event": "Vaffelfredag", "agreed_at": None, "agreed_to_walls_at": None}
    ]
    assert [one["photo"] for one in alice["photos_added"]] == [photo.key]  # type: ignore[attr-defined]
    assert (admin["photos_added"], admin["photos_i_am_on"], alice["photos_i_am_on"]) == ([], [], [])


@pytest.mark.django_db(transaction=True)
def test_yes_and_no_at_once_is_a_no(cast: Cast, waffles: WaffleFriday, at: dt.datetime) -> None:
    for _ in range(8):
        photo = add(waffles.event, cast.alice, cast.bob, cast.keeper, at=at)
        agree = partial(actions.agree_to_photo, photo=photo, at=at)
        refuse = partial(actions.take_down_photo, photo=photo, at=at)
        results = at_once(
            [
                partial(agree, by=cast.bob), refuse,
                partial(agree, by=cast.keeper), partial(agree, by=cast.bob),
            ]
        )  # fmt: skip
        failed = [one for one in results if isinstance(one, Exception)]
        assert {type(one) for one in failed} <= {ValidationError}
        photo.refresh_from_db()
        assert photo.hidden_at == at
    assert (PhotoFile.objects.count(), PhotoTag.objects.count()) == (0, 0)


@pytest.mark.django_db(transaction=True)
def test_many_photos_at_once_stop_at_the_limit(
    cast: Cast, waffles: WaffleFriday, at: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MOST_A_PERSON", 3)
    results = at_once([partial(add, waffles.event, cast.alice, at=at)] * 9)
    assert sum(isinstance(one, Photo) for one in results) == Photo.objects.count() == 3
