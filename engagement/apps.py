from django.apps import AppConfig


class EngagementConfig(AppConfig):
    """The roof: settings, system checks and management commands."""

    name = "engagement"

    def ready(self) -> None:
        # The checks register with Django; the worker's app is what `clock.actions.ring` rings.
        from engagement import celery, checks  # noqa: F401
