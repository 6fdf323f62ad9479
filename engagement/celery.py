"""The worker and the beat. Tasks are one line each; the database is the queue."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "engagement.settings")

app = Celery("vaffel")
app.config_from_object("django.conf:settings", namespace="CELERY_")
app.autodiscover_tasks()
