"""The stack's own environment file.

It is not ``.env``: that one belongs to development and says ``DJANGO_ENVIRONMENT=local``.
"""

import os
import secrets
from typing import TYPE_CHECKING, Final

from config.env import PROJECT
from django_strict.stack.errors import StackError

if TYPE_CHECKING:
    from pathlib import Path

NAME: Final = ".env.stack"
SECRET_KEY_BYTES: Final = 64
PASSWORD_BYTES: Final = 32
REQUIRED: Final = (
    "DJANGO_SECRET_KEY",
    "POSTGRES_PASSWORD",
    "REDIS_PASSWORD",
    "EMAIL_HOST",
)


def render() -> str:
    """Compose a file with fresh secrets.

    Returns:
        Its text.
    """
    return f"""\
# Values of docker-compose.yml, for this machine alone: never commit or copy them.
# docker compose reads this file only when told: --env-file {NAME}

# --- Secrets. Passwords consist of letters, digits, - and _: they become part of URLs.
DJANGO_SECRET_KEY={secrets.token_urlsafe(SECRET_KEY_BYTES)}
POSTGRES_PASSWORD={secrets.token_urlsafe(PASSWORD_BYTES)}
REDIS_PASSWORD={secrets.token_urlsafe(PASSWORD_BYTES)}

# --- Where the API answers. Production: its host name, ports 80 and 443, address 0.0.0.0.
DJANGO_ALLOWED_HOSTS={PROJECT.domain},localhost,127.0.0.1
PUBLISH_ADDRESS=127.0.0.1
HTTP_PORT=8080
HTTPS_PORT=8443

# --- Mail. Until this names a server that exists, no mail arrives.
EMAIL_HOST=smtp.{PROJECT.domain}
"""


def require(path: "Path") -> None:
    """Make sure that a file written by hand or long ago names everything.

    Args:
        path: The file.

    Raises:
        StackError: If variables are missing; the sentence names them.
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    named = {line.partition("=")[0].strip() for line in lines}
    missing = [
        name for name in REQUIRED if name not in named and name not in os.environ
    ]
    if missing:
        message = (
            f"{path.name} does not name {', '.join(missing)}. Add a line for each, or "
            "move the file away and let `uv run poe stack-env` write a new one (the "
            "passwords of an existing database have to stay)."
        )
        raise StackError(message)
