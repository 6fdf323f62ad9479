"""Ideas with their votes, and a waffle Friday that is over: who came, how it was, and a drawn photo.

Made by the same actions as everybody uses, at the time they would have happened.
"""

import datetime as dt
import io

from django.db.models import QuerySet
from PIL import Image, ImageDraw

from engagement import times
from engagement.demo.personas import BY_SLUG
from engagement.people.models import Person, Site
from engagement.people.queries import members_on, place_of
from events import actions
from events.models import Event, Idea, Sitting, Tally
from events.pictures import draw_anew

DAY = dt.timedelta(days=1)
# Title, what, for one's own site, named, votes, days ago.
IDEAS = (
    ("Brettspill på torsdager", "En time etter dagskiftet. Ta med et spill du liker.", True, True,
     11, 9),
    ("Suppelunsj når det er kaldt", "En gryte i kantina, og brød til.", True, False, 7, 5),
    ("Løpegruppe i elveparken", "Rolig tempo, fem kilometer.", True, True, 3, 2),
    ("Felles julesang på tvers av byene", "På skjermene, klokka tolv.", False, True, 6, 4),
)  # fmt: skip
PICKED = ("Kaffesmaking med bønner hjemmefra", "Alle tar med sin egen.", 14, 26)
DECLINED = ("Trampoline i kantina", "Den gamle trampolinen står bare i kjelleren.", 9, 20)
WHY_NOT = "Taket er 2,40. Vi spør om plass ute til våren."
OPINIONS = ("good", "good", "fine", "good", "good", "not_mine", "good", "good", "fine", "good")
GUESTS = 10


def fill(*, at: dt.datetime) -> None:
    """All of it, the first time; later nothing."""
    if Idea.objects.exists():
        return
    manager, agent = (
        Person.objects.get(employee_number=BY_SLUG[slug].number) for slug in ("manager", "agent")
    )
    site = place_of(manager, times.local_date(at)).site
    assert site is not None
    people = [one for one in members_on(times.local_date(at), site=site) if one != manager]
    _ideas(site, people, manager=manager, at=at)
    _last_friday(site, people, agent=agent, at=at)


def _ideas(site: Site, people: list[Person], *, manager: Person, at: dt.datetime) -> None:
    for number, (title, what, is_here, is_named, votes, days) in enumerate(IDEAS):
        _idea(title, what, site if is_here else None, people[number:], votes, at - days * DAY,
              is_named=is_named)  # fmt: skip
    title, what, votes, days = DECLINED
    idea = _idea(title, what, site, people[5:], votes, at - days * DAY)
    actions.decline_idea(idea=idea, reason=WHY_NOT, by=manager, at=at - 12 * DAY)
    title, what, votes, days = PICKED
    idea = _idea(title, what, site, people[6:], votes, at - days * DAY)
    event = _events_here(site).order_by("-day", "-pk").first()
    if event is not None:
        actions.pick_idea(idea=idea, series=event.series, by=manager, at=at - 8 * DAY)


def _events_here(site: Site) -> QuerySet[Event]:
    once = Event.objects.standing().filter(series__rule="", sittings__site=site)
    return once.select_related("series")


def _idea(
    title: str, what: str, site: Site | None, people: list[Person], votes: int, at: dt.datetime,
    *, is_named: bool = True,
) -> Idea:  # fmt: skip
    by, *others = people[: votes + 1]
    idea = actions.propose_idea(title=title, what=what, site=site, is_named=is_named, by=by, at=at)
    for person in others[: votes - 1]:
        actions.vote_for_idea(idea=idea, by=person, at=at)
    return idea


