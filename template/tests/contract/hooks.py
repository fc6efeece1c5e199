"""What Schemathesis does to every request before it is sent.

It loads this file by itself, in a process of its own (``schemathesis.toml``).
"""

import itertools
import json
import os
from pathlib import Path
from typing import Any

import schemathesis

# Each request comes from another address, as behind a proxy: that is how a run gets past
# the throttles, which are on as ever. Without it all come from one client.
MANY_CLIENTS = os.environ["CONTRACT_CLIENTS"] == "many"
WHO = os.environ["CONTRACT_CREDENTIALS"]
numbers = itertools.count(1)


@schemathesis.hook
def before_call(
    context: schemathesis.HookContext,
    case: "schemathesis.Case[Any]",
    kwargs: dict[str, Any],
) -> None:
    """Say which address a request comes from."""
    del context, kwargs
    if MANY_CLIENTS:
        number = next(numbers)
        address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        case.headers["X-Forwarded-For"] = address


if WHO:
    accounts = json.loads(Path(os.environ["CONTRACT_ACCOUNTS"]).read_text("utf-8"))
    waiting = itertools.cycle(accounts[WHO])

    @schemathesis.auth(refresh_interval=None)
    class Credentials:
        """Sends each request on behalf of another account."""

        def get(
            self, case: "schemathesis.Case[Any]", context: schemathesis.AuthContext
        ) -> dict[str, dict[str, str]]:
            """Choose an account."""
            del case, context
            chosen: dict[str, dict[str, str]] = next(waiting)
            return chosen

        def set(
            self,
            case: "schemathesis.Case[Any]",
            data: dict[str, dict[str, str]],
            context: schemathesis.AuthContext,
        ) -> None:
            """Send what proves it."""
            del context
            case.headers.update(data.get("headers", {}))
            case.cookies.update(data.get("cookies", {}))
