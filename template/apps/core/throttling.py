"""Who may ask how often.

Rates for endpoints that an attacker would call in a loop stand here and not in
``DEFAULT_THROTTLE_RATES``, which the baseline fixes.
"""

from typing import Final, cast

from django.utils.crypto import salted_hmac
from django_strict_asgi.throttling import (
    AddressRate,
    ClientRate,
    CombinedThrottle,
    client_address,
    count,
    take_back,
)
from rest_framework.throttling import (
    AnonRateThrottle,
    SimpleRateThrottle,
    UserRateThrottle,
)

from apps.core.domain import TooManyAttemptsError
from apps.core.middleware import current_request


class AnonRate(AddressRate, AnonRateThrottle):
    """The baseline's, for addresses."""


class UserRate(AddressRate, UserRateThrottle):
    """The baseline's, for accounts, and for addresses without one."""


class StandardThrottle(CombinedThrottle):
    """The baseline's rates, for accounts and for addresses without one."""

    rates = (AnonRate, UserRate)


class LoginRate(ClientRate):
    """Password guesses, whether for a session or a token."""

    scope = "login"
    rate = "10/min"


class LoginThrottle(CombinedThrottle):
    """For views that check a password: all their requests, also those without one."""

    rates = (LoginRate,)


class AccountRate(SimpleRateThrottle):
    """Wrong passwords of one account, wherever they come from.

    Low enough against a botnet that knows an e-mail. Its price: who sends so many wrong
    ones from two addresses keeps the owner from logging in for the rest of the hour.
    Sessions and tokens go on; right passwords do not count, so that a script may log in.
    """

    scope = "account"
    rate = "30/hour"


class NearRate(SimpleRateThrottle):
    """Those that come from one address: it leaves some to an owner elsewhere."""

    scope = "near"
    rate = "20/hour"


_WRONG: Final = (AccountRate, NearRate)


def count_guess(account: str) -> None:
    """Count a guess at a password, before it is judged: many at once are all counted.

    By address, whatever it is guessed for, at the rate of ``LoginRate``, and by account,
    whether there is one or not. Views with a ``LoginThrottle`` count requests besides.

    Args:
        account: The e-mail, in the one form in which it is stored.

    Raises:
        TooManyAttemptsError: If it is one too many; a right one would be, too.
    """
    rates: dict[str, SimpleRateThrottle] = {
        _account_key(account, kind.scope): kind() for kind in _WRONG
    }
    if request := current_request.get():
        rates[f"throttle_guess_{client_address(request)}"] = LoginRate()
    limits = {key: rate.parse_rate(rate.rate) for key, rate in rates.items()}
    wait = count(cast("dict[str, tuple[int, int]]", limits))
    if wait >= 0:
        raise TooManyAttemptsError(wait)


def take_back_guess(account: str) -> None:
    """Let a guess count no more for its account, since it was right.

    Args:
        account: The e-mail, as ``count_guess`` was told.
    """
    for kind in _WRONG:
        take_back(_account_key(account, kind.scope))


class MailRate(SimpleRateThrottle):
    """Mails that anybody may have sent to one address, whoever asks for them."""

    scope = "mail"
    rate = "5/hour"


def count_mail(address: str, kind: str = "") -> None:
    """Count a mail that somebody asks for, whether it will be sent or not.

    Args:
        address: To whom, in the one form of addresses.
        kind: Of mails that are counted apart from others.

    Raises:
        TooManyAttemptsError: If it is one too many.
    """
    limit = MailRate().parse_rate(MailRate.rate)
    limits = {_account_key(address, MailRate.scope + kind): limit}
    wait = count(cast("dict[str, tuple[int, int]]", limits))
    if wait >= 0:
        raise TooManyAttemptsError(wait)


def _account_key(account: str, scope: str = AccountRate.scope) -> str:
    """Name a counter of an account, without its e-mail.

    Args:
        account: The e-mail.
        scope: What is counted.

    Returns:
        The name.
    """
    if scope == NearRate.scope and (request := current_request.get()):
        account = f"{account} {client_address(request)}"
    hashed = salted_hmac(__name__, account, algorithm="sha256").hexdigest()
    return f"throttle_{scope}_{hashed}"


class RegisterRate(ClientRate):
    """New accounts."""

    scope = "register"
    rate = "20/hour"


class RegisterThrottle(CombinedThrottle):
    """For the view that creates accounts."""

    rates = (RegisterRate,)


class PasswordResetRate(ClientRate):
    """Requests for mails, which a slow server sends one by one, and uses of reset links."""

    scope = "password_reset"
    rate = "10/hour"


class PasswordResetThrottle(CombinedThrottle):
    """For views that have mails sent, or are about reset links."""

    rates = (PasswordResetRate,)
