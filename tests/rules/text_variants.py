"""TOML, Markdown, scripts, variables and comments, written another way."""

import json
import re
import tomllib
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any, Final

from tests.rules.file_variants import REWRITINGS, rewriting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.rules.file_variants import Files

__all__ = ["REWRITINGS"]

TOML: Final = ("*.toml",)
MARKDOWN: Final = ("*.md",)
SCRIPTS: Final = ("*.sh",)
IGNORES: Final = (".gitignore", ".dockerignore")
VARIABLES: Final = ("*.env", ".env*")
# Files in which a comment may stand behind something else.
CODE: Final = ("*.yml", "*.yaml", "*.toml", "*.conf", "*.sh")
COMMENTED: Final = (*CODE, "*Dockerfile")
# A line of a script that is one command of plain words.
SIMPLE: Final = re.compile(
    r"[ \t]*(?!set\b|exit\b|return\b)([a-z][\w-]*)((?: [\w./:+-]+)+)"
)


def added(text: str, before: str) -> list[int]:
    """List the lines of a text that were not there before."""
    lines = text.splitlines()
    matcher = SequenceMatcher(None, before.splitlines(), lines, autojunk=False)
    return [
        number
        for kind, _, _, start, end in matcher.get_opcodes()
        if kind in {"insert", "replace"}
        for number in range(start, end)
        if lines[number].strip()
    ]


def _is_only_added(text: str, before: str) -> bool:
    """Tell whether nothing of what was there is gone or changed."""
    matcher = SequenceMatcher(
        None, before.splitlines(), text.splitlines(), autojunk=False
    )
    return all(kind in {"equal", "insert"} for kind, *_ in matcher.get_opcodes())


def _with(
    path: str, text: str, before: str, change: "Callable[[str], str | None]"
) -> "Files | None":
    """Change the lines that were added, or all when there was nothing before."""
    lines = text.splitlines()
    for number in added(text, before):
        new = change(lines[number])
        if new is None:
            return None
        lines[number] = new
    return {path: "\n".join(lines) + "\n"}


# ---- TOML ------------------------------------------------------------------------------


def _value(value: object, quote: str = '"') -> str:
    """Write a value on one line."""
    if isinstance(value, dict):
        pairs = (f"{_key(key)} = {_value(one, quote)}" for key, one in value.items())
        return f"{{{', '.join(pairs)}}}"
    if isinstance(value, list):
        return f"[{', '.join(_value(one, quote) for one in value)}]"
    if isinstance(value, str):
        is_plain = quote == "'" and not re.search(r"['\n\\]", value)
        return f"'{value}'" if is_plain else json.dumps(value, ensure_ascii=False)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _key(name: str) -> str:
    """Write a key."""
    return name if re.fullmatch(r"[\w-]+", name) else json.dumps(name)


def _toml(
    path: str, text: str, before: str, write: "Callable[[dict[str, Any]], str]"
) -> "Files | None":
    """Write a TOML file again, and make sure that it says the same."""
    data = tomllib.loads(text)
    if before and data == tomllib.loads(before):
        return None
    after = write(data)
    assert tomllib.loads(after) == data, after
    return {path: after}


@rewriting(*TOML)
def inline_tables(path: str, text: str, before: str) -> "Files | None":
    """Write each table of the first level on one line."""

    def write(data: dict[str, Any]) -> str:
        """Write the file so."""
        return "".join(f"{_key(key)} = {_value(one)}\n" for key, one in data.items())

    return _toml(path, text, before, write)


@rewriting(*TOML)
def dotted_keys(path: str, text: str, before: str) -> "Files | None":
    """Write every value behind all names that lead to it."""

    def flat(value: object, names: list[str]) -> "Iterator[str]":
        """Write one value so."""
        if isinstance(value, dict) and value:
            for key, one in value.items():
                yield from flat(one, [*names, _key(key)])
        else:
            yield f"{'.'.join(names)} = {_value(value)}\n"

    return _toml(path, text, before, lambda data: "".join(flat(data, [])))


