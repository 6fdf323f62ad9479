from django.apps import AppConfig


class WallboardsConfig(AppConfig):
    name = "engagement.wallboards"
    label = "wallboards"
    default_auto_field = "django.db.models.BigAutoField"
