"""Section 4: coding standards."""

from __future__ import annotations

import ast
import functools
import re
import unicodedata
from typing import TYPE_CHECKING, Any, Final

from django_strict.rules.documents import documents
from django_strict.rules.model import Problem, rule
from django_strict.rules.module import FUNCTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_strict.rules.files import Project
    from django_strict.rules.module import Module

SCRIPTS: Final = {"LATIN", "GREEK", "MICRO", "MODIFIER", "FEMININE"}
# What py3langid may take a text for: languages in Latin letters, and Russian in them.
LANGUAGES: Final = (
    *(
        "ca",
        "cs",
        "da",
        "de",
        "en",
        "es",
        "fi",
        "fr",
        "hr",
        "hu",
        "id",
        "it",
        "lt",
        "nl",
    ),
    *("no", "pl", "pt", "ro", "ru", "sk", "sl", "sv", "tr", "vi"),
)
# How probable English must be. Measured: of 5,475 paragraphs of this package's repository
# none is below, of 61 sentences in 15 other languages all are; of the names in 5,096
# modules and 59,759 functions of it, of Django and of DRF, none.
PARAGRAPH: Final = 0.04
LINE: Final = 0.01
NAMES_OF_MODULE: Final = 0.009
NAMES_OF_FUNCTION: Final = 0.0008
TEXT: Final = 0.01
FEWEST: Final = 3
FEWEST_NAMES: Final = 4
# A text that consists of these to a fifth is English, and need not be asked about.
ENGLISH: Final = frozenset(
    [
        "the",
        "of",
        "and",
        "to",
        "is",
        "for",
        "with",
        "that",
        "it",
        "by",
        "as",
        "are",
        "be",
        "this",
        "from",
        "not",
        "which",
        "on",
        "what",
        "at",
        "its",
        "has",
        "have",
        "was",
        "were",
        "they",
        "their",
        "there",
        "when",
        "who",
        "how",
        "every",
        "one",
        "other",
        "than",
    ]
)
# Code and names inside of prose.
NO_PROSE: Final = re.compile(
    r"`[^`]*`|https?://\S+|\S*[/_<>=(){}\[\]@%$]\S*|\b\w+\.\w\S*|\b[A-Z]+\d+\b|^\s*>>>.*$"
    r"|\b(noqa|type: ignore|waive|pragma|fmt:|ruff:|mypy:|zizmor:|yaml-language).*"
    r"|^\s*\w+( \w+)?:\s*$",
    re.MULTILINE,
)
WORD: Final = re.compile(r"[^\W\d_]{2,}")
PART: Final = re.compile(r"[A-Z]{3,}(?![a-z])|[A-Z][a-z]{2,}|[a-z]{3,}")
COMMENT: Final = re.compile(r"(?:^|\s)#+\s*(?P<text>.*)$")
CONFIGURATION: Final = (
    *(
        ".yml",
        ".yaml",
        ".toml",
        ".sh",
        ".conf",
        ".cfg",
        ".ini",
        ".template",
        ".env.example",
    ),
    *("Dockerfile", "ignore"),
)
# Keys of YAML whose values are sentences for people.
SAID: Final = {"name", "description", "title", "summary"}

english = rule(
    "DS042",
    title="Names, comments, docstrings and configuration are English.",
    why="Everybody on the project must be able to read everything.",
    fix="Translate it; texts for users in other languages belong into locale files.",
    waivable=True,
    where="apps/orders/services.py",
    bad="""
# Сумма заказа
TOTAL = 1
""",
    good="""
# Total of the order
TOTAL = 1
""",
)


@functools.cache
def _identifier() -> Any:  # noqa: ANN401 - the package has no types
    """Load the model once; it takes half a second."""
    from py3langid import langid  # noqa: PLC0415

    identifier = langid.LanguageIdentifier.from_model_file(
        langid.MODEL_FILE, norm_probs=True
    )
    identifier.set_languages(list(LANGUAGES))
    return identifier


@functools.cache
def _guess(text: str) -> tuple[float, str]:
    """Tell how probable English is, and which language is the most probable one."""
    ranked = _identifier().rank(text)
    return float(dict(ranked)["en"]), str(ranked[0][0])


