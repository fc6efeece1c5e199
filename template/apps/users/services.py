"""Everything that changes accounts and credentials."""

from typing import TYPE_CHECKING

from django.contrib.admin.models import LogEntry
from django.contrib.auth import authenticate, login, logout, update_session_auth_hash
from django.contrib.auth.password_validation import validate_password
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django_strict_asgi.deletion import delete_in_parts
from django_strict_asgi.emails import normalize_email

from apps.core.domain import NotFoundError
from apps.core.throttling import count_mail
from apps.users import audit, selectors
from apps.users.domain import (
    InvalidConfirmationLinkError,
    InvalidCredentialsError,
    InvalidResetLinkError,
    WrongPasswordError,
)
from apps.users.models import Token, User
from apps.users.tasks import (
    forget_address,
    send_email_change,
    send_email_changed,
    send_export,
    send_password_reset,
    send_registration,
)
from apps.users.tokens import confirmed_address, reset_tokens

if TYPE_CHECKING:
    from django.http import HttpRequest

    from apps.core.domain import DomainError

TOKENS_PER_ACCOUNT = 100


def user_register(*, email: str, password: str, full_name: str = "") -> None:
    """Create an account for somebody who signs up, unless the e-mail has one.

    A mail tells which it was. Nothing else does: a taken e-mail costs a hash and the same
    statements, and changes nothing.

    Args:
        email: The login, in any case.
        password: The password.
        full_name: The name, if it was given.

    Raises:
        TooManyAttemptsError: If the address was sent too many mails.
        ValidationError: If a value is not acceptable or the password too weak.
    """
    user = User(email=normalize_email(email), full_name=full_name, is_confirmed=False)
    _check_password(password, user=user, attr="password")
    count_mail(user.email)
    user.set_password(password)
    user.full_clean(validate_constraints=False)
    with transaction.atomic():
        User.objects.bulk_create([user], ignore_conflicts=True)
        same = User.objects.filter(email=user.email, password=user.password).first()
        audit.record(
            "registered" if same else "registered_again", getattr(same, "pk", None)
        )
        send_registration.enqueue(email=user.email)


def confirmation_request(*, email: str) -> None:
    """Have another confirmation link mailed; does not reveal whether the account exists.

    Args:
        email: The address somebody typed.

    Raises:
        TooManyAttemptsError: If the address was sent too many mails.
    """
    count_mail(email)
    audit.record("confirmation_requested")
    send_registration.enqueue(email=email)


def email_change(*, user: User, email: str, current_password: str) -> None:
    """Have a confirmation link mailed to another address, which changes nothing yet.

    Args:
        user: The account.
        email: The new address, in its one form; nothing reveals whether it is taken.
        current_password: The password.

    Raises:
        TooManyAttemptsError: If the address was sent too many mails, or asked for too many.
        WrongPasswordError: If the password is another.
    """
    if not user.check_password(current_password):
        raise WrongPasswordError
    count_mail(user.email, "change")
    count_mail(email)
    with transaction.atomic():
        if not _lock(user=user, password_hash=user.password):
            raise WrongPasswordError
        user.new_email = email
        user.save(update_fields=["new_email"])
        audit.record("email_change_requested", user.pk)
        send_email_change.enqueue(user_id=user.pk, email=email)


def email_confirm(*, uid: str, token: str, current_password: str) -> None:
    """Confirm the e-mail of an account, or put another one in its place.

    The password tells that who opened the mail is who has registered: nobody plants an
    account, with a password of one's own, for somebody else to confirm.

    Args:
        uid: The account, as the link names it.
        token: Proof that the mail was received; works once.
        current_password: The password.

    Raises:
        InvalidConfirmationLinkError: If the link is forged, used or expired.
        ValidationError: If another account has got the address meanwhile.
        WrongPasswordError: If the password is another.
    """
    user = selectors.user_find_by_link(uid=uid)
    if user is None or not confirmed_address(user, token):
        audit.record("confirmation_refused")
        raise InvalidConfirmationLinkError
    mailed_for = user.password
    if not user.check_password(current_password):
        raise WrongPasswordError
    with transaction.atomic():
        locked = User.objects.select_for_update().filter(pk=user.pk).first()
        if locked and locked.password == user.password:
            locked.password = mailed_for  # a hash replaced just now makes no link void
        address = confirmed_address(locked, token) if locked else ""
        if not locked or not address:
            raise InvalidConfirmationLinkError
        user, former = locked, locked.email
        user.email, user.new_email, user.is_confirmed = address, "", True
        user.full_clean()
        user.save(update_fields=["email", "new_email", "is_confirmed"])
        if address == former:
            audit.record("email_confirmed", user.pk)
        else:
            audit.record("email_changed", user.pk)
            send_email_changed.enqueue(email=former)


