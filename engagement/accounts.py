"""Where django-allauth meets the house: nobody signs up, and its mails leave through notices."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib.auth.password_validation import MinimumLengthValidator
from django.http import HttpRequest
from django.utils.translation import ngettext

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


class PasswordLength(MinimumLengthValidator):
    """Says in every language of ours what Django's own rule says in English only."""

    def get_error_message(self) -> str:
        return ngettext(
            "Too short: use at least %(number)d character.",
            "Too short: use at least %(number)d characters.",
            self.min_length,
        ) % {"number": self.min_length}
