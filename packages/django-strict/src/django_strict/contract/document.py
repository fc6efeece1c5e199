"""``openapi.yaml``: how it is written and read. Knows nothing of Django."""

import difflib
import json
from typing import Any, Final

import yaml

from django_strict.project import ROOT

FILE: Final = "openapi.yaml"
WRITE: Final = "uv run poe openapi"
HEADER: Final = f"""\
# What clients of this API rely on. Made from the code by `{WRITE}`; the gate
# refuses a file that differs from the code, and changes that would break clients.
"""
LONGEST_DIFFERENCE: Final = 80  # lines


class UnreadableError(ValueError):
    """No OpenAPI document; the message says what is wrong, in one line."""


def text(document: dict[str, Any]) -> str:
    """Write a document down.

    Args:
        document: The document.

    Returns:
        YAML. The head is quoted as JSON, which is YAML too, whatever the project is
        called: the same name always gives the same bytes.
    """
    rest = {key: value for key, value in document.items() if key != "info"}
    version = {"openapi": rest.pop("openapi")}
    head = "".join(f"  {_line(key, value)}" for key, value in document["info"].items())
    return f"{HEADER}{_yaml(version)}info:\n{head}{_yaml(rest)}"


def committed() -> str:
    """Read the file.

    Returns:
        Its content, empty when there is none.
    """
    path = ROOT / FILE
    return decoded(path.read_bytes()) if path.exists() else ""


def decoded(content: bytes) -> str:
    """Read text.

    Args:
        content: Content of the file.

    Raises:
        UnreadableError: If it is no UTF-8.

    Returns:
        The text.
    """
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        message = f"line {line} is not UTF-8"
        raise UnreadableError(message) from error


def write(content: str) -> bool:
    """Bring the file up to date.

    Args:
        content: What it should hold.

    Returns:
        Whether that is new.
    """
    path, new = ROOT / FILE, content.encode("utf-8")
    if path.exists() and path.read_bytes() == new:
        return False
    path.write_bytes(new)
    return True


def difference(old: str, new: str) -> str:
    """Show what the file lacks.

    Args:
        old: Its content.
        new: What it should hold.

    Returns:
        A unified diff, cut where nobody would read on; empty when they are equal.
    """
    lines = list(
        difflib.unified_diff(
            old.splitlines(), new.splitlines(), FILE, "the code", lineterm="", n=2
        )
    )
    left = len(lines) - LONGEST_DIFFERENCE
    if left > 0:
        lines = [*lines[:LONGEST_DIFFERENCE], f"... and {left} more lines"]
    return "\n".join(lines)


def parsed(content: str) -> dict[str, Any]:
    """Read a document.

    Args:
        content: Its YAML.

    Raises:
        UnreadableError: If it is no YAML, or no mapping.

    Returns:
        The document.
    """
    try:
        document = yaml.load(content, Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, ValueError) as error:
        message = f"it is no YAML: {' '.join(str(error).split())}"
        raise UnreadableError(message) from error
    if isinstance(document, dict):
        return document
    message = (
        "it holds no OpenAPI document" if content.strip() else "it is empty or missing"
    )
    raise UnreadableError(message)


def _line(key: str, value: object) -> str:
    """Write an entry of the head.

    Args:
        key: Its name.
        value: Its value.

    Returns:
        A line; several for a text of several lines or for a mapping.
    """
    if isinstance(value, str) and value.isprintable():
        return f"{key}: {json.dumps(value, ensure_ascii=False)}\n"
    return _yaml({key: value}).rstrip("\n").replace("\n", "\n  ") + "\n"


def _yaml(value: dict[str, Any]) -> str:
    """Write YAML.

    Args:
        value: What to write, in this order.

    Returns:
        The text.
    """
    return yaml.dump(
        value, Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True, width=88
    )
