"""The same lines of Python in another place: for rules that look at lines and comments."""

import ast
import re
from textwrap import indent
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

HEAD: Final = re.compile(r'"""[^"]*"""\n+|')
TOP: Final = re.compile(r"^(?=(?:async )?def )", re.MULTILINE)


def _split(source: str) -> tuple[str, str]:
    """Split a module's docstring from what follows."""
    head = HEAD.match(source)
    end = head.end() if head else 0
    return source[:end], source[end:]


def _inside(body: str) -> str:
    """Indent lines; where they are comments alone, a statement follows."""
    more = "" if ast.parse(body).body else "value = 0\n"
    return indent(body + more, "    ")


def in_a_function(source: str) -> str:
    """Indent the lines inside of a function."""
    head, body = _split(source)
    outer = 'def outer() -> None:\n    """Do it."""\n'
    return f"{head}{outer}{_inside(body)}"


def in_a_class(source: str) -> str:
    """Indent the lines inside of a class."""
    head, body = _split(source)
    outer = 'class Outer:\n    """Hold it."""\n\n'
    return f"{head}{outer}{_inside(TOP.sub('@staticmethod\n', body))}"


def in_a_condition(source: str) -> str:
    """Indent the lines below a condition."""
    head, body = _split(source)
    before = "import math\n\nif math.pi > 0:\n"
    return f"{head}{before}{_inside(body)}"


def behind_other_code(source: str) -> str:
    """Write other code in front."""
    head, body = _split(source)
    before = (
        'def other() -> int:\n    """Count.\n\n    Returns:\n        One.\n    """\n'
        "    return 1\n\n\n"
    )
    return f"{head}{before}{body}"


def asynchronous(source: str) -> str | None:
    """Make coroutines of functions."""
    found = re.sub(r"^def ", "async def ", source, flags=re.MULTILINE)
    return None if found == source else found


PLACES: Final[dict[str, "Callable[[str], str | None]"]] = {
    one.__name__.replace("_", " "): one
    for one in (
        in_a_function,
        in_a_class,
        in_a_condition,
        behind_other_code,
        asynchronous,
    )
}
