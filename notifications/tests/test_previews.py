"""Previews of mails in the admin: every kind, by the reader's clock; superusers alone; no mail goes to anybody else."""

import re
import smtplib
from typing import Any
from unittest.mock import patch

import pytest
from django.core import mail
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import User
from accounts.tests.admin_client import AdminClient, told
from bookings.models import Booking
from bookings.states import Party
from notifications.kinds import Kind
from notifications.models import Message
from notifications.tests.parts import requested

pytestmark = pytest.mark.usefixtures("now")
PREVIEWS = "notifications/message/previews/"
ONE = f"{PREVIEWS}confirmed/student/"


def text_of(page: Any) -> str:
    assert page.status_code == 200
    text: str = page.content.decode()
    return text


def test_the_list_leads_to_every_kind_for_both_parties(root: User) -> None:
    text = text_of(AdminClient(root).page(PREVIEWS))
    for kind in Kind:
        for party in Party:
            assert f'href="/admin/{PREVIEWS}{kind}/{party}/"' in text


def test_the_log_leads_to_the_list(root: User) -> None:
    assert f'href="/admin/{PREVIEWS}"' in text_of(AdminClient(root).page("notifications/message/"))


@pytest.mark.parametrize("party", Party)
@pytest.mark.parametrize("kind", Kind)
def test_every_kind_is_shown_as_text_and_as_a_page(kind: Kind, party: Party, root: User) -> None:
    client = AdminClient(root)
    text = text_of(client.page(f"{PREVIEWS}{kind}/{party}/"))
    framed = text_of(client.page(f"{PREVIEWS}{kind}/{party}/page/"))
    other = "Toni Tester" if party == Party.STUDENT or kind == Kind.ZOOM_PROBLEM else "Sam Sample"
    for shown in (text, framed):
        assert other in shown
        assert "Sunday 12 January 2025, 10:00 to 11:00" in shown
    assert f'<iframe src="/admin/{PREVIEWS}{kind}/{party}/page/"' in text
    assert "None" not in re.sub(r"<[^>]*>", "", framed)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (Kind.CONFIRMED, "https://zoom.us/j/84000000000"),
        (Kind.CANCELLED, "was cancelled by Sam Sample"),
        (Kind.DECLINED, "I have a cold"),
        (Kind.MOVED, "It was planned for Sunday 12 January 2025, 08:00"),
        (Kind.REQUESTED, "waits for your answer"),
    ],
)
def test_the_preview_equals_the_real_mail(kind: Kind, words: str, root: User) -> None:
    assert words in text_of(AdminClient(root).page(f"{PREVIEWS}{kind}/teacher/page/"))


def test_times_are_by_the_readers_clock(root: User) -> None:
    root.timezone = "Asia/Kathmandu"
    root.save()
    assert "(Asia/Kathmandu, UTC+05:45)" in text_of(AdminClient(root).page(ONE))


def test_the_framed_page_loads_and_runs_nothing_and_only_this_site_may_frame_it(root: User) -> None:
    client = AdminClient(root)
    around, framed = client.page(ONE), client.page(f"{ONE}page/")
    policy = framed.headers["Content-Security-Policy"]
    [nonce] = re.findall(r'<style nonce="([^"]+)">', framed.content.decode())
    assert policy == f"default-src 'none'; style-src 'nonce-{nonce}'; frame-ancestors 'self'; sandbox"
    assert framed.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert 'style="' not in framed.content.decode()
    assert ".s1{margin:0;padding:24px" in framed.content.decode()
    assert around.headers["Content-Security-Policy"].endswith("; frame-src 'self'")
    assert around.headers["X-Frame-Options"] == "DENY"
    assert 'title="The mail as HTML" sandbox></iframe>' in around.content.decode()
    assert "unsafe" not in policy + around.headers["Content-Security-Policy"]
    other = client.page(f"{ONE}page/").headers["Content-Security-Policy"]
    assert other != policy


def test_a_test_mail_goes_to_the_reader_and_to_nobody_else(root: User) -> None:
    page = AdminClient(root).send(f"{ONE}send/")
    assert told(page) == ["The mail was handed to the mail server for root@example.com."]
    [message] = mail.outbox
    assert (message.to, message.cc, message.bcc) == (["root@example.com"], [], [])
    assert message.subject.startswith("[Test] ")
    assert "Toni Tester" in message.body
    assert page.redirect_chain == [(f"/admin/{ONE}", 302)]
    assert not Message.objects.exists()
    assert not Booking.objects.exists()


@pytest.mark.parametrize("error", [TimeoutError(), smtplib.SMTPAuthenticationError(535, b"secret words")])
def test_a_failure_of_the_mail_server_is_shown_by_its_kind(error: Exception, root: User) -> None:
    with patch("django.core.mail.EmailMultiAlternatives.send", side_effect=error):
        page = AdminClient(root).send(f"{ONE}send/")
    assert told(page) == [f"The mail could not be sent ({type(error).__name__})."]


def test_if_no_mail_is_sent_the_page_says_so(root: User, settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    assert told(AdminClient(root).send(f"{ONE}send/")) == ["This site sends no mail: EMAIL_URL is not set."]


def test_a_reader_without_an_address_gets_no_mail(root: User) -> None:
    User.objects.update(email="")
    assert told(AdminClient(root).send(f"{ONE}send/")) == ["Your account has no e-mail address."]
    assert mail.outbox == []


def test_a_preview_sends_nothing(root: User) -> None:
    client = AdminClient(root)
    assert client.page(f"{ONE}send/").status_code == 405
    assert client.send(ONE).status_code == 405
    assert mail.outbox == []


@pytest.mark.parametrize("path", ["nothing/student/", "confirmed/nobody/", "nothing/student/page/"])
def test_an_unknown_kind_is_not_found(path: str, root: User) -> None:
    assert AdminClient(root).page(f"{PREVIEWS}{path}").status_code == 404


@pytest.mark.parametrize("path", [PREVIEWS, ONE, f"{ONE}page/", "notifications/message/"])
def test_teachers_and_students_cannot_see_previews(path: str, maria: User, alice: User) -> None:
    assert AdminClient(maria).page(path).status_code == 403
    for person in (alice, None):
        page = AdminClient(person).get(f"/admin/{path}")
        assert (page.status_code, page.headers["Location"].split("?")[0]) == (302, "/admin/login/")


def test_teachers_cannot_send_test_mails(maria: User) -> None:
    assert AdminClient(maria).send(f"{ONE}send/").status_code == 403
    assert mail.outbox == []


def test_a_preview_reads_no_personal_data(root: User, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    client = AdminClient(root)
    client.page(ONE)
    with django_assert_num_queries(2):  # the session and its account
        client.page(f"{ONE}page/")


def test_the_log_shows_who_was_sent_what(root: User, alice: User, maria: User) -> None:
    requested(alice, maria)
    text = text_of(AdminClient(root).page("notifications/message/"))
    assert "A session was requested" in text
    assert "Due now" in text
    row = Message.objects.filter(recipient=alice).first()
    assert row is not None
    assert "Alice Adams" in text_of(AdminClient(root).page(f"notifications/message/{row.pk}/change/"))
