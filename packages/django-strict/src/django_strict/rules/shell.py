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
MOUNT: Final = re.compile(r"--(?:mount|network|security)=\S+\s*")
RIGHTS: Final = re.compile(
    r"\b(?:gosu|su-exec|sudo|doas|runuser|setpriv|setcap|chpst)\b|\bsu\s+(?:-|root\b)"
    r"|chmod\s+(?:-\S+\s+)*(?:[ugoa]*\+[rwxX]*s|[2467]\d{3})\b|--chmod=[2467]\d{3}\b"
)


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
