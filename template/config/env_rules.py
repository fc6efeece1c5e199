"""What a value of the environment must look like, in sentences that help.

Each function takes a parsed value, returns it, and raises ``ValueError`` with the second
half of a sentence that begins with the variable's name. No message repeats the value.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from pydantic import SecretStr

SECRET_KEY_LENGTH: Final = 50
SECRET_KEY_VARIETY: Final = 10
PASSWORD_LENGTH: Final = 16
# Pieces of the secrets that tutorials, examples and generators leave behind.
WELL_KNOWN: Final = (
    "django-insecure",
    "changeme",
    "change-me",
    "change_me",
    "replace-me",
    "your-secret",
    "secret-key",
    "password",
    "postgres",
    "example",
)
MAKE_ONE: Final = (
    'python -c "import secrets; print(secrets.token_urlsafe(64))" prints a good one'
)
LOCAL_HOSTS: Final = ("localhost", "127.0.0.1", "[::1]")


def is_well_known(secret: str) -> bool:
    """Tell whether a secret was copied from somewhere.

    Args:
        secret: The secret's text.

    Returns:
        True when it holds a piece of a published example.
    """
    lowered = secret.lower()
    return any(piece in lowered for piece in WELL_KNOWN)


def strong_secret_key(value: "SecretStr") -> "SecretStr":
    """Accept a long, random signing key.

    Args:
        value: The key.

    Raises:
        ValueError: If it is short, monotonous or well known.

    Returns:
        The key.
    """
    secret = value.get_secret_value()
    if len(secret) < SECRET_KEY_LENGTH:
        message = (
            f"has {len(secret)} characters; set at least {SECRET_KEY_LENGTH} random "
            f"ones: {MAKE_ONE}."
        )
        raise ValueError(message)
    if is_well_known(secret) or len(set(secret)) < SECRET_KEY_VARIETY:
        message = f"is a well-known or monotonous value; {MAKE_ONE}."
        raise ValueError(message)
    return value


def strong_password(url: "SecretStr") -> None:
    """Require a password that cannot be guessed inside a URL.

    Args:
        url: Address of a server, with the password in it.

    Raises:
        ValueError: If the password is missing, short or well known.
    """
    password = unquote(urlsplit(url.get_secret_value()).password or "")
    if not password:
        message = "holds no password; write it as scheme://user:password@host/name."
        raise ValueError(message)
    if len(password) < PASSWORD_LENGTH or is_well_known(password):
        message = (
            f"holds a short or well-known password; set one of at least "
            f"{PASSWORD_LENGTH} random characters there and on the server: "
            f"{MAKE_ONE}."
        )
        raise ValueError(message)


def postgresql_url(value: "SecretStr") -> "SecretStr":
    """Accept the address of a PostgreSQL database.

    Args:
        value: A URL.

    Raises:
        ValueError: If it is no complete PostgreSQL URL.

    Returns:
        The URL.
    """
    try:
        parts = urlsplit(value.get_secret_value())
        complete = bool(parts.hostname and parts.path.strip("/"))
        _ = parts.port
    except ValueError:
        complete = False
        parts = urlsplit("")
    if parts.scheme not in {"postgres", "postgresql"} or not complete:
        message = (
            "is not the address of a PostgreSQL database; set it to "
            "postgresql://user:password@host:5432/name (percent-encode special "
            "characters of the password)."
        )
        raise ValueError(message)
    return value


def redis_url(value: "SecretStr") -> "SecretStr":
    """Accept the address of a Redis database.

    Args:
        value: A URL.

    Raises:
        ValueError: If it is no Redis URL.

    Returns:
        The URL.
    """
    try:
        parts = urlsplit(value.get_secret_value())
        complete = bool(parts.hostname)
        _ = parts.port
    except ValueError:
        complete = False
        parts = urlsplit("")
    number = parts.path.strip("/")
    if (
        parts.scheme not in {"redis", "rediss"}
        or not complete
        or not (number == "" or number.isdecimal())
    ):
        message = (
            "is not the address of a Redis database; set it to "
            "redis://:password@host:6379/0 (percent-encode special characters of the "
            "password)."
        )
        raise ValueError(message)
    return value


def comma_list(value: object) -> object:
    """Split the text of a variable at its commas.

    Args:
        value: The text, or a default that is a sequence already.

    Returns:
        The parts without surrounding blanks, empty ones left out.
    """
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def no_wildcard_host(hosts: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse host names that match more than themselves.

    Args:
        hosts: The host names.

    Raises:
        ValueError: If one of them is a wildcard.

    Returns:
        The host names.
    """
    if any("*" in host or host.startswith(".") for host in hosts):
        message = (
            "holds a wildcard; list every host name in full, with commas, for "
            "instance api.example.com,www.example.com."
        )
        raise ValueError(message)
    return hosts


def https_or_local_origins(origins: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse origins that Django would not understand or that are not encrypted.

    Args:
        origins: Origins with their scheme.

    Raises:
        ValueError: If one has no scheme, a wildcard, more than a host and a port, or
            plain HTTP to another machine.

    Returns:
        The origins.
    """
    for origin in origins:
        parts = urlsplit(origin)
        local = parts.hostname in {"localhost", "127.0.0.1", "::1"}
        allowed = {"https", "http"} if local else {"https"}
        is_whole = origin == f"{parts.scheme}://{parts.netloc}" and "@" not in origin
        if (
            parts.scheme not in allowed
            or not parts.hostname
            or "*" in origin
            or not is_whole
        ):
            message = (
                "must list origins such as https://www.example.com, with commas and "
                "without wildcards, and nothing behind the host or its port."
            )
            raise ValueError(message)
    return origins


def existing_folder(name: str) -> Path | None:
    """Turn a folder's name into a path if the folder is there.

    Args:
        name: The folder's name.

    Returns:
        The path, or None when there is no such folder.
    """
    folder = Path(name)
    return folder if folder.is_dir() else None
