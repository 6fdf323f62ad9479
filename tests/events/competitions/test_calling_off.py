"""Whoever is in a competition hears that it is cancelled, and why; nobody else does."""

from django.test import Client
from django.utils.translation import override

from engagement.notices.models import Delivery, Notice, NoticeChoice
from engagement.notices.queries import notice_page
from engagement.people.models import AuditEntry, Person
from events import actions
from events.competition_facts import GroupFacts
from events.models import Competition
from tests.conftest import Cast, sign_in
from tests.events.competitions.arena import HOUR, MADE, RUNS, STARTS, Arena

KIND = "competition_cancelled"


def cancel(competition: Competition, by: Person, reason: str = "Glatt føre") -> None:
    actions.cancel_competition(competition=competition, reason=reason, by=by, at=RUNS)


def told() -> set[Person]:
    return {one.person for one in Notice.objects.filter(kind=KIND).select_related("person")}


def test_members_hear_of_it_once_and_at_once(arena: Arena, cast: Cast) -> None:
    competition = arena.started(judges=[cast.keeper])
    for _again in range(2):
        cancel(competition, arena.manager)
    assert told() == {*arena.ours, *arena.theirs}
    assert Notice.objects.filter(kind=KIND).count() == 12
    notice = Notice.objects.filter(kind=KIND, person=cast.alice).get()
    assert (notice.show_from, notice.link) == (RUNS, f"/events/competitions/{competition.key}/")


def test_who_stepped_out_hears_nothing(arena: Arena, cast: Cast) -> None:
    competition = arena.started()
    actions.opt_out(competition=competition, by=cast.alice, at=RUNS - HOUR)
    cancel(competition, arena.manager)
    assert told() == {*arena.ours[1:], *arena.theirs}


def test_maker_hears_when_somebody_else_does_it(arena: Arena, cast: Cast) -> None:
    competition = arena.started()
    cancel(competition, cast.admin)
    assert told() == {*arena.ours, *arena.theirs, arena.manager}
    assert AuditEntry.objects.get(verb="competition-cancelled").actor == cast.admin


def test_clock_that_calls_it_off_tells_those_who_joined_and_the_maker(arena: Arena) -> None:
    groups = [GroupFacts("Ravn"), GroupFacts("Oter")]
    mixed = arena.make(groups=groups, kind="mixed", is_joined_freely=True, for_site=arena.site)
    ravn = mixed.groups.get(name="Ravn")
    for person in arena.ours[:2]:
        actions.join_group(group=ravn, by=person, at=MADE)
    actions.count_rounds(at=STARTS)
    assert told() == {*arena.ours[:2], arena.manager}


def test_notice_says_which_and_why(arena: Arena, cast: Cast) -> None:
    competition = arena.started()
    cancel(competition, arena.manager, reason="Glatt føre <b>\u202e")
    with override("en"):
        [line] = notice_page(cast.alice, at=RUNS + HOUR).days[0].lines
    assert line.words.strip() == "<b>Til Nordkapp</b> is cancelled: Glatt føre &lt;b&gt;"


def test_page_says_in_the_readers_language_that_too_few_joined(arena: Arena, cast: Cast) -> None:
    groups = [GroupFacts("Ravn"), GroupFacts("Oter")]
    mixed = arena.make(groups=groups, kind="mixed", is_joined_freely=True, for_site=arena.site)
    actions.count_rounds(at=STARTS)
    mixed.refresh_from_db()
    with override("en"):
        assert mixed.why_cancelled == "Fewer than two groups had five people when it was to start."
    answer = sign_in(Client(), cast.alice).get(f"/events/competitions/{mixed.key}/")
    with override(cast.alice.language):
        assert mixed.why_cancelled in answer.content.decode()


def test_choice_of_notices_decides_about_list_and_mail(arena: Arena, cast: Cast) -> None:
    for person, way in ((cast.alice, "at_once"), (cast.bob, "off")):
        NoticeChoice.objects.create(person=person, kind=KIND, way=way)
    competition = arena.started()
    cancel(competition, arena.manager)
    assert told() == {cast.alice, *arena.ours[2:], *arena.theirs}
    assert [one.notice.person for one in Delivery.objects.filter(notice__kind=KIND)] == [cast.alice]
