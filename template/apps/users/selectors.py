"""Reading accounts."""

from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils import timezone

from apps.core.domain import NotFoundError
from apps.users.models import User

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from apps.users.models import Token


def user_list(*, search: str = "", ordering: str = "-date_joined") -> "QuerySet[User]":
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


def user_get(*, user_id: int) -> User:
    """Find an account by its id.

    Args:
        user_id: The id.

    Raises:
        NotFoundError: If there is none.

    Returns:
        The account.
    """
    user = User.objects.filter(pk=user_id).first()
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
