"""Comments and docstrings: the parts of a file that people read."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from typing import TYPE_CHECKING, Final

from django_strict.rules.model import Finding
from django_strict.rules.source.module import FUNCTIONS, is_docstring

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_strict.rules.source.module import Module

MARKERS: Final = re.compile(r"\b(TODO|FIXME|XXX|HACK|TBD)\b")
# In lower case only where a comment or text begins: "todo" is also a name.
MARKER_FIRST: Final = re.compile(r"^[#\s]*(todo|fixme|xxx|hack|tbd)\b", re.IGNORECASE)
PHRASES: Final = re.compile(
    r"\b(implement(ed|ation)?\s+(me|this|here|goes\s+here|later)\b"
    r"|(add|put|insert|write)\s+(your|the|more)?\s*(own\s+)?(code|logic|implementation)"
    r"\s+here\b"
    r"|your\s+(code|logic|implementation)(\s+goes)?\s+here\b"
    r"|(code|logic)\s+goes\s+here\b"
    r"|rest\s+of\s+(the\s+|your\s+)?(code|file|function|class|implementation|methods)\b"
    r"|(existing|remaining|other|previous)\s+(code|methods|fields|imports)\s+(stays?|here|"
    r"remains?|unchanged|omitted)\b"
    r"|omitted\s+for\s+brevity\b"
    r"|not\s+(yet\s+)?implemented(\s+yet)?\b"
    r"|to\s+be\s+implemented\b"
    r"|(stub|dummy|fake|placeholder)\s+implementation\b)"
    r"|^\W*\.\.\.\W*$"
    r"|\.\.\.\s*(existing|rest|remaining|other|more|same)\b"
    r"|\b(existing|rest|remaining|unchanged)\b[^.]{0,20}\.\.\.",
    re.IGNORECASE | re.MULTILINE,
)
BLANKET: Final = re.compile(
    r"#\s*(?:(noqa)(?!\s*:\s*[A-Z])|(type:\s*ignore)(?!\s*\[)|(ruff:\s*noqa)(?!\s*:)"
    r"|(mypy:\s*ignore-errors)|(mypy:\s*disable)|(pragma:\s*no\s*(?:cover|branch))"
    r"|(fmt:\s*(?:off|skip))|(pylint:\s*skip-file)|(pyright:\s*ignore)(?!\s*\[)"
    r"|(ruff:\s*(?:disable|ignore-file))|(isort:\s*(?:off|skip)))",
    re.IGNORECASE,
)
NO_TYPE_CHECK: Final = ("typing.no_type_check", "typing_extensions.no_type_check")


def comments(text: str) -> Iterator[tuple[int, int, str]]:
    """Find all comments of a file.

    Args:
        text: Its source.

    Yields:
        Line and column, from 1 on, and the comment with its hash.
    """
    if "#" not in text:
        return
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.start[1] + 1, token.string


def docstrings(module: Module) -> Iterator[tuple[int, int, str]]:
    """Find all docstrings of a file.

    Args:
        module: The file.

    Yields:
        Line and column, from 1 on, and the text.
    """
    kinds = (*FUNCTIONS, ast.ClassDef, ast.Module)
    for node in module.nodes:
        if not isinstance(node, kinds) or not node.body:
            continue
        first = node.body[0]
        if is_docstring(first) and isinstance(first, ast.Expr):
            value = first.value
            text = value.value if isinstance(value, ast.Constant) else ""
            yield first.lineno, first.col_offset + 1, str(text)


def check_words(module: Module) -> Iterator[Finding]:
    """Find markers, phrases that replace code, and blanket suppressions.

    Args:
        module: The file.

    Yields:
        DS001, DS004 and DS009.
    """
    for line, column, text in comments(module.text):
        if found := MARKERS.search(text) or MARKER_FIRST.search(text):
            message = f"the comment holds {found[1]}"
            yield Finding(module.path, line, column, "DS001", message)
        if found := PHRASES.search(text.lstrip("# ")):
            message = f"the comment stands for missing code: {text.lstrip('# ')[:60]}"
            yield Finding(module.path, line, column, "DS004", message)
        if found := BLANKET.search(text):
            name = next(group for group in found.groups() if group)
            message = f"`{name}` suppresses more than one named finding"
            yield Finding(module.path, line, column, "DS009", message)
    for line, column, text in docstrings(module):
        if found := MARKERS.search(text):
            message = f"the docstring holds {found[1]}"
            yield Finding(module.path, line, column, "DS001", message)
        if found := PHRASES.search(text):
            message = f"the docstring announces missing code: {found[0].strip()[:60]}"
            yield Finding(module.path, line, column, "DS004", message)


def check_strings(module: Module) -> Iterator[Finding]:
    """Find texts that stand for work left undone, errors that say so among them.

    Args:
        module: The file.

    Yields:
        DS001 and DS004.
    """
    for node in module.nodes:
        if isinstance(node, ast.Raise) and node.exc:
            text = " ".join(_texts(node.exc))
            if found := PHRASES.search(text):
                message = f"the error announces missing code: {found[0].strip()[:60]}"
                yield module.finding(node, "DS004", message)
        elif isinstance(node, ast.Assign | ast.Return | ast.Assert):
            for text in _texts(node):
                if found := MARKER_FIRST.search(text):
                    message = f"the text begins with {found[1]}"
                    yield module.finding(node, "DS001", message)


def _texts(node: ast.AST) -> list[str]:
    """List the strings inside an expression.

    Args:
        node: The expression.

    Returns:
        Their values.
    """
    return [
        child.value
        for child in ast.walk(node)
        if isinstance(child, ast.Constant) and isinstance(child.value, str)
    ]


def check_type_check_switches(module: Module) -> Iterator[Finding]:
    """Find decorators that switch type checking off.

    Args:
        module: The file.

    Yields:
        DS009.
    """
    for definition in (*module.functions, *module.classes):
        for decorator in definition.decorator_list:
            if module.dotted(decorator) in NO_TYPE_CHECK:
                yield module.finding(
                    decorator, "DS009", "`no_type_check` hides all type errors"
                )
