"""Forms of values in an environment, and what is said of a value without its form."""

import re
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated, Final
from urllib.parse import unquote, urlsplit

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict
from pydantic import BeforeValidator
from pydantic_settings import NoDecode

from django_strict_asgi.redis import check

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pydantic import SecretStr, ValidationInfo

    Value = SecretStr | tuple[str, ...]
    Form = tuple[str, str]

PASSWORD_LENGTH: Final = 16
RANDOM: Final = (
    'what python -c "import secrets; print(secrets.token_urlsafe(64))" prints'
)
# Pieces of the secrets that tutorials, examples and generators leave behind.
WELL_KNOWN: Final = (
    "django-insecure|change[-_]?me|replace-me|your-secret|secret-key|password|postgres|"
    "example"
)
# Nothing over and over again, nothing known.
STRONG: Final = (
    r"(?!.*(?P<one>.)(?P=one){9}|.*(?P<few>.{2,9})(?P=few){4}|.*(" + WELL_KNOWN + "))"
)
WEAK: Final = "is well known, monotonous or shorter than 50 characters"
WEAK_PASSWORD: Final = (
    "holds no password, or a short or well-known one; set a password of at "
    f"least {PASSWORD_LENGTH} random characters there and on the server: {RANDOM}"
)
SECRET_KEY: Final = (STRONG + r".{50,}", WEAK)
SECRET_KEYS: Final = (
    rf"({STRONG}\s*[^,\s]{{50,}}(\s*,\s*[^,\s]{{50,}})*\s*)?",
    f"holds a key that {WEAK}",
)
HOSTS: Final = (
    r"[^*.][^*]*",
    "holds a wildcard; every host name is listed in full, with commas",
)
HOST: Final = r"([^][*@:/?#]+|\[[0-9a-f:.]+\])(:\d{1,5})?"
REDIS: Final = (
    rf"(rediss?(\+sentinel)?://([^/?#]*@)?{HOST}(,{HOST})*(/[^?#]*)?(\?.*)?)?",
    (
        "is not the address of a Redis database (percent-encode a password), or has an "
        "option that redis-py has not or that trusts any certificate"
    ),
)
# Of S3; nothing where its library, too heavy for all projects, is not installed.
HAS_S3: Final = find_spec("storages") and find_spec("boto3")
KEY: Final = r"([^/?#:@]+:[^/?#@]+@)?"
BUCKET: Final = rf"s3(\+http)?://{KEY}{HOST}/[a-z0-9.-]+(\?region=[a-z0-9-]+)?"
STORAGE: Final = (
    rf"(file:///[^?#]+|{BUCKET if HAS_S3 else '(?!)'})?",
    "must be a folder or, after `uv add django-storages[s3]`, a bucket (encode a secret)",
)
# As browsers send it, which is how it is compared: in lower case, without the usual port.
LOWER: Final = r"[a-z0-9._-]+|\[[0-9a-f:.]+\]"
LOOPBACK: Final = r"http://(?!.*:80$)(localhost|127\.0\.0\.1|\[::1\])"
ORIGINS: Final = (
    rf"(?-i:(https://(?!.*:443$)({LOWER})|{LOOPBACK})(:[1-9]\d{{0,4}})?)",
    "must list origins: https://, lower case, no port 443, no wildcards, nothing behind",
)
POSTGRESQL: Final = (
    # Hosts, or as an option the folder of a Unix socket.
    rf"(postgres(ql)?://([^/?#]*@)?({HOST}(,{HOST})*/[^/?#]|/[^/?#]+\?(.*&)?host=).*)?",
    "is not the address of a PostgreSQL database (percent-encode a password in it)",
)
CommaList = Annotated[
    tuple[str, ...],
    NoDecode,
    BeforeValidator(
        lambda value: (
            tuple(part.strip() for part in value.split(",") if part.strip())
            if isinstance(value, str)
            else value
        )
    ),
]


def checked(
    forms: "Mapping[str, Form]",
) -> "Callable[[Value, ValidationInfo], Value]":
    """Make the validator of variables with a form.

    Args:
        forms: What each must match, and what is said of a value that does not.

    Returns:
        The validator.
    """

    def check_form(value: "Value", info: "ValidationInfo") -> "Value":
        """Accept a value that has the form of its variable.

        Args:
            value: A secret or an address, empty where none is set, or names.
            info: Tells the variable.

        Raises:
            ValueError: If it does not.

        Returns:
            The value.
        """
        form, problem = forms[info.field_name or ""]
        texts = value if isinstance(value, tuple) else (value.get_secret_value(),)
        if not all(re.fullmatch(form, text, re.IGNORECASE) for text in texts):
            raise ValueError(problem)
        try:
            if form == POSTGRESQL[0]:
                conninfo_to_dict(texts[0])
            elif form == REDIS[0]:
                check(texts[0])
        except (ProgrammingError, ValueError):
            raise ValueError(problem) from None
        return value

    return check_form


def is_weak(address: "SecretStr") -> bool:
    """Tell whether a server lets in who guesses its password.

    Args:
        address: Of PostgreSQL or Redis, empty where there is none.

    Returns:
        Whether its password is missing, short or well known.
    """
    url = address.get_secret_value()
    if re.match("postgres", url, re.IGNORECASE):
        known = conninfo_to_dict(url)
        # Over a Unix socket, the system says who somebody is.
        if "password" not in known and str(known.get("host")).startswith("/"):
            return False
        password = str(known.get("password") or "")
    else:
        password = urlsplit(url).password or ""
    found = unquote(password).lower()
    is_known = re.search(WELL_KNOWN, found) is not None
    return bool(url) and (len(found) < PASSWORD_LENGTH or is_known)