@rewriting(*TOML)
def quoted_keys(path: str, text: str, before: str) -> "Files | None":
    """Quote all keys, write texts in single quotes, and comments between."""

    def tables(table: dict[str, Any], names: list[str]) -> "Iterator[str]":
        """Write one table and those inside."""
        yield f"# See the documentation.\n[{'.'.join(names)}]\n" if names else ""
        inner = {key: one for key, one in table.items() if isinstance(one, dict)}
        for key, value in table.items():
            if key not in inner:
                yield f"# See the documentation.\n{json.dumps(key)} = {_value(value, chr(39))}\n"
        for key, value in inner.items():
            yield from tables(value, [*names, json.dumps(key)])

    return _toml(path, text, before, lambda data: "".join(tables(data, [])))


# ---- Scripts ---------------------------------------------------------------------------


def _commands(
    path: str, text: str, change: "Callable[[str, str, str], str]"
) -> "Files | None":
    """Change lines that are one plain command: what stands before, program, words."""
    lines = []
    for line in text.splitlines():
        found = SIMPLE.fullmatch(line)
        lines.append(
            change(line[: found.start(1)], found[1], found[2]) if found else line
        )
    return {path: "\n".join(lines) + "\n"}


@rewriting(*SCRIPTS)
def words_in_quotes(path: str, text: str, before: str) -> "Files | None":
    """Quote every word."""

    def change(indent: str, program: str, rest: str) -> str:
        """Write one command so."""
        return indent + " ".join(f'"{word}"' for word in (program, *rest.split()))

    return _commands(path, text, change)


@rewriting(*SCRIPTS)
def programs_in_variables(path: str, text: str, before: str) -> "Files | None":
    """Call every program by a variable."""

    def change(indent: str, program: str, rest: str) -> str:
        """Write one command so."""
        return f"{indent}PROGRAM_{program.upper()}={program}\n{indent}$PROGRAM_{program.upper()}{rest}"

    return _commands(path, text, change)


@rewriting(*SCRIPTS)
def lines_for_words(path: str, text: str, before: str) -> "Files | None":
    """Go on in the next line behind every word."""

    def change(indent: str, program: str, rest: str) -> str:
        """Write one command so."""
        return indent + program + rest.replace(" ", " \\\n  ")

    return _commands(path, text, change)


@rewriting(*SCRIPTS)
def another_shell(path: str, text: str, before: str) -> "Files | None":
    """Let another shell run every command."""

    def change(indent: str, program: str, rest: str) -> str:
        """Write one command so."""
        return f"{indent}sh -euc '{program}{rest}'"

    return _commands(path, text, change)


@rewriting(*SCRIPTS)
def functions(path: str, text: str, before: str) -> "Files | None":
    """Do everything in a function."""
    head, mark, body = text.rpartition("set -eu\n")
    if not mark:
        head, mark, body = text.partition("\n")
    return {path: f'{head}{mark}main() {{\n{body}}}\nmain "$@"\n'}


@rewriting(*SCRIPTS)
def no_suffix(path: str, text: str, before: str) -> "Files | None":
    """Leave the suffix of the file's name out."""
    return {path: None, path.removesuffix(".sh"): text}


# ---- Variables and lists of files ------------------------------------------------------


@rewriting(*VARIABLES)
def exported(path: str, text: str, before: str) -> "Files | None":
    """Export every variable, as a shell would read it."""
    return {path: re.sub(r"^(?=\w+=)", "export ", text, flags=re.MULTILINE)}


@rewriting(*VARIABLES)
def values_in_quotes(path: str, text: str, before: str) -> "Files | None":
    """Quote every value."""
    return {path: re.sub(r"^(\w+=)([^\s'\"#]+)$", r'\1"\2"', text, flags=re.MULTILINE)}


@rewriting(*IGNORES)
def letters_in_brackets(path: str, text: str, before: str) -> "Files | None":
    """Write a letter of every new pattern as the only one of a set."""
    return _with(
        path,
        text,
        before,
        lambda line: re.sub(r"(?<!\[)([a-z])", r"[\1]", line, count=1),
    )


