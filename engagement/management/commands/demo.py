import sys
from typing import Any

from django.core.management.base import BaseCommand

from engagement.supervisor import launch


class Command(BaseCommand):
    help = "Starts the whole platform with the demo organisation and stays until Ctrl-C."
    requires_system_checks = ()  # done by `prepare`, when the database is up

    def handle(self, *args: Any, **options: Any) -> None:
        sys.exit(launch.main(is_demo=True))
