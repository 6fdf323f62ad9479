"""Where django-allauth meets the house: nobody signs up, and its mails leave through notices."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from engagement import times
from engagement.http.requests import client_address
from engagement.notices import actions as notices


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """People come from the roster."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address(request)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Hands the mail to the outbox, so that a dead mail server delays it and loses nothing."""
        message = self.render_mail(template_prefix, email, {"request": self.request, **context})
        html = next((str(body) for body, kind in getattr(message, "alternatives", ())), "")
        notices.queue_account_mail(
            to=email, subject=message.subject, text=message.body, html=html, at=times.now()
        )
