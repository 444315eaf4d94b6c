"""rag_app.settings: EMAIL_URL, by SMTP or a provider's API."""

import subprocess
import sys
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from rag_app.tests.environments import A_SECRET, DEVELOPMENT, PRODUCTION, read


def mail(**environment: str) -> dict[str, Any]:
    """The settings of mail in production."""
    found = read(PRODUCTION | environment)
    return {name: value for name, value in found.items() if name.startswith(("EMAIL_", "ANYMAIL"))}


def test_development_prints_mail_and_production_sends_none() -> None:
    assert read(DEVELOPMENT)["EMAIL_BACKEND"] == "django.core.mail.backends.console.EmailBackend"
    assert mail()["EMAIL_BACKEND"] == "django.core.mail.backends.dummy.EmailBackend"


@pytest.mark.parametrize(
    ("address", "port", "is_ssl", "is_tls"),
    [
        ("smtp://mail.example.com", 25, False, False),
        ("smtp+tls://mail.example.com", 587, False, True),
        ("smtps://mail.example.com", 465, True, False),
        ("smtp+tls://mail.example.com:2525", 2525, False, True),
    ],
)
def test_smtp_urls_become_djangos_settings(address: str, port: int, is_ssl: bool, is_tls: bool) -> None:
    found = mail(EMAIL_URL=address.replace("//", "//me%40example.com:p%2Fw@"))
    assert found["EMAIL_BACKEND"] == "django.core.mail.backends.smtp.EmailBackend"
    assert (found["EMAIL_HOST"], found["EMAIL_PORT"]) == ("mail.example.com", port)
    assert (found["EMAIL_HOST_USER"], found["EMAIL_HOST_PASSWORD"]) == ("me@example.com", "p/w")
    assert (found["EMAIL_USE_SSL"], found["EMAIL_USE_TLS"], found["EMAIL_TIMEOUT"]) == (is_ssl, is_tls, 10)
    assert found["EMAIL_PROVIDER"] == ""


@pytest.mark.parametrize(
    ("address", "module", "anymail"),
    [
        ("brevo:xkeysib-1_a", "brevo", {"BREVO_API_KEY": "xkeysib-1_a"}),
        ("mailgun:key-1", "mailgun", {"MAILGUN_API_KEY": "key-1"}),
        (
            "mailgun+eu:key-1",
            "mailgun",
            {"MAILGUN_API_KEY": "key-1", "MAILGUN_API_URL": "https://api.eu.mailgun.net/v3"},
        ),
        ("postmark:token", "postmark", {"POSTMARK_SERVER_TOKEN": "token"}),
        ("sendgrid:SG.a.b", "sendgrid", {"SENDGRID_API_KEY": "SG.a.b"}),
    ],
)
def test_provider_urls_become_anymails_settings(address: str, module: str, anymail: dict[str, str]) -> None:
    found = mail(EMAIL_URL=address)
    assert found["EMAIL_BACKEND"] == f"anymail.backends.{module}.EmailBackend"
    assert found["EMAIL_PROVIDER"] == address.partition(":")[0]
    assert found["ANYMAIL"] == {**anymail, "REQUESTS_TIMEOUT": 10}


def test_bounces_need_a_secret_and_a_key_if_the_provider_signs() -> None:
    keys = {"EMAIL_WEBHOOK_SECRET": A_SECRET, "EMAIL_WEBHOOK_SIGNING_KEY": "signing"}
    found = mail(EMAIL_URL="mailgun:key", **keys)["ANYMAIL"]
    assert (found["WEBHOOK_SECRET"], found["MAILGUN_WEBHOOK_SIGNING_KEY"]) == (f"anymail:{A_SECRET}", "signing")
    assert mail(EMAIL_URL="postmark:key", **keys)["ANYMAIL"]["WEBHOOK_SECRET"] == f"anymail:{A_SECRET}"
    with pytest.raises(ImproperlyConfigured, match="EMAIL_WEBHOOK_SECRET must be a secret of your own"):
        mail(EMAIL_URL="postmark:key", EMAIL_WEBHOOK_SECRET="short")


@pytest.mark.parametrize(
    "address",
    [
        *("hunter2", "smtp:", "smtp://", "smtp:mail.example.com", "http://hunter2@mail.example.com", "console:hunter2"),
        *(
            "postmark:",
            "postmark://hunter2",
            "postmark:hunter2 x",
            "mandrill:hunter2",
            "smtp://mail.example.com:hunter2",
        ),
    ],
)
def test_another_value_stops_the_start_and_is_not_repeated(address: str) -> None:
    with pytest.raises(ImproperlyConfigured) as caught:
        mail(EMAIL_URL=address)
    assert "EMAIL_URL must look like smtp+tls://user:password@smtp.example.com:587 or postmark:key" in str(caught.value)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("address", ["smtp://mail.example.com", "postmark:token"])
def test_anymail_is_not_imported_before_it_is_used(address: str) -> None:
    script = (
        "import sys, django; django.setup(); import django.urls; django.urls.get_resolver().url_patterns;"
        "print(any(name.startswith('anymail') for name in sys.modules))"
    )
    environment = PRODUCTION | {
        "DJANGO_SETTINGS_MODULE": "rag_app.settings",
        "EMAIL_URL": address,
        "ENV_FILE": "/dev/null",
    }
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True
    )
    assert (done.stdout.strip(), done.stderr) == ("False", "")
