"""What the clock is told to ring is there to be rung."""

from engagement.celery import app


def test_every_scheduled_task_is_one_that_a_worker_knows() -> None:
    app.loader.import_default_modules()
    scheduled = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert scheduled - set(app.tasks) == set()
    assert len(scheduled) > 40


def test_every_task_of_ours_is_rung_by_somebody() -> None:
    app.loader.import_default_modules()
    # Those of the demo are rung where there is a demo.
    others = ("celery.", "engagement.demo.")
    ours = {name for name in app.tasks if not name.startswith(others)}
    scheduled = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert ours - scheduled == set()
