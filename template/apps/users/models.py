"""The account, its sessions and its tokens."""

import secrets
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any, ClassVar, Final, override

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.models import PermissionsMixin
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models import F
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django_strict_asgi.emails import normalize_email

from apps.core.domain import TooManyAttemptsError
from apps.core.middleware import request_id
from apps.core.throttling import count_guess, take_back_guess
from apps.users import audit
from apps.users.fields import (
    EMAIL_LENGTH,
    MAILABLE,
    EmailField,
    validate_mailable,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from django.db.models.constraints import BaseConstraint

FULL_NAME_LENGTH: Final = 150
DEVICE_LENGTH: Final = 100
# The date of the last use is as exact as this: a request that reads writes nothing else.
USE_INTERVAL: Final = timedelta(hours=1)


class UserManager(BaseUserManager["User"]):
    """Creates accounts."""

    @classmethod
    @override
    def normalize_email(cls, email: str | None) -> str:
        """Bring an e-mail into the one form in which it is stored and looked up.

        Args:
            email: The address as somebody typed it.

        Returns:
            The form.
        """
        return normalize_email(email or "")

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
        user = self.model(email=email, **fields)
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

    email = EmailField(
        "e-mail", max_length=EMAIL_LENGTH, validators=[validate_mailable]
    )
    full_name = models.CharField(max_length=FULL_NAME_LENGTH, blank=True, default="")
    is_staff = models.BooleanField(
        default=False, help_text="May use the admin site and the list of users."
    )
    is_active = models.BooleanField(
        default=True, help_text="Clear this instead of deleting an account."
    )
    date_joined = models.DateTimeField(default=timezone.now, editable=False)
    # The defaults are the database's too, here and below: the version before goes on
    # writing accounts while replicas are replaced.
    is_confirmed = models.BooleanField(
        "e-mail confirmed",
        default=True,
        db_default=True,
        help_text="Whether somebody has opened a mail to this address.",
    )
    # The one that is to take the place of ``email`` once it is confirmed.
    new_email = EmailField(
        max_length=EMAIL_LENGTH, blank=True, default="", db_default="", editable=False
    )
    # Another number ends all sessions at once.
    session_generation = models.PositiveIntegerField(
        default=0, db_default=0, editable=False
    )

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
                condition=models.Q(email__regex=MAILABLE),
                name="users_user_email_mailable",
                violation_error_message="The e-mail must be in its one form.",
            ),
        ]

    @override
    def __str__(self) -> str:
        """Name the account.

        Returns:
            The e-mail.
        """
        return self.email

    @property
    def may_log_in(self) -> bool:
        """Whether sessions and tokens of the account open anything."""
        confirmed = self.is_confirmed or not settings.EMAIL_CONFIRMATION_REQUIRED
        return self.is_active and confirmed

    @override
    def check_password(self, raw_password: str | None) -> bool:
        """Judge a password that somebody typed: every way to guess one leads here.

        A hash at another cost is replaced.

        Args:
            raw_password: What was typed.

        Raises:
            TooManyAttemptsError: If there were too many; this one is not judged.

        Returns:
            Whether it is right.
        """

        def replace(password: str) -> None:
            """Hash it anew, unless the password has been changed meanwhile.

            Args:
                password: The password, which fits.
            """
            same = User.objects.filter(pk=self.pk, password=self.password)
            self.password = make_password(password)
            same.update(password=self.password)

        try:
            count_guess(self.email)
        except TooManyAttemptsError:
            audit.record("guess_refused", self.pk)
            raise
        is_right = check_password(raw_password, self.password, replace)
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

    @override
    def get_session_auth_hash(self) -> str:
        """Compute what a session must hold to be valid.

        Returns:
            A hash that changes with the password and with the generation.
        """
        return self._session_hash()

    @override
    def get_session_auth_fallback_hash(self) -> "Iterator[str]":
        """Compute it for the secret keys of before.

        Returns:
            A hash for each.
        """
        return map(self._session_hash, settings.SECRET_KEY_FALLBACKS)

    @classmethod
    def end_sessions(cls, account: str, session_hash: str) -> bool:
        """End every session of an account, as a copy of one may be left in Redis.

        Args:
            account: The id.
            session_hash: What that one holds. If it opens nothing any more, no other
                ends: whoever kept its cookie could log the owner out again and again.

        Returns:
            Whether they ended.
        """
        user = cls.objects.filter(pk=account).first()
        if user is None or session_hash not in {
            user.get_session_auth_hash(),
            *user.get_session_auth_fallback_hash(),
        }:
            return False
        same = cls.objects.filter(pk=account)
        return bool(same.update(session_generation=F("session_generation") + 1))

    @classmethod
    def clear_unconfirmed(cls) -> None:
        """Delete accounts that nobody has confirmed or used, which frees their e-mails.

        Only those that strangers registered: what was imported, say, is not ours to judge.
        """
        registered = AuditEntry.objects.filter(event="registered")
        used = AuditEntry.objects.filter(event__in=("login", "token_obtained"))
        old = timezone.now() - UNCONFIRMED_TIME
        squatted = cls.objects.filter(is_confirmed=False, date_joined__lt=old)
        squatted = squatted.filter(pk__in=registered.values("user_id"))
        squatted.exclude(pk__in=used.values("user_id")).delete()

    def _session_hash(self, secret: str | bytes | None = None) -> str:
        """Compute what a session must hold.

        Args:
            secret: The secret key; the current one by default.

        Returns:
            The hash.
        """
        value = f"{self.session_generation}:{self.password}"
        salt = "apps.users.models.User.session"
        return salted_hmac(salt, value, secret, algorithm="sha256").hexdigest()