@rewriting(*IGNORES)
def at_any_depth(path: str, text: str, before: str) -> "Files | None":
    """Say of every new pattern that it is meant at any depth."""
    return _with(path, text, before, lambda line: re.sub(r"^(!?)", r"\1**/", line))


# ---- Comments and prose ----------------------------------------------------------------


def _comments(
    path: str, text: str, before: str, change: "Callable[[str, str], str]"
) -> "Files | None":
    """Change new lines that are comments: what stands before, and the text."""
    if not added(text, before):
        return None

    def changed(line: str) -> str | None:
        """Change one line."""
        found = re.fullmatch(r"(\s*)#+\s*(.*)", line)
        return change(found[1], found[2]) if found else None

    return _with(path, text, before, changed)


@rewriting(*COMMENTED)
def no_blank_in_comments(path: str, text: str, before: str) -> "Files | None":
    """Write a comment right behind its sign."""
    return _comments(path, text, before, lambda indent, said: f"{indent}#{said}")


@rewriting(*COMMENTED)
def boxes(path: str, text: str, before: str) -> "Files | None":
    """Write a comment between many signs."""
    return _comments(
        path,
        text,
        before,
        lambda indent, said: f"{indent}#####\n{indent}### {said} ###\n{indent}#####",
    )


@rewriting(*COMMENTED)
def over_two_lines(path: str, text: str, before: str) -> "Files | None":
    """Break a comment in the middle."""

    def change(indent: str, said: str) -> str:
        """Break one."""
        words = said.split()
        half = len(words) // 2 or 1
        lines = (words[:half], words[half:])
        return "\n".join(f"{indent}# {' '.join(one)}" for one in lines if one)

    return _comments(path, text, before, change)


@rewriting(*CODE)
def behind_something(path: str, text: str, before: str) -> "Files | None":
    """Write a comment at the end of the next line that is none."""
    numbers = added(text, before)
    lines = text.splitlines()
    if not numbers or any(not lines[one].lstrip().startswith("#") for one in numbers):
        return None
    for number in reversed(numbers):
        behind = next(
            (
                one
                for one in range(number + 1, len(lines))
                if re.fullmatch(r"[^#'\"\\|>]*\S", lines[one])
            ),
            None,
        )
        if behind is None:
            return None
        lines[behind] += f"  {lines[number].strip()}"
        del lines[number]
    return {path: "\n".join(lines) + "\n"}


@rewriting(*COMMENTED, *MARKDOWN)
def in_another_file(path: str, text: str, before: str) -> "Files | None":
    """Write comments or prose into a new file beside this one."""
    lines = text.splitlines()
    new = [lines[number] for number in added(text, before)]
    is_prose = path.endswith(".md")
    if not _is_only_added(text, before):
        return None
    if (
        not new
        or not before
        or not all(is_prose or one.lstrip().startswith("#") for one in new)
    ):
        return None
    folder, _, name = path.rpartition("/")
    start = "set -eu\n" if name.endswith(".sh") else ""
    return {
        path: before,
        f"{folder or 'docs'}/more.{name}": start + "\n".join(new) + "\n",
    }


def _prose(pattern: str) -> "Callable[[str, str, str], Files | None]":
    """Write the lines that were added in another form."""

    def step(path: str, text: str, before: str) -> "Files | None":
        """Write them."""
        if not added(text, before):
            return None
        # A box, a sign of a comment and the like are part of the form.
        return _with(path, text, before, lambda line: pattern.format(line.strip()))

    return step


for _name, _pattern in {
    "in a list": "- {}",
    "in a numbered list": "1. {}",
    "in a quotation": "> {}",
    "in a table": "| {} | more |",
    "in a heading": "### {}",
    "in bold": "**{}**",
    "in an HTML comment": "<!-- {} -->",
    "in a list inside of a quotation": "> * {}",
}.items():
    _step = _prose(_pattern)
    _step.__name__ = _name.replace(" ", "_")
    rewriting(*MARKDOWN)(_step)
