"""The worker and the beat. Tasks are one line each; the database is the queue."""

import os

from celery import Celery
from celery.schedules import crontab
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "engagement.settings")

app = Celery("vaffel")
app.config_from_object(settings.CELERY)
app.autodiscover_tasks()
app.autodiscover_tasks(["engagement.demo"])

# How often each sweep walks; a ring only makes it sooner.
app.conf.beat_schedule = {
    "deliver-mail": {
        "task": "engagement.notices.tasks.deliver_mail",
        "schedule": 20,
        # A run with a backlog takes longer than that; a second one would only stand in line.
        "options": {"expires": 20},
    },
    "work-on-rosters": {"task": "engagement.people.tasks.work_on_rosters", "schedule": 20},
    "release-planned-kudos": {"task": "kudos.tasks.release_planned_kudos", "schedule": 30},
    "withdraw-leavers-cards": {"task": "kudos.tasks.withdraw_leavers_cards", "schedule": 60},
    "apply-leavers-policy": {"task": "kudos.tasks.apply_leavers_policy", "schedule": 60},
    "tell-of-waiting-praise": {"task": "kudos.tasks.tell_of_waiting_praise", "schedule": 600},
    "celebrate-milestones": {"task": "kudos.tasks.celebrate_milestones", "schedule": 60},
    "withdraw-wrong-milestones": {"task": "kudos.tasks.withdraw_wrong_milestones", "schedule": 60},
    "tell-leads": {"task": "kudos.tasks.tell_leads", "schedule": 600},
    "tell-of-silent-screens": {
        "task": "engagement.wallboards.tasks.tell_of_silent_screens",
        "schedule": 60,
    },
    "watch-coverage": {"task": "events.tasks.watch_coverage", "schedule": 300},
    "remind-of-sittings": {"task": "events.tasks.send_reminders", "schedule": 60},
    "make-rounds": {"task": "surveys.tasks.make_rounds", "schedule": 120},
    "prepare-surveys": {"task": "surveys.tasks.prepare_surveys", "schedule": 20},
    "open-surveys": {"task": "surveys.tasks.open_surveys", "schedule": 20},
    "send-reminders": {"task": "surveys.tasks.send_reminders", "schedule": 20},
    "forget-reminders": {"task": "surveys.tasks.forget_reminders", "schedule": 20},
    "close-surveys": {"task": "surveys.tasks.close_surveys", "schedule": 20},
    "publish-receipts": {"task": "surveys.tasks.publish_receipts", "schedule": 60},
    "destroy-ballots": {"task": "surveys.tasks.destroy_ballots", "schedule": 600},
    "extend-series": {"task": "events.tasks.extend_series", "schedule": 600},
    "show-events": {"task": "events.tasks.show_events", "schedule": 60},
    "lapse-offers": {"task": "events.tasks.lapse_offers", "schedule": 20},
    "offer-free-places": {"task": "events.tasks.offer_free_places", "schedule": 20},
    "begin-due-lots": {"task": "events.tasks.begin_due_lots", "schedule": 60},
    "draw-lots": {"task": "events.tasks.draw_lots", "schedule": 20},
    "put-missed-first": {"task": "events.tasks.put_missed_first", "schedule": 60},
    "leave-for-leavers": {"task": "events.tasks.leave_for_leavers", "schedule": 60},
    "count-rounds": {"task": "events.tasks.count_rounds", "schedule": 20},
    "refresh-standings": {"task": "events.tasks.refresh_standings", "schedule": 20},
    "close-competitions": {"task": "events.tasks.close_competitions", "schedule": 20},
    "erase-wishes": {"task": "events.tasks.erase_wishes", "schedule": 60},
    "publish-announcements": {"task": "events.tasks.publish_announcements", "schedule": 20},
    "end-announcements": {"task": "events.tasks.end_announcements", "schedule": 600},
    "count-readers": {"task": "events.tasks.count_readers", "schedule": 600},
    "ask-how-it-was": {"task": "events.tasks.ask_how_it_was", "schedule": 60},
    "close-tallies": {"task": "events.tasks.close_tallies", "schedule": 60},
    "take-down-leavers-photos": {
        "task": "events.tasks.take_down_leavers_photos",
        "schedule": 60,
    },
    "lapse-ideas": {"task": "events.tasks.lapse_ideas", "schedule": 600},
    "stamp": {"task": "engagement.clock.tasks.stamp_worker", "schedule": 30},
}
# What is forgotten when, and why: `engagement.retention`.
NIGHTLY = (
    "engagement.live.tasks.purge_celebrations",
    "engagement.notices.tasks.purge_notices",
    "engagement.people.tasks.purge_rosters",
    "engagement.people.tasks.purge_sessions",
    "engagement.people.tasks.purge_sign_in_limits",
    "engagement.people.tasks.purge_activation_codes",
    "engagement.people.tasks.purge_audit",
    "engagement.people.tasks.forget_leavers",
    "engagement.api.tasks.purge_api_leftovers",
    "engagement.api.tasks.purge_tokens",
    "engagement.wallboards.tasks.purge_pairings",
    "engagement.wallboards.tasks.purge_screens",
    "kudos.tasks.purge_kudos",
    "kudos.tasks.purge_reports",
    "kudos.tasks.purge_praise",
    "surveys.tasks.purge_surveys",
    "events.tasks.purge_shifts",
    "events.tasks.purge_calendars",
    "events.tasks.purge_signups",
    "events.tasks.erase_entries",
    "events.tasks.purge_groups",
    "events.tasks.purge_readings",
    "events.tasks.purge_announcements",
    "events.tasks.purge_idea_reports",
    "events.tasks.purge_ideas",
    "events.tasks.purge_photos",
)
for place, task in enumerate(NIGHTLY):
    later, minute = divmod(place * 3, 60)
    schedule = crontab(hour=3 + later, minute=minute)
    app.conf.beat_schedule[task] = {"task": task, "schedule": schedule}
if settings.DEMO and settings.DEMO_AUTOPLAY:
    app.conf.beat_schedule["live-a-little"] = {
        "task": "engagement.demo.tasks.live_a_little",
        "schedule": 75,
    }
    app.conf.beat_schedule["count-a-little"] = {
        "task": "engagement.demo.tasks.count_a_little",
        "schedule": 75,
    }
