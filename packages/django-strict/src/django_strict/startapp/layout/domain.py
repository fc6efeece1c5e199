"""What samples hold, and what can go wrong with them."""

from typing import TYPE_CHECKING, TypedDict

from django.utils.translation import gettext_noop as _

from apps.core.domain import ConflictError

if TYPE_CHECKING:
    import datetime as dt
    from decimal import Decimal


class SampleValues(TypedDict, total=False):
    """What its owner decides."""

    # >>> values


# >>> errors