def not_english(text: str, limit: float = PARAGRAPH, fewest: int = FEWEST) -> str:
    """Tell why a text is not English.

    Args:
        text: Prose, code and names among it.
        limit: How probable English must be.
        fewest: How many words it takes to tell.

    Returns:
        The end of a sentence, empty when the text is English or too short.
    """
    if script := foreign_script(text):
        return f"is written in {script} letters"
    lines = text.splitlines() if "\n" in text.strip() else []
    for part, is_line in (
        *((paragraph, False) for paragraph in re.split(r"\n\s*\n", text)),
        # One sentence of another language may stand between others.
        *((line, True) for line in lines),
    ):
        words = WORD.findall(NO_PROSE.sub(" ", part))
        known = sum(word.lower() in ENGLISH for word in words)
        if len(words) < fewest + is_line or known * (10 if is_line else 5) >= len(
            words
        ):
            continue
        probability, language = _guess(" ".join(words))
        if probability < (LINE if is_line else limit):
            return f"looks like another language ({language}): {' '.join(words)[:40]}"
    return ""


def foreign_script(text: str) -> str:
    """Name the script of the first letter that is neither Latin nor of formulas."""
    for character in "" if text.isascii() else text:
        if character.isalpha():
            script = unicodedata.name(character, "UNKNOWN").partition(" ")[0]
            if script not in SCRIPTS:
                return script.title()
    return ""


@english
def everything_is_english(module: Module) -> Iterator[Problem]:
    """Read comments, docstrings, names and strings; tests may hold any text as data."""
    seen: set[int] = set()
    for line, column, text in (*_blocks(module.comments), *module.docstrings):
        if reason := not_english(text):
            seen.add(line)
            yield Problem(module.path, line, column, f"the text {reason}")
    for node in () if module.is_test else module.nodes:
        value = node.value if isinstance(node, ast.Constant) else None
        if isinstance(value, str) and getattr(node, "lineno", 0) not in seen:
            script = foreign_script(value)
            reason = f"is written in {script} letters" if script else ""
            if reason := reason or not_english(value, TEXT, FEWEST_NAMES):
                yield module.at(node, f"the string {reason}")


@english
def names_are_ascii(module: Module) -> Iterator[Problem]:
    """Find letters in names that not everybody can type."""
    for node in () if module.text.isascii() else module.nodes:
        for field in ("id", "name", "arg", "attr", "asname"):
            name = getattr(node, field, None)
            if isinstance(name, str) and not name.isascii():
                yield module.at(node, f"the name `{name}` is not ASCII")


def _blocks(comments: list[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Join comments on lines that follow each other."""
    found: list[tuple[int, int, str]] = []
    last = -1
    for line, column, text in comments:
        words = text.lstrip("# ")
        if line == last + 1 and found[-1][1] == column:
            found[-1] = (*found[-1][:2], f"{found[-1][2]}\n{words}")
        else:
            found.append((line, column, words))
        last = line
    return found


@english
def names_are_english(module: Module) -> Iterator[Problem]:
    """Read the names of each module, and of each function, as if they were prose."""
    if module.is_migration:
        return
    places: list[tuple[ast.AST, float]] = [(module.tree, NAMES_OF_MODULE)]
    places += [(one, NAMES_OF_FUNCTION) for one in module.functions]
    for place, limit in places:
        words = _words(place)
        if len(words) < FEWEST_NAMES:
            continue
        probability, language = _guess(" ".join(words))
        if probability < limit:
            some = ", ".join(words[:6])
            message = f"the names look like another language ({language}): {some}"
            yield module.at(place, message)
            break


def _words(place: ast.AST) -> list[str]:
    """List the words of the names that are given in a module or function."""
    words: dict[str, None] = {}
    for node in ast.walk(place):
        if isinstance(node, ast.Name):
            name = node.id if isinstance(node.ctx, ast.Store) else ""
        elif isinstance(node, ast.arg):
            name = node.arg
        elif isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            name = node.name
        else:
            continue
        words |= dict.fromkeys(map(str.lower, PART.findall(name)))
    return list(words)


@english
def files_are_english(project: Project) -> Iterator[Problem]:
    """Read the comments of configuration, and what YAML says to people."""
    for path in project.texts:
        if not path.endswith(CONFIGURATION) and path not in project.scripts:
            continue
        comments = [
            (number, 1, found["text"])
            for number, line in enumerate(project.lines(path), 1)
            if (found := COMMENT.search(line))
        ]
        for line, column, text in _blocks(comments):
            if reason := not_english(text):
                yield project.at(path, f"the comment {reason}", line, column)
        if path.endswith((".yml", ".yaml")):
            for text in _said(documents(project, path)):
                if reason := not_english(text):
                    number = next(
                        (
                            n
                            for n, row in enumerate(project.lines(path), 1)
                            if text in row
                        ),
                        1,
                    )
                    yield project.at(path, f"the text {reason}", number)


def _said(value: object) -> Iterator[str]:
    """List the sentences of a YAML file."""
    if isinstance(value, dict):
        for key, one in value.items():
            if key in SAID and isinstance(one, str):
                yield one
            yield from _said(one)
    for one in value if isinstance(value, list) else ():
        yield from _said(one)
