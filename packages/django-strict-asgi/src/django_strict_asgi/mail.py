"""Mails for people who develop."""

from typing import TYPE_CHECKING, override

from django.core.mail.backends.console import EmailBackend

if TYPE_CHECKING:
    from django.core.mail import EmailMessage


class TerminalBackend(EmailBackend):
    """Prints mails so that a link in them can be copied, for development.

    Django's own backend prints what SMTP would carry: a long link is broken into
    lines, and each ``=`` in it becomes ``=3D``.
    """

    @override
    def write_message(self, message: "EmailMessage") -> None:
        """Write one mail to the terminal.

        Args:
            message: The mail.
        """
        rule = "-" * 79
        self.stream.write(
            f"{rule}\nSubject: {message.subject}\nFrom: {message.from_email}\n"
            f"To: {', '.join(message.to)}\n\n{message.body}\n{rule}\n"
        )
