"""What Schemathesis does to every request of the contract test before it is sent.

Schemathesis imports this module by itself, in a process of its own: ``exploration``
names it in the environment.
"""

import itertools
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import schemathesis
from schemathesis.core.parameters import ParameterLocation

if TYPE_CHECKING:
    from collections.abc import Mapping

# Each request comes from another address, as behind a proxy: that is how a run gets past
# the throttles, which are on as ever. Without it all come from one client.
MANY_CLIENTS = os.environ["CONTRACT_CLIENTS"] == "many"
CREDENTIALS_FILE = os.environ["CONTRACT_CREDENTIALS"]
numbers = itertools.count(1)


@schemathesis.hook
def before_call(
    context: schemathesis.HookContext,
    case: "schemathesis.Case[Any]",
    kwargs: dict[str, Any],
) -> None:
    """Say which address a request comes from.

    Args:
        context: Schemathesis's own.
        case: The request.
        kwargs: Options of the HTTP client.
    """
    del context, kwargs
    if MANY_CLIENTS:
        number = next(numbers)
        address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        case.headers["X-Forwarded-For"] = address


if CREDENTIALS_FILE:
    accounts = itertools.cycle(json.loads(Path(CREDENTIALS_FILE).read_text("utf-8")))

    @schemathesis.auth(refresh_interval=None)
    class Credentials:
        """Sends each request on behalf of another account."""

        def get(
            self, case: "schemathesis.Case[Any]", context: schemathesis.AuthContext
        ) -> "Mapping[str, Mapping[str, str]]":
            """Choose an account.

            Args:
                case: The request.
                context: Schemathesis's own.

            Returns:
                Headers and cookies.
            """
            del case, context
            chosen: Mapping[str, Mapping[str, str]] = next(accounts)
            return chosen

        def set(
            self,
            case: "schemathesis.Case[Any]",
            data: "Mapping[str, Mapping[str, str]]",
            context: schemathesis.AuthContext,
        ) -> None:
            """Send what proves it.

            Args:
                case: The request.
                data: Headers and cookies.
                context: Schemathesis's own.
            """
            del context
            # A documented header that is wrong or missing on purpose stays so.
            location = ParameterLocation.HEADER
            wrong = case.meta is not None and case.meta.is_negative_at(location)
            kept = {it.name.lower() for it in case.operation.headers} if wrong else ()
            for name, value in data.get("headers", {}).items():
                if name.lower() not in kept:
                    case.headers[name] = value
            case.cookies.update(data.get("cookies", {}))
