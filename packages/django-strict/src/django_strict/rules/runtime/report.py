"""From findings to the messages of Django's check framework."""

import inspect
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from django.core.checks import Error

from django_strict.project import ROOT
from django_strict.rules.catalogue import catalogue

if TYPE_CHECKING:
    from collections.abc import Callable


EXPECTED: Final = Path(__file__).parents[1] / "expected"
SETTINGS: Final = "config/settings.py"


def error(rule: str, message: str, place: str = SETTINGS) -> Error:
    """Report a broken rule.

    Args:
        rule: Id of the rule.
        message: What is wrong.
        place: File, with line and column where they are known.

    Returns:
        The message; its hint is the rule's fix.
    """
    return Error(f"{message}.", hint=catalogue()[rule].fix, obj=place, id=rule)


def setting(name: str) -> str:
    """Find a setting in the settings file.

    Args:
        name: Its name.

    Returns:
        File, line and column.
    """
    lines = (ROOT / SETTINGS).read_text("utf-8").splitlines()
    for number, line in enumerate(lines, 1):
        text = line.lstrip()
        if text.startswith((f"{name} ", f"{name}:", f'"{name}"')):
            return f"{SETTINGS}:{number}:{len(line) - len(text) + 1}"
    return f"{SETTINGS}:1:1"


def source_of(thing: "Callable[..., object]") -> str:
    """Find the source of a class or function.

    Args:
        thing: The class or function.

    Returns:
        File, line and column; of foreign code its dotted name.
    """
    name = f"{thing.__module__}.{getattr(thing, '__qualname__', '')}"
    try:
        file = Path(inspect.getsourcefile(thing) or "")
        line = inspect.getsourcelines(thing)[1]
    except (OSError, TypeError):
        return name
    if not file.is_relative_to(ROOT) or ".venv" in file.parts:
        return name
    return f"{file.relative_to(ROOT).as_posix()}:{line}:1"


def baseline(name: str) -> dict[str, Any]:
    """Read the values that the specification gives.

    Args:
        name: Name of a JSON file in ``expected/``.

    Returns:
        The values by the names of the settings.
    """
    values: dict[str, Any] = json.loads((EXPECTED / name).read_text("utf-8"))
    return values
