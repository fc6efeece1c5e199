"""Reading accounts."""

import gzip
from base64 import b64decode
from io import BytesIO
from typing import Any, Final

from django.contrib.admin.models import LogEntry
from django.core.cache import cache
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.http import urlsafe_base64_decode
from rest_framework.utils.encoders import JSONEncoder

from apps.core.domain import NotFoundError
from apps.users.models import AuditEntry, Session, Token, User
from apps.users.tokens import export_tokens

# Of one's data, in the cache: it forgets them when the link expires.
EXPORT_KEY: Final = "users_export_gzip_{}"


def user_list(*, search: str = "", ordering: str = "-date_joined") -> QuerySet[User]:
    """List accounts.

    Args:
        search: Part of the e-mail or name; empty for all accounts.
        ordering: Name of a field, with a minus for the other direction.

    Returns:
        The accounts; the id settles the order of equal ones, so that pages never
        overlap, and runs in the same direction, so that an index serves it.
    """
    users = User.objects.order_by(ordering, "-id" if ordering.startswith("-") else "id")
    if search:
        users = users.filter(
            Q(email__icontains=search) | Q(full_name__icontains=search)
        )
    return users


def user_get(*, user_id: int, lock: bool = False) -> User:
    """Find an account by its id.

    Args:
        user_id: The id.
        lock: Whether nobody shall change it before the transaction ends.

    Raises:
        NotFoundError: If there is none.

    Returns:
        The account.
    """
    users = User.objects.select_for_update() if lock else User.objects.all()
    user = users.filter(pk=user_id).first()
    if user is None:
        raise NotFoundError
    return user


def user_find_active(*, email: str) -> User | None:
    """Find an account that may log in.

    Args:
        email: Its e-mail, in any case.

    Returns:
        The account, or None.
    """
    return User.objects.filter(email=email, is_active=True).first()


def token_list(*, user: User) -> "QuerySet[Token]":
    """List the tokens of an account that have not expired.

    Args:
        user: The account.

    Returns:
        Its tokens, the newest first.
    """
    return user.tokens.filter(expires_at__gt=timezone.now()).order_by(
        "-created_at", "-id"
    )


def user_find_by_link(*, uid: str) -> User | None:
    """Find the active account that a mailed link names.

    Args:
        uid: How it names it.

    Returns:
        The account, if there is one.
    """
    try:
        user_id = int(urlsafe_base64_decode(uid))
    except ValueError:
        return None
    return User.objects.filter(pk=user_id, is_active=True).first()


def user_data(*, user_id: int) -> bytes:
    """Collect what is stored about somebody, what other apps keep for them too.

    Args:
        user_id: The account.

    Returns:
        Lists of rows by subject, without what would open anything: JSON in gzip, written
        row by row, since memory may have no room for all of them.
    """
    account = User.objects.filter(pk=user_id)
    secret = {"password", "session_generation"}
    shown = [field.name for field in User._meta.fields if field.name not in secret]
    dates = ("name", "created_at", "last_used_at", "expires_at")
    sessions = Session.objects.filter(account_id=user_id)
    history = AuditEntry.objects.filter(user_id=user_id)
    admin = LogEntry.objects.filter(user_id=user_id)
    others: dict[str, QuerySet[Any]] = {
        relation.related_model._meta.label_lower: QuerySet(
            relation.related_model
        ).filter(**{relation.field.name: user_id})
        for relation in User._meta.related_objects
        if relation.related_model._meta.app_label not in {"users", "admin"}
    }
    data = {
        "account": account.values(*shown),
        "devices": Token.objects.filter(user_id=user_id).values(*dates),
        "sessions": sessions.values("expire_date"),
        "history": history.values("created_at", "event", "details"),
        "admin": admin.values("action_time", "action_flag", "object_id"),
        **{name: rows.values() for name, rows in others.items()},
    }
    encode = JSONEncoder().encode
    packed = BytesIO()
    with gzip.open(packed, "wt", encoding="utf-8") as file:
        file.write("{")
        for subject, rows in data.items():
            file.write(f'{"" if subject == "account" else ","}"{subject}":[')
            for number, row in enumerate(rows.iterator()):
                file.write(f",{encode(row)}" if number else encode(row))
            file.write("]")
        file.write("}")
    return packed.getvalue()


def export_get(*, uid: str, token: str) -> bytes:
    """Find the data that a mailed link leads to.

    Args:
        uid: The account, as the link names it.
        token: Proof that the mail was received.

    Raises:
        NotFoundError: If the link is forged or expired, or the data are gone.

    Returns:
        What is stored about the account, as JSON in gzip.
    """
    user = user_find_by_link(uid=uid)
    if user is None or not export_tokens.check_token(user, token):
        raise NotFoundError
    data: str | None = cache.get(EXPORT_KEY.format(user.pk))
    if data is None:
        raise NotFoundError
    return b64decode(data)
