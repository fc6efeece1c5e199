"""What a shell's line does, as far as a build and a gate depend on it."""

import re
from typing import Final

QUOTED: Final = re.compile(r"'[^']*'|\"(?:\\.|[^\"\\])*\"")
HIDDEN: Final = re.compile(
    r"\|\|\s*(?:/(?:usr/)?bin/)?(?:true|:|exit\s+0|echo\b|printf\b)(?=[\s;&)'\"]|$)"
    r"|;\s*(?:/(?:usr/)?bin/)?(?:true|:|exit\s+0)\s*(?=[;\n'\"]|$)"
    r"|--exit-zero\b|\bset\s+\+(?:\w*e|o\s+errexit)"
    r"|\|\|\s*\w+=(?!\$\?)\S*\s*$|\bif\s+!\s+(?:true|false)\b",
    re.MULTILINE,
)
STRICT: Final = re.compile(r"^\s*set\s+-\w*e")
# Behind these a semicolon ends no command whose failure would be lost.
KEYWORDS: Final = re.compile(
    r"\s*(?:then|do|done|else|elif|fi|esac|;|\}|$)|\s*(?:\w+\)|\*\))"
)
BEFORE: Final = re.compile(
    r"(?:\b(?:then|do|else)\b[^;&|]*|\bfor\s+\w+\s+in\b[^;]*|;;\s*|\{[^;]*)$"
)
SPLIT: Final = re.compile(r"&&|\|\||;|\||\n")
# A line that goes on in the next one, a word in quotes that needs none, and quotes or a
# backslash that change nothing.
CONTINUED: Final = re.compile(r"(?:[^\n]*(?:\\|&&|\|)[ \t]*\n)+[^\n]*")
NEEDLESS: Final = re.compile(r"(?<![^\s;&|(])([\"'])([\w./:=+@%,-]+)\1(?=[\s;&|)]|$)")
EMPTY: Final = re.compile(r"(?<=\w)(?:\"\"|'')(?=\w)|(?<!\S)\\(?=[a-z])")
ASSIGNED: Final = re.compile(
    r"(?:^|[;&\n(])[ \t]*(?:readonly |local |export )?(\w+)=([\w./+-]+)[ \t]*(?=[;&\n]|$)"
)
COMMENT: Final = re.compile(r"^[ \t]*#.*", re.MULTILINE)
MOUNT: Final = re.compile(r"--(?:mount|network|security)=\S+\s*")
RIGHTS: Final = re.compile(
    r"\b(?:gosu|su-exec|sudo|doas|runuser|setpriv|setcap|chpst)\b|\bsu\s+(?:-|root\b)"
    r"|chmod\s+(?:-\S+\s+)*(?:[ugoa]*\+[rwxX]*s|[2467]\d{3})\b|--chmod=[2467]\d{3}\b"
)


def plain(script: str) -> str:
    """Write a script without what only looks different.

    Args:
        script: The script.

    Returns:
        The script: each command on one line, without comments above it, without quotes
        that it does not need, and words in the place of variables that stand for one.
    """
    script = CONTINUED.sub(_joined, COMMENT.sub("", script))
    script = EMPTY.sub("", NEEDLESS.sub(r"\2", script))
    for name, word in ASSIGNED.findall(script):
        script = re.sub(rf"\"?\$(?:{name}\b|{{{name}}})\"?", word, script)
    return script


def _joined(found: re.Match[str]) -> str:
    """Write a command on one line, with blank ones behind it in the place of the others."""
    text = re.sub(r"\\[ \t]*\n\s*|[ \t]*\n\s*", " ", found[0])
    return text + "\n" * found[0].count("\n")


def hides_failure(script: str, *, lines_fail: bool) -> str:
    """Find what lets a script go on, or end well, after a command of it failed.

    Args:
        script: The script.
        lines_fail: Whether the shell ends at the first command that fails.

    Returns:
        The text that does it; empty when there is none.
    """
    if found := HIDDEN.search(script):
        return found[0].strip()
    script = MOUNT.sub("", script)
    if lines_fail or STRICT.match(script):
        return ""
    bare = QUOTED.sub("''", script)
    for sign in re.finditer(r"(?<!;);(?!;)|\n", bare):
        behind, before = bare[sign.end() :], bare[: sign.start()]
        if not KEYWORDS.match(behind) and not BEFORE.search(before):
            return f"{sign[0].strip() or 'a new line'} between commands"
    return ""


def commands(script: str) -> list[list[str]]:
    """Split a script into its commands.

    Args:
        script: The script.

    Returns:
        The words of each command that must succeed; one whose failure is caught, or
        whose output goes into another one, is left out.
    """
    script = MOUNT.sub("", script)
    found = []
    start = 0
    before = "&&"
    for sign in [*SPLIT.finditer(script), None]:
        end = sign.start() if sign else len(script)
        after = sign[0] if sign else "&&"
        if before in {"&&", "\n", ";"} and after in {"&&", "\n"}:
            found.append(script[start:end].split())
        before, start = after, sign.end() if sign else end
    return found
