"""Mails on a developer's terminal."""

from io import StringIO

from django.core.mail import EmailMessage

from django_strict_asgi.mail import TerminalBackend

LINK = "https://shop.example.com/password-reset?uid=MQ&token=" + "x" * 80


def test_long_link_can_be_copied_from_the_terminal() -> None:
    """It stands on one line, without the escapes that SMTP would carry."""
    stream = StringIO()
    backend = TerminalBackend(alias="default", stream=stream)
    message = EmailMessage("Reset", f"Open\n\n{LINK}\n", "us@x.org", ["you@x.org"])
    assert backend.send_messages([message]) == 1
    assert {LINK, "To: you@x.org"} <= set(stream.getvalue().splitlines())
