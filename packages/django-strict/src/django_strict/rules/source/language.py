"""English in code."""

from __future__ import annotations

import ast
import re
import unicodedata
from typing import TYPE_CHECKING, Final

from django_strict.rules.model import Finding
from django_strict.rules.source.text import comments, docstrings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_strict.rules.source.module import Module

WORD: Final = re.compile(r"[^\W\d_]+")
# Words that are frequent in one language and are none, or rare ones, in English.
FOREIGN_WORDS: Final = {
    language: frozenset(words.split())
    for language, words in {
        "French": "avec cette dans des elle est etre faire il les leur mais nous ou "
        "parce pour qui sans sont sur une vous",
        "German": "aber auch auf aus bei das dass den der dem diese ein eine einen einer "
        "fuer für ist kann mit muss nach nicht oder sich sind soll und von wenn werden "
        "wird zu zum zur",
        "Italian": "anche che come con della delle di dopo gli nella non per quando questa "
        "questo sono",
        "Polish": "ale czy dla jest jako lub nie oraz przed przez sie się tego tylko",
        "Portuguese": "ainda com como mais não nao para pelo quando que ser uma você",
        "Russian": "bez chto dlya eto esli kak nado nuzhno polzovatel zdes zakaz",
        "Spanish": "como con cuando del desde donde el esta este hasta las los para pero "
        "porque que una usuario",
    }.items()
}
MIN_FOREIGN: Final = 3
MIN_SHARE: Final = 0.3


def check_language(module: Module) -> Iterator[Finding]:
    """Find comments, docstrings, names and texts that are not English.

    Tests may hold any text as data; their comments and names may not.

    Args:
        module: The file.

    Yields:
        DS042.
    """
    seen: set[int] = set()
    prose = [*comments(module.text), *docstrings(module)]
    for line, column, text in prose:
        if reason := _not_english(text):
            seen.add(line)
            yield Finding(module.path, line, column, "DS042", f"the text {reason}")
    if module.text.isascii():
        return
    yield from _check_code(module, seen)


def _check_code(module: Module, seen: set[int]) -> Iterator[Finding]:
    """Find names and strings that are not English.

    Args:
        module: The file.
        seen: Lines that were reported already.

    Yields:
        DS042.
    """
    for node in module.nodes:
        for name in _names(node):
            if not name.isascii():
                message = f"the name `{name}` is not ASCII"
                yield module.finding(node, "DS042", message)
        value = node.value if isinstance(node, ast.Constant) else None
        if module.is_test or not isinstance(value, str):
            continue
        script = _foreign_script(value)
        if script and getattr(node, "lineno", 0) not in seen:
            message = f"the string is written in {script} letters"
            yield module.finding(node, "DS042", message)


def _names(node: ast.AST) -> list[str]:
    """List the names that a node introduces.

    Args:
        node: Any node.

    Returns:
        The names.
    """
    fields = ("id", "name", "arg", "attr", "asname")
    values = [getattr(node, field, None) for field in fields]
    return [value for value in values if isinstance(value, str)]


def _not_english(text: str) -> str:
    """Tell why a text is not English.

    Args:
        text: A comment or docstring.

    Returns:
        The end of a sentence, empty for English.
    """
    if script := _foreign_script(text):
        return f"is written in {script} letters"
    words = [word.lower() for word in WORD.findall(text)]
    for language, known in FOREIGN_WORDS.items():
        hits = [word for word in words if word in known]
        if len(set(hits)) >= MIN_FOREIGN and len(hits) >= MIN_SHARE * len(words):
            return f"looks like {language}"
    return ""


def _foreign_script(text: str) -> str:
    """Name the script of the first letter that is not Latin.

    Args:
        text: Any text.

    Returns:
        A word such as Cyrillic; empty when all letters are Latin, or Greek ones as
        formulas use them.
    """
    if text.isascii():
        return ""
    for character in text:
        if character.isalpha():
            script = unicodedata.name(character, "UNKNOWN").partition(" ")[0]
            if script not in {"LATIN", "GREEK", "MICRO", "MODIFIER", "FEMININE"}:
                return script.title()
    return ""
