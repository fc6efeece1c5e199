"""The reset mail, as it arrives."""

import re
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils.html import strip_tags

from apps.users import services
from apps.users.tasks import send_password_reset
from apps.users.tests.factories import OTHER_PASSWORD, UserFactory

if TYPE_CHECKING:
    from django.core.mail import EmailMessage, EmailMultiAlternatives
    from pytest_django import DjangoAssertNumQueries, Settings

pytestmark = pytest.mark.django_db


def test_text_and_html_of_a_mail_say_the_same(
    mailoutbox: "list[EmailMultiAlternatives]",
) -> None:
    """Neither kind of reader misses a word, and the link is the same."""
    account = UserFactory.create(email="o'neil@example.com")
    send_password_reset.call(email=account.email)
    (mail,) = mailoutbox
    ((html, kind),) = mail.alternatives
    words = unescape(strip_tags(str(html))).split()
    assert kind == "text/html"
    assert words == str(mail.body).split()
    assert "o&#x27;neil" in str(html)
    (link,) = re.findall('href="(https:[^"]+)"', str(html))
    assert unescape(link) in words


def test_mail_holds_a_working_link(
    mailoutbox: "list[EmailMultiAlternatives]",
    settings: "Settings",
    django_assert_num_queries: "DjangoAssertNumQueries",
) -> None:
    """What the mail links to sets a new password; the account is all that is read."""
    page = "https://app.example.com/reset"
    settings.PASSWORD_RESET_URL = page
    account = UserFactory.create(email="o'neil+tag@example.com")
    with django_assert_num_queries(1):
        send_password_reset.call(email=account.email)
    (mail,) = mailoutbox
    assert mail.to == [account.email]
    assert mail.from_email == settings.DEFAULT_FROM_EMAIL
    assert mail.subject == "Reset your password"
    assert account.email in mail.body
    assert "60 minutes" in mail.body
    (link,) = [word for word in mail.body.split() if word.startswith("https://")]
    assert link.startswith(f"{page}?")
    query = {key: value for key, (value,) in parse_qs(urlsplit(link).query).items()}
    services.password_reset_confirm(**query, new_password=OTHER_PASSWORD)
    account.refresh_from_db()
    assert account.check_password(OTHER_PASSWORD)


@pytest.mark.parametrize("is_active", [True, False])
def test_nobody_gets_a_mail_without_an_active_account(
    *, is_active: bool, mailoutbox: "list[EmailMessage]"
) -> None:
    """An unknown address gets nothing, and neither does a deactivated account."""
    account = UserFactory.create(is_active=is_active)
    send_password_reset.call(email=account.email if not is_active else "b@example.com")
    assert not mailoutbox
