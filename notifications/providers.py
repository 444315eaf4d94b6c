"""Mail providers that django-anymail calls by their API, and that report bounces. The only such table.

anymail is imported only where one is configured, and then not before it is used.
"""

import smtplib
from typing import Any, NamedTuple

from django.conf import settings
from django.utils.module_loading import import_string

# For the whole of a request to a provider's API, between two bytes: as for SMTP.
SECONDS = 10
# The user name in the address of the webhook; the password is EMAIL_WEBHOOK_SECRET.
WEBHOOK_USER = "anymail"


class Provider(NamedTuple):
    """A provider by anymail's names: module, the settings of its keys, and its view of events on sent mails.

    `soft` is the field and value of an event that anymail counts as a bounce, but after which mail may arrive again.
    """

    module: str
    key: str
    view: str
    signing_key: str = ""
    soft: tuple[str, str] = ("", "")
    options: dict[str, str] = {}

    @property
    def backend(self) -> str:
        return f"anymail.backends.{self.module}.EmailBackend"

    def webhook(self) -> Any:
        """Return anymail's view class."""
        return import_string(f"anymail.webhooks.{self.module}.{self.view}")

    def settings(self, key: str, *, secret: str, signing_key: str) -> dict[str, Any]:
        """Return anymail's settings."""
        found: dict[str, Any] = {self.key: key, "REQUESTS_TIMEOUT": SECONDS, **self.options}
        found |= {"WEBHOOK_SECRET": f"{WEBHOOK_USER}:{secret}"} if secret else {}
        return found | ({self.signing_key: signing_key} if signing_key else {})


MAILGUN = Provider("mailgun", "MAILGUN_API_KEY", "MailgunTrackingWebhookView", "MAILGUN_WEBHOOK_SIGNING_KEY")
PROVIDERS = {
    "brevo": Provider("brevo", "BREVO_API_KEY", "BrevoTrackingWebhookView", soft=("event", "soft_bounce")),
    "mailgun": MAILGUN,
    "mailgun+eu": MAILGUN._replace(options={"MAILGUN_API_URL": "https://api.eu.mailgun.net/v3"}),
    "postmark": Provider(
        "postmark", "POSTMARK_SERVER_TOKEN", "PostmarkTrackingWebhookView", soft=("Type", "SoftBounce")
    ),
    "sendgrid": Provider(
        "sendgrid",
        "SENDGRID_API_KEY",
        "SendGridTrackingWebhookView",
        "SENDGRID_TRACKING_WEBHOOK_VERIFICATION_KEY",
        soft=("type", "blocked"),
    ),
}


def current() -> Provider | None:
    """Return the provider in use; None with SMTP and in development."""
    return PROVIDERS.get(settings.EMAIL_PROVIDER)


# --- What sending may raise. Only once something has been raised is anymail asked for its own. ---


def refusals() -> tuple[type[Exception], ...]:
    """Return the exceptions of a recipient that is refused."""
    if current() is None:
        return (smtplib.SMTPRecipientsRefused,)
    return (import_string("anymail.exceptions.AnymailRecipientsRefused"),)


def failures() -> tuple[type[Exception], ...]:
    """Return the exceptions of a mail that was not sent."""
    known = (smtplib.SMTPException, OSError)
    return known if current() is None else (*known, import_string("anymail.exceptions.AnymailError"))


def is_unreachable(error: Exception) -> bool:
    """Return True if the server or provider would take no other mail either."""
    if isinstance(error, smtplib.SMTPException):
        return isinstance(error, smtplib.SMTPServerDisconnected | smtplib.SMTPConnectError)
    status = getattr(error, "status_code", None)  # of a provider's answer
    return isinstance(error, OSError) if status is None else status in (401, 403, 429) or status >= 500
