from django.apps import AppConfig


class EngagementConfig(AppConfig):
    """The roof: settings, system checks and management commands."""

    name = "engagement"

    def ready(self) -> None:
        from engagement import checks  # noqa: F401 - registers the system checks with Django
