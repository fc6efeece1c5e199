"""The account."""

from typing import TYPE_CHECKING, Any, ClassVar, Final, override

from asgiref.sync import sync_to_async
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from apps.core.domain import TooManyAttemptsError
from apps.core.throttling import count_guess, take_back_guess
from apps.users import audit

if TYPE_CHECKING:
    from django.db.models.constraints import BaseConstraint

EMAIL_LENGTH: Final = 254  # RFC 5321, the longest path without its brackets
FULL_NAME_LENGTH: Final = 150


class UserManager(BaseUserManager["User"]):
    """Creates accounts whose e-mail is always in lower case."""

    @classmethod
    @override
    def normalize_email(cls, email: str | None) -> str:
        """Bring an e-mail into the one form in which it is stored and looked up.

        Args:
            email: The address as somebody typed it.

        Returns:
            The address without surrounding blanks, in lower case.
        """
        return (email or "").strip().lower()

    @override
    def get_by_natural_key(self, username: str | None) -> "User":
        """Find the account of somebody who logs in.

        Args:
            username: The e-mail, in any case.

        Returns:
            The account.
        """
        return self.get(email=self.normalize_email(username))

    def create_user(
        self, email: str, password: str | None = None, **fields: Any
    ) -> "User":
        """Create an ordinary account.

        Args:
            email: The login, in any case.
            password: The password; None makes logging in impossible.
            **fields: Further fields of the model.

        Returns:
            The saved account.
        """
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.full_clean()
        user.save(using=self._db)
        return user

    def create_superuser(
        self, email: str, password: str | None = None, **fields: Any
    ) -> "User":
        """Create an account that may do everything.

        Args:
            email: The login, in any case.
            password: The password.
            **fields: Further fields of the model.

        Returns:
            The saved account.
        """
        return self.create_user(
            email, password, **{"is_staff": True, "is_superuser": True, **fields}
        )


class User(AbstractBaseUser, PermissionsMixin):
    """Somebody who can log in, with an e-mail instead of a user name."""

    email = models.EmailField("e-mail", max_length=EMAIL_LENGTH)
    full_name = models.CharField(max_length=FULL_NAME_LENGTH, blank=True, default="")
    is_staff = models.BooleanField(
        default=False, help_text="May use the admin site and the list of users."
    )
    is_active = models.BooleanField(
        default=True, help_text="Clear this instead of deleting an account."
    )
    date_joined = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    EMAIL_FIELD = "email"
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        """Order and constraints."""

        ordering: ClassVar[list[str]] = ["-date_joined", "-id"]
        # For pages of the list of users; the e-mail has an index as it is unique.
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["date_joined", "id"], name="users_user_by_date"),
            models.Index(fields=["full_name", "id"], name="users_user_by_name"),
        ]
        constraints: ClassVar[list["BaseConstraint"]] = [
            models.UniqueConstraint(
                fields=["email"],
                name="users_user_email_unique",
                violation_error_code="unique",
                violation_error_message="An account with this e-mail already exists.",
            ),
            models.CheckConstraint(
                condition=models.Q(email=Lower("email")),
                name="users_user_email_lowercase",
                violation_error_message="The e-mail must be in lower case.",
            ),
        ]

    @override
    def __str__(self) -> str:
        """Name the account.

        Returns:
            The e-mail.
        """
        return self.email

    @override
    def clean(self) -> None:
        """Bring the e-mail into its stored form before it is judged."""
        super().clean()
        self.email = UserManager.normalize_email(self.email)

    @override
    def check_password(self, raw_password: str | None) -> bool:
        """Judge a password that somebody typed: every way to guess one leads here.

        Args:
            raw_password: What was typed.

        Raises:
            TooManyAttemptsError: If there were too many; this one is not judged.

        Returns:
            Whether it is right.
        """
        try:
            count_guess(self.email)
        except TooManyAttemptsError:
            audit.record("guess_refused", self.pk)
            raise
        is_right = super().check_password(raw_password)
        if is_right:
            take_back_guess(self.email)
        else:
            audit.record("wrong_password", self.pk)
        return is_right

    @override
    async def acheck_password(self, raw_password: str | None) -> bool:
        """Judge a password that somebody typed.

        Args:
            raw_password: What was typed.

        Returns:
            Whether it is right.
        """
        return await sync_to_async(self.check_password)(raw_password)
