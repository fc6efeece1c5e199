"""Background work for accounts."""

from base64 import b64encode
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.conf import settings
from django.core.cache import cache
from django.core.mail import send_mail
from django.db import transaction
from django.tasks import task
from django.template.loader import render_to_string
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext
from django_strict_asgi.queue import forget, policy

from apps.users import selectors
from apps.users.models import AuditEntry, Token, User
from apps.users.sessions import SessionStore
from apps.users.tokens import (
    email_tokens,
    export_tokens,
    new_email_tokens,
    reset_tokens,
)

if TYPE_CHECKING:
    from apps.users.tokens import EmailTokenGenerator


@task
def send_password_reset(email: str) -> None:
    """Mail a reset link, if the address belongs to an active account.

    The account is looked up here and not while the client waits: the answer comes
    equally fast for every address.

    Args:
        email: The address somebody typed.
    """
    user = selectors.user_find_active(email=email)
    if user is not None:
        link = _link(settings.PASSWORD_RESET_URL, user, reset_tokens.make_token(user))
        _send("password_reset", gettext("Reset your password"), user.email, link)


@task
def send_registration(email: str) -> None:
    """Mail a confirmation link, or that there is an account, to its owner alone.

    Args:
        email: The address somebody typed.
    """
    user = selectors.user_find_active(email=email)
    if user is not None and user.is_confirmed:
        _send("account_exists", gettext("You have an account"), user.email)
    elif user is not None:
        _send_confirmation(user, email_tokens)


@task
def send_email_change(user_id: int, email: str = "") -> None:
    """Mail a confirmation link to the address that an account is to have.

    Args:
        user_id: The account.
        email: The address; a request for another one has taken its place since, if the
            account's is another. Tasks of earlier releases have none.
    """
    user = selectors.user_get(user_id=user_id)
    if email and email != user.new_email:
        return
    if selectors.user_find_active(email=user.new_email):
        _send("account_exists", gettext("You have an account"), user.new_email)
    else:
        _send_confirmation(user, new_email_tokens)


@task
def send_email_changed(email: str) -> None:
    """Tell the address that an account had.

    Args:
        email: The address.
    """
    _send("email_changed", gettext("Your e-mail has changed"), email)


@task
def send_export(user_id: int, url: str) -> None:
    """Collect somebody's data and mail a link to them.

    Args:
        user_id: The account.
        url: Where the link leads.
    """
    key = selectors.EXPORT_KEY.format(user_id)
    # This may take long, and whoever changes the account would wait for its lock.
    data = b64encode(selectors.user_data(user_id=user_id)).decode()
    # A deletion waits for the lock, and takes the data with it.
    with transaction.atomic():
        user = selectors.user_get(user_id=user_id, lock=True)
        cache.set(key, data, settings.PASSWORD_RESET_TIMEOUT)
    link = _link(url, user, export_tokens.make_token(user))
    _send("export", gettext("Your data"), user.email, link)


@task
def forget_address(email: str) -> None:
    """Delete the tasks that name the address of an account that is gone.

    Args:
        email: The address.
    """
    forget(email)


def _send_confirmation(user: "User", tokens: "EmailTokenGenerator") -> None:
    """Mail a confirmation link.

    Args:
        user: The account.
        tokens: Makes its token, and knows which address it is for.
    """
    link = _link(settings.EMAIL_CONFIRMATION_URL, user, tokens.make_token(user))
    address = getattr(user, tokens.field)
    _send("email_confirmation", gettext("Confirm your e-mail"), address, link)


def _link(page: str, user: "User", token: str) -> str:
    """Make a link.

    Args:
        page: Where it leads.
        user: The account.
        token: Proof that the mail was received.

    Returns:
        The address.
    """
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    return f"{page}?{urlencode({'uid': uid, 'token': token})}"


def _send(mail: str, subject: str, address: str, link: str = "") -> None:
    """Mail a text, and the same as HTML.

    Args:
        mail: Its part of ``mails.txt``.
        subject: Its subject.
        address: To whom.
        link: The link in it.
    """
    minutes = settings.PASSWORD_RESET_TIMEOUT // 60
    context = {"address": address, "link": link, "minutes": minutes}
    text = render_to_string(f"users/mails.txt#{mail}", context)
    parts = text.split(link) if link else [text]
    send_mail(
        subject=subject,
        message=text,
        html_message=render_to_string("users/mail.html", {**context, "parts": parts}),
        from_email=None,
        recipient_list=[address],
    )


@task
@policy(schedule="23 3 * * *")
def clear_sessions() -> None:
    """Delete the rows of sessions that have expired."""
    SessionStore.clear_expired()


@task
@policy(schedule="33 3 * * *")
def clear_traces() -> None:
    """Delete expired tokens, accounts nobody confirmed, and the trail after a year."""
    if settings.EMAIL_CONFIRMATION_REQUIRED:
        User.clear_unconfirmed()
    Token.clear_expired()
    AuditEntry.clear_old()