class Session(AbstractBaseSession):
    """A session and whose it is, so that it goes with its account."""

    # No constraint: a login during the deletion is no error, the session opens nothing.
    account = models.ForeignKey(
        User,
        on_delete=models.CASCADE,
        db_constraint=False,
        null=True,
        editable=False,
        related_name="+",
    )

    @override
    def __str__(self) -> str:
        """Name the session without its key, which would open it.

        Returns:
            Until when it lasts.
        """
        return f"until {self.expire_date}"


def token_expiry() -> "datetime":
    """Tell until when a token lasts that is made now.

    Returns:
        The time.
    """
    return timezone.now() + settings.TOKEN_LIFETIME


# Longer than the year for which PostgreSQL keeps an entry, a leap year's too.
AUDIT_TIME: Final = timedelta(days=367)
AUDIT_PART: Final = timedelta(days=7)
UNCONFIRMED_TIME: Final = timedelta(days=7)


class TokenQuerySet(models.QuerySet["Token"]):
    """Tokens, of which the database holds hashes alone."""

    @override
    def create(self, **fields: Any) -> "Token":
        """Make a token.

        Args:
            **fields: The account and, optionally, the device's name.

        Returns:
            The token, which tells its key this once.
        """
        key = secrets.token_hex(20)
        token = super().create(digest=Token.hash(key), **fields)
        token.key = key
        return token

    @override
    def get(self, *args: Any, **lookups: Any) -> "Token":
        """Find a token; DRF's ``TokenAuthentication`` does by its key, which is a use.

        Args:
            *args: Conditions.
            **lookups: Conditions; a key fits no token that has expired.

        Returns:
            The token.
        """
        if "key" not in lookups:
            return super().get(*args, **lookups)
        digest, now = Token.hash(lookups.pop("key")), timezone.now()
        if settings.EMAIL_CONFIRMATION_REQUIRED:
            lookups["user__is_confirmed"] = True
        token = super().get(*args, **lookups, digest=digest, expires_at__gt=now)
        if token.last_used_at < now - USE_INTERVAL:
            Token.objects.filter(pk=token.pk).update(last_used_at=now)
        return token


class Token(models.Model):
    """What a device sends instead of a password; its own, so that it can end alone."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=DEVICE_LENGTH, blank=True, default="")
    # Not slow, as for passwords: nobody guesses 160 random bits.
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    last_used_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(default=token_expiry, editable=False)

    objects = TokenQuerySet.as_manager()
    key = ""

    @override
    def __str__(self) -> str:
        """Name the token without its device: the admin site's log keeps it for good.

        Returns:
            Its number.
        """
        return f"token {self.pk}"

    @staticmethod
    def hash(key: str) -> str:
        """Compute what is stored of a key.

        Args:
            key: What a device sends.

        Returns:
            The hash.
        """
        return sha256(key.encode()).hexdigest()

    @classmethod
    def end_all(cls, user_id: int) -> None:
        """Delete the tokens of an account.

        Args:
            user_id: The account.
        """
        cls.objects.filter(user_id=user_id).delete()

    @classmethod
    def clear_expired(cls) -> None:
        """Delete the tokens that open nothing any more."""
        cls.objects.filter(expires_at__lt=timezone.now()).delete()


class AuditEntry(models.Model):
    """What happened to an account, as a number: it outlives it, and names nobody.

    PostgreSQL refuses to change an entry. The log has the address of its request.
    """

    user_id = models.BigIntegerField(null=True)
    event = models.CharField(max_length=50)
    details = models.JSONField(default=dict)
    request_id = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        """Order and index."""

        ordering: ClassVar[list[str]] = ["-id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["user_id", "id"], name="users_audit_by_user")
        ]

    @override
    def __str__(self) -> str:
        """Name the entry.

        Returns:
            Event and account.
        """
        return f"{self.event} of account {self.user_id}"

    @classmethod
    def write(cls, user_id: int | None, event: str, details: dict[str, Any]) -> None:
        """Add an entry.

        Args:
            user_id: The account, if there is one.
            event: What happened.
            details: Further fields; nothing personal, nothing secret.
        """
        values = {"user_id": user_id, "event": event, "details": details}
        cls.objects.create(request_id=request_id.get(), **values)

    @classmethod
    def clear_old(cls) -> None:
        """Delete what PostgreSQL lets go: entries that are more than a year old.

        A week of them a night: a clock that runs a year ahead costs no more.
        """
        old = cls.objects.filter(created_at__lt=timezone.now() - AUDIT_TIME)
        if first := old.order_by("created_at").first():
            old.filter(created_at__lt=first.created_at + AUDIT_PART).delete()