@transaction.atomic
def user_update(*, user: User, full_name: str | None = None) -> User:
    """Change the profile of an account.

    Args:
        user: The account.
        full_name: The new name; None keeps the old one.

    Raises:
        ValidationError: If the name is not acceptable.

    Returns:
        The changed account.
    """
    if full_name is not None:
        user.full_name = full_name
    # The e-mail stays as it is; asking the database about it would change nothing.
    user.full_clean(exclude={"email"})
    user.save(update_fields=["full_name"])
    return user


@transaction.atomic
def user_delete(*, user: User) -> None:
    """Delete an account for good, with all that names it but not what it did as admin.

    Args:
        user: The account.
    """
    # Locked before its tokens are looked for: nobody can add one meanwhile.
    User.objects.select_for_update().filter(pk=user.pk).first()
    kind = ContentType.objects.get_for_model(User)
    about = LogEntry.objects.filter(content_type=kind, object_id=user.pk)
    about.update(object_repr=f"account {user.pk}")
    done = LogEntry.objects.filter(user=user)
    if done.exists():
        # An entry needs somebody: an account that says nothing and opens nothing.
        nobody = User(email=f"deleted-{user.pk}@invalid", is_active=False)
        nobody.set_unusable_password()
        nobody.save()
        done.update(user=nobody)
    cache.delete(selectors.EXPORT_KEY.format(user.pk))
    # Of one's own address alone: others wait for mails, too. Later, as there may be many.
    if user.is_confirmed:
        forget_address.enqueue(email=user.email)
    delete_in_parts(user)


@transaction.atomic
def export_request(*, user: User, url: str) -> None:
    """Have a link to one's own data mailed.

    Args:
        user: The account.
        url: Where the link leads.

    Raises:
        TooManyAttemptsError: If the address was sent too many mails.
    """
    count_mail(user.email, "export")
    audit.record("export_requested", user.pk)
    send_export.enqueue(user_id=user.pk, url=url)


def user_authenticate(*, email: str, password: str) -> User:
    """Check credentials; takes as long for an unknown e-mail as for a wrong password.

    Args:
        email: The login, in any case.
        password: The password.

    Raises:
        InvalidCredentialsError: If no active account has these credentials, or its
            e-mail must be confirmed first: to tell them apart would tell whoever has just
            registered with an address whether it had an account.

    Returns:
        The account.
    """
    user = authenticate(username=email, password=password)
    if not isinstance(user, User) or not user.may_log_in:
        raise InvalidCredentialsError
    return user


def session_open(*, request: "HttpRequest", email: str, password: str) -> User:
    """Log a browser in.

    Args:
        request: What the session is attached to; Django's ``login`` asks for it.
        email: The login, in any case.
        password: The password.

    Raises:
        InvalidCredentialsError: If no active account has these credentials.

    Returns:
        The account.
    """
    user = user_authenticate(email=email, password=password)
    login(request, user)
    return user


def session_close(*, request: "HttpRequest") -> None:
    """Log a browser out; its session ends for good.

    Args:
        request: A request with the session.
    """
    logout(request)


def session_keep(*, request: "HttpRequest", user: User) -> None:
    """Keep a session open whose account has just got a new password.

    Args:
        request: A request with the session.
        user: The account, as it is now.
    """
    update_session_auth_hash(request, user)


def token_obtain(*, email: str, password: str, name: str = "") -> Token:
    """Exchange credentials for a token of one device.

    Args:
        email: The login, in any case.
        password: The password.
        name: What the device is called in the list of tokens.

    Raises:
        InvalidCredentialsError: If no active account has these credentials.

    Returns:
        A new token. Those that expired end, and beyond ``TOKENS_PER_ACCOUNT`` those that
        were not used for longest: a script that never gives one back fills no table.
    """
    user = user_authenticate(email=email, password=password)
    # From here on: a transaction around all would stay open while the password is hashed.
    with transaction.atomic():
        # Unless the password was changed meanwhile, which ends all tokens.
        if not _lock(user=user, password_hash=user.password):
            raise InvalidCredentialsError
        token = Token.objects.create(user=user, name=name)
        kept = user.tokens.filter(expires_at__gt=timezone.now())
        kept = kept.order_by("-last_used_at", "-pk")[:TOKENS_PER_ACCOUNT]
        user.tokens.exclude(pk__in=kept.values("pk")).delete()
        audit.record("token_obtained", user.pk, token_id=token.pk)
    return token


