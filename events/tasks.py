"""The clock of events."""

from celery import shared_task

from engagement import times
from events import actions
from events.actions import announcing, rosters, watching


@shared_task
def purge_shifts() -> None:
    rosters.purge_shifts(at=times.now())


@shared_task
def watch_coverage() -> None:
    watching.watch_coverage(at=times.now())


@shared_task
def send_reminders() -> None:
    actions.send_reminders(at=times.now())


@shared_task
def purge_calendars() -> None:
    actions.purge_calendars(at=times.now())


@shared_task
def extend_series() -> None:
    actions.extend_series(at=times.now())


@shared_task
def show_events() -> None:
    actions.show_events(at=times.now())


@shared_task
def lapse_offers() -> None:
    actions.lapse_offers(at=times.now())


@shared_task
def offer_free_places() -> None:
    actions.offer_free_places(at=times.now())


@shared_task
def begin_due_lots() -> None:
    actions.begin_due_lots(at=times.now())


@shared_task
def draw_lots() -> None:
    actions.draw_lots(at=times.now())


@shared_task
def put_missed_first() -> None:
    actions.put_missed_first(at=times.now())


@shared_task
def leave_for_leavers() -> None:
    actions.leave_for_leavers(at=times.now())


@shared_task
def erase_wishes() -> None:
    actions.erase_wishes(at=times.now())


@shared_task
def purge_signups() -> None:
    actions.purge_signups(at=times.now())


@shared_task
def count_rounds() -> None:
    actions.count_rounds(at=times.now())


@shared_task
def refresh_standings() -> None:
    actions.refresh_standings(at=times.now())


@shared_task
def close_competitions() -> None:
    actions.close_competitions(at=times.now())


@shared_task
def erase_entries() -> None:
    actions.erase_entries(at=times.now())


@shared_task
def purge_groups() -> None:
    actions.purge_groups(at=times.now())


@shared_task
def publish_announcements() -> None:
    announcing.publish_due_announcements(at=times.now())


@shared_task
def end_announcements() -> None:
    announcing.end_due_announcements(at=times.now())


@shared_task
def count_readers() -> None:
    announcing.count_readers(at=times.now())


@shared_task
def purge_readings() -> None:
    announcing.purge_readings(at=times.now())


@shared_task
def purge_announcements() -> None:
    announcing.purge_announcements(at=times.now())


@shared_task
def ask_how_it_was() -> None:
    actions.ask_how_it_was(at=times.now())


@shared_task
def close_tallies() -> None:
    actions.close_tallies(at=times.now())


@shared_task
def take_down_leavers_photos() -> None:
    actions.take_down_leavers_photos(at=times.now())


@shared_task
def purge_photos() -> None:
    actions.purge_photos(at=times.now())


@shared_task
def lapse_ideas() -> None:
    actions.lapse_ideas(at=times.now())


@shared_task
def purge_idea_reports() -> None:
    actions.purge_idea_reports(at=times.now())


@shared_task
def purge_ideas() -> None:
    actions.purge_ideas(at=times.now())
