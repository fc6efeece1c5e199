"""Tests of mail on a terminal."""

from io import StringIO

from django.core.mail import EmailMessage

from apps.core.mail import TerminalBackend

LINK = "https://shop.example.com/password-reset?uid=MQ&token=" + "x" * 80


def test_a_long_link_can_be_copied_from_the_terminal() -> None:
    """It stands on one line, without the escapes that SMTP would carry."""
    stream = StringIO()
    backend = TerminalBackend(alias="default", stream=stream)
    message = EmailMessage(
        "Reset", f"Open\n\n{LINK}\n", "us@example.com", ["you@x.org"]
    )
    assert backend.send_messages([message]) == 1
    lines = stream.getvalue().splitlines()
    assert LINK in lines
    assert "To: you@x.org" in lines