@transaction.atomic
def token_revoke(*, user: User, token_id: int | None = None) -> None:
    """Make a token of an account, or all of them, invalid at once.

    Args:
        user: The account.
        token_id: Which; None for all.

    Raises:
        NotFoundError: If the account has no such token.
    """
    tokens = user.tokens.all() if token_id is None else user.tokens.filter(pk=token_id)
    revoked, _ = tokens.delete()
    if revoked:
        audit.record("token_revoked", user.pk, token_id=token_id)
    elif token_id is not None:
        raise NotFoundError


def password_change(*, user: User, current_password: str, new_password: str) -> User:
    """Replace a password; every token and every session made with it ends.

    Args:
        user: The account.
        current_password: The password as it is now.
        new_password: The new password.

    Raises:
        WrongPasswordError: If the current password is another.
        ValidationError: If the new password is too weak.

    Returns:
        The changed account.
    """
    if not user.check_password(current_password):
        raise WrongPasswordError
    # Of several changes at once one wins; for the others this is the wrong password now.
    return _set_password(user=user, password=new_password, late=WrongPasswordError)


def password_reset_request(*, email: str) -> None:
    """Have a reset link mailed; does not reveal whether the account exists.

    Args:
        email: The address somebody typed.

    Raises:
        TooManyAttemptsError: If the address was sent too many mails.
    """
    # Apart from what others can ask for: nobody is kept from resetting a password.
    count_mail(email, "reset")
    audit.record("password_reset_requested")
    send_password_reset.enqueue(email=email)


def password_reset_confirm(*, uid: str, token: str, new_password: str) -> User:
    """Set a new password with the help of a mailed link.

    Args:
        uid: The account, as the link names it.
        token: Proof that the mail was received; works once.
        new_password: The new password.

    Raises:
        InvalidResetLinkError: If the link is forged, used or expired.
        ValidationError: If the new password is too weak.

    Returns:
        The changed account.
    """
    user = selectors.user_find_by_link(uid=uid)
    if user is None or not reset_tokens.check_token(user, token):
        audit.record("password_reset_refused")
        raise InvalidResetLinkError
    user = _set_password(user=user, password=new_password, late=InvalidResetLinkError)
    # Who has read the mail has the address, and need not have chosen the name.
    squatted = User.objects.filter(pk=user.pk, is_confirmed=False)
    squatted.update(is_confirmed=True, full_name="")
    audit.record("password_reset_confirmed", user.pk)
    return user


def _lock(*, user: User, password_hash: str) -> bool:
    """Lock an account until the end of the transaction, if it is still the same.

    Args:
        user: The account.
        password_hash: The hash that its password was found to fit.

    Returns:
        Whether the account is there, active, and has that password and its e-mail.
    """
    users = User.objects.select_for_update()
    same = users.filter(pk=user.pk, password=password_hash, is_active=True)
    # A link that was mailed to an address opens nothing once there is another one.
    same = same.filter(email=user.email)
    return same.first() is not None


def _set_password(*, user: User, password: str, late: "type[DomainError]") -> User:
    """Store a new password and revoke what the old one had opened.

    Args:
        user: The account.
        password: The new password.
        late: What to raise if it was changed meanwhile.

    Raises:
        DomainError: If the password was changed meanwhile.
        ValidationError: If the password is too weak.

    Returns:
        The changed account.
    """
    _check_password(password, user=user, attr="new_password")
    former = user.password
    # Before the lock: others would wait as long as hashing takes.
    user.set_password(password)
    with transaction.atomic():
        if not _lock(user=user, password_hash=former):
            raise late
        token_revoke(user=user)
        user.save(update_fields=["password"])
    return user


def _check_password(password: str, *, user: User, attr: str) -> None:
    """Judge a password by the configured validators.

    Args:
        password: The password.
        user: Whose it shall be.
        attr: Field of the request that holds it.

    Raises:
        ValidationError: If it is too weak, under the field's name.
    """
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise ValidationError({attr: error.error_list}) from error