def _last_friday(site: Site, people: list[Person], *, agent: Person, at: dt.datetime) -> None:
    """The latest waffles whose three days of answering are over and to which nobody is signed up yet
    (`demo.signups` fills the last ones), and the numbers that came of it."""
    held = Event.objects.standing().filter(series__emblem="waffle", sittings__site=site)
    over = held.filter(day__lte=times.local_date(at) - 5 * DAY, signups=None).distinct()
    event = over.select_related("series__organiser").order_by("-day").first()
    if event is None:
        return
    guests = _seated(event, [agent, *(one for one in people if one != agent)])
    over_at = max(one.ends_at for one in event.sittings.standing()) + dt.timedelta(minutes=5)
    actions.ask_how_it_was(at=over_at)
    tally = Tally.objects.filter(event=event).first()
    if tally is not None:
        for person, opinion in zip(guests, OPINIONS, strict=False):
            actions.answer_was_it_good(event=event, opinion=opinion, by=person, at=over_at)
        actions.close_tallies(at=tally.closes_at)
    _photos(event, guests, agent=agent, at=over_at)


def _seated(event: Event, people: list[Person]) -> list[Person]:
    """As many as there are chairs for, ten at most, one sitting after the other."""
    sittings = event.sittings.standing().order_by("starts_at", "pk")
    chairs = [one for one in sittings for _chair in range(one.capacity or GUESTS)]
    guests = people[: min(GUESTS, len(chairs))]
    for sitting, person in zip(chairs, guests, strict=False):
        _come(sitting, person)
    return guests


def _come(sitting: Sitting, person: Person) -> None:
    asked_at = max(sitting.opens_at, sitting.starts_at - DAY)
    actions.sign_up(by=person, sitting=sitting, at=asked_at)
    actions.check_in(sitting=sitting, by=person, at=sitting.starts_at)


def _photos(event: Event, guests: list[Person], *, agent: Person, at: dt.datetime) -> None:
    """One of waffles that everybody sees, and one that the agent is asked about."""
    by = guests[1]
    for alt, people, colours in (
        ("Et fat med vaffelhjerter og syltetøy", [], ("#f3e2bd", "#d99a3d", "#a02842")),
        ("En som smiler bak et fat med vafler", [agent], ("#cfe0ee", "#d99a3d", "#a02842")),
    ):
        actions.add_photo(
            event=event, picture=draw_anew(_drawing(colours, has_guest=bool(people))), alt=alt, people=people,
            has_named_all=True, by=by, at=at,
        )  # fmt: skip


def _drawing(colours: tuple[str, str, str], *, has_guest: bool) -> bytes:
    """A plate with a waffle of five hearts, as a PNG; with somebody behind it when it is asked for."""
    ground, waffle, jam = colours
    image = Image.new("RGB", (1200, 900), ground)
    draw = ImageDraw.Draw(image)
    if has_guest:
        draw.ellipse((700, 250, 1280, 1100), fill="#2f5d7c")
        draw.ellipse((830, 20, 1110, 320), fill="#e2b48c")
        draw.arc((900, 120, 1040, 260), 20, 160, fill="#5c3420", width=10)
        draw.ellipse((905, 130, 930, 155), fill="#5c3420")
        draw.ellipse((1010, 130, 1035, 155), fill="#5c3420")
    draw.ellipse((190, 90, 1010, 850), fill="#fffdf6", outline="#d8cfb8", width=8)
    for x, y in ((600, 270), (430, 400), (770, 400), (495, 590), (705, 590)):
        draw.ellipse((x - 95, y - 95, x + 15, y + 15), fill=waffle)
        draw.ellipse((x - 15, y - 95, x + 95, y + 15), fill=waffle)
        draw.polygon([(x - 88, y - 12), (x + 88, y - 12), (x, y + 105)], fill=waffle)
        for step in (-45, 0, 45):
            draw.line((x + step, y - 70, x + step, y + 40), fill="#b9782a", width=6)
            draw.line((x - 70, y + step - 25, x + 70, y + step - 25), fill="#b9782a", width=6)
    draw.ellipse((545, 400, 660, 500), fill=jam)
    written = io.BytesIO()
    image.save(written, "PNG")
    return written.getvalue()
