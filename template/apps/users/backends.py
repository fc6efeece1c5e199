"""How Django checks credentials."""

from typing import TYPE_CHECKING, Any, override

from asgiref.sync import sync_to_async
from django.contrib.auth.backends import ModelBackend
from django.views.decorators.debug import sensitive_variables

from apps.users import selectors
from apps.users.models import User, UserManager

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser
    from django.http import HttpRequest


class Backend(ModelBackend):
    """Django's own, for which a guess at an unknown account counts as any other."""

    @override
    @sensitive_variables("password")
    def authenticate(
        self,
        request: "HttpRequest | None",
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> User | None:
        """Check an e-mail and a password.

        Args:
            request: The request, if there is one.
            username: The e-mail, in any case.
            password: The password.
            **kwargs: The e-mail under its own name.

        Returns:
            The account, if it is active and the password right.
        """
        del request
        email = username or kwargs.get(User.USERNAME_FIELD)
        if email is None or password is None:
            return None
        # Nobody has no password, which takes as long to find out as a wrong one.
        nobody = User(email=UserManager.normalize_email(email))
        user = selectors.user_find_active(email=email) or nobody
        return user if user.check_password(password) else None

    @override
    def user_can_authenticate(self, user: "User | AnonymousUser | None") -> bool:
        """Tell whether sessions of an account go on.

        Args:
            user: The account.

        Returns:
            Whether it may log in.
        """
        return isinstance(user, User) and user.may_log_in

    aauthenticate = sync_to_async(authenticate)
