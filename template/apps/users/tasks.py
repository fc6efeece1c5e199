"""Background work for accounts."""

from urllib.parse import urlencode

from django.conf import settings
from django.core.mail import send_mail
from django.tasks import task
from django.template.loader import render_to_string
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext
from django_strict_asgi.queue import policy

from apps.users import selectors
from apps.users.sessions import SessionStore
from apps.users.tokens import reset_tokens


@task
def send_password_reset(email: str) -> None:
    """Mail a reset link, if the address belongs to an active account.

    The account is looked up here and not while the client waits: the answer comes
    equally fast for every address.

    Args:
        email: The address somebody typed.
    """
    user = selectors.user_find_active(email=email)
    if user is None:
        return
    query = urlencode(
        {
            "uid": urlsafe_base64_encode(force_bytes(user.pk)),
            "token": reset_tokens.make_token(user),
        }
    )
    context = {
        "user": user,
        "link": f"{settings.PASSWORD_RESET_URL}?{query}",
        "minutes": settings.PASSWORD_RESET_TIMEOUT // 60,
    }
    send_mail(
        subject=gettext("Reset your password"),
        message=render_to_string("users/password_reset.txt", context),
        html_message=render_to_string("users/password_reset.html", context),
        from_email=None,
        recipient_list=[user.email],
    )


@task
@policy(schedule="23 3 * * *")
def clear_sessions() -> None:
    """Delete the rows of sessions that have expired."""
    SessionStore.clear_expired()
