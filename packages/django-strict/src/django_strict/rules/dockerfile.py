"""A Dockerfile, read as Docker reads it."""

from __future__ import annotations

import functools
import json
import re
import shlex
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from django_strict.rules.shell import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_strict.rules.files import Project

VARIABLE: Final = re.compile(r"\$\{?(\w+)(?::?-([^}]*))?\}?")
FROM: Final = re.compile(
    r"(?:--platform=\S+\s+)?(\S+)(?:\s+AS\s+(\S+))?", re.IGNORECASE
)
SOURCE: Final = re.compile(r"--from=[\"']?([^\s\"']+)")
# What fixes an image further; its name and tag are judged without it.
DIGEST: Final = re.compile(r"@sha256:[0-9a-f]{64}$")
ESCAPE: Final = re.compile(r"#\s*escape\s*=\s*(\S)", re.IGNORECASE)
DIRECTIVE: Final = re.compile(r"#\s*\w+\s*=")
HEREDOC: Final = re.compile(r"(?:^|\s)\d*<<-?[\"']?(\w+)[\"']?(?=\s|$)")
OPTIONS: Final = re.compile(r"(?:--\S+\s+)*")
CHECK: Final = re.compile(r"\bCMD\b", re.IGNORECASE)
SHELL: Final = re.compile(r"(?:/\S*/)?(?:ba|da|a|z)?sh")
# Instructions that may be written as an array, beside those where it makes a difference.
LISTS: Final = ("RUN", "COPY", "ADD")
# Instructions in which Docker fills in variables, as far as a rule reads them.
FILLED: Final = ("ARG", "COPY", "ADD", "ENV", "USER", "WORKDIR")


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction of a Dockerfile.

    Attributes:
        line: Where it begins.
        word: ``FROM``, ``RUN`` and so on.
        text: What follows, on one line, variables filled in; of an array its words.
    """

    line: int
    word: str
    text: str

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Names and values of ENV, ARG and LABEL."""
        try:
            words = shlex.split(self.text)
        except ValueError:
            words = self.text.split()
        if words and "=" not in words[0] and self.word in {"ENV", "LABEL"}:
            return [(words[0], " ".join(words[1:]))]
        return [(name, value) for name, _, value in (w.partition("=") for w in words)]

    @property
    def array(self) -> list[str] | None:
        """Program and arguments of the exec form, None for the shell form."""
        return _array(self.text)

    @property
    def check(self) -> str | None:
        """The command of a HEALTHCHECK, None when there is none."""
        parts = CHECK.split(self.text, maxsplit=1)
        return parts[1].strip() if len(parts) > 1 else None


@dataclass(slots=True)
class Stage:
    """One stage.

    Attributes:
        name: Its name, in small letters, or its number.
        image: What it starts from: an image or another stage.
        line: Where it begins.
        instructions: What it does.
        variables: What ENV has set at its end.
    """

    name: str
    image: str
    line: int
    instructions: list[Instruction] = field(default_factory=list)
    variables: dict[str, str] = field(default_factory=dict)

    def all(self, word: str) -> list[Instruction]:
        """List the instructions of one kind."""
        return [entry for entry in self.instructions if entry.word == word]

    def sources(self) -> list[tuple[str, str]]:
        """List what is copied from elsewhere: stage or image, and the instruction."""
        return [
            (found[1], entry.text)
            for entry in self.all("COPY")
            if (found := SOURCE.search(entry.text))
        ]


class Dockerfile:
    """A whole file.

    Attributes:
        instructions: All of it.
        stages: Its stages, in order; the last one is what is built by default.
        runtime: The last stage, with all that it has from the stages it starts from.
        environments: What a ``.venv`` is copied from into it.
        builder: The first stage among these, if any.
    """

    def __init__(self, lines: list[str]) -> None:
        """Read a Dockerfile and fill in what variables are set to.

        Args:
            lines: Its text.
        """
        self.instructions: list[Instruction] = []
        self.stages: list[Stage] = []
        given: dict[str, str] = {}
        known: dict[str, str] = given
        for one in _instructions(lines):
            stage = self.stages[-1] if self.stages else None
            # An argument never takes the place of a variable.
            entry = _filled(one, {**known, **(stage.variables if stage else {})})
            self.instructions.append(entry)
            if entry.word == "FROM":
                self.stages.append(self._begun(entry, given))
                known = {}
            elif entry.word == "ARG":
                known |= {
                    name: value or given.get(name, "") for name, value in entry.pairs
                }
            elif stage and entry.word == "ENV":
                stage.variables |= dict(entry.pairs)
            if stage and entry.word not in {"ARG", "FROM"}:
                stage.instructions.append(entry)
        self.runtime = self.complete(self.stages[-1] if self.stages else None)
        copied = [name for name, text in self.runtime.sources() if ".venv" in text]
        stages = [self.stage(name) for name in copied]
        self.environments = {
            stage.name if stage else name
            for stage, name in zip(stages, copied, strict=True)
        }
        self.builder = stages[0] if stages else None

    def _begun(self, entry: Instruction, given: dict[str, str]) -> Stage:
        """Begin a stage with what it has from the one it starts from."""
        found = FROM.match(entry.text)
        image = _replaced(found[1], given).strip("\"'") if found else ""
        name = (found[2] if found else None) or str(len(self.stages))
        parent = self.stage(image)
        variables = dict(parent.variables) if parent else {}
        return Stage(name.lower(), image, entry.line, variables=variables)

    def complete(self, stage: Stage | None) -> Stage:
        """Put the instructions of a stage behind those of the stages it starts from."""
        if stage is None:
            return Stage("", "", 1)
        lineage = reversed(self.lineage(stage))
        return replace(
            stage, instructions=[e for one in lineage for e in one.instructions]
        )

    def user(self, stage: Stage) -> str:
        """Name the user that a stage ends with, empty when its image names none."""
        if users := self.complete(stage).all("USER"):
            return users[-1].text.strip("\"' ").partition(":")[0]
        return "nonroot" if "nonroot" in self.base_image(stage) else ""

    def stage(self, name: str) -> Stage | None:
        """Find a stage by its name or number, None when the name is an image's."""
        for number, stage in enumerate(self.stages):
            if name.lower() in {stage.name, str(number)}:
                return stage
        return None

    def base_image(self, stage: Stage) -> str:
        """Follow a stage down to the image it starts from."""
        return DIGEST.sub("", self.lineage(stage)[-1].image)

    def lineage(self, stage: Stage) -> list[Stage]:
        """List a stage and the stages it starts from, the given one first."""
        parent = self.stage(stage.image)
        is_before = parent is not None and parent.line < stage.line
        return [stage, *(self.lineage(parent) if parent and is_before else [])]

    def requirements(self, stage: Stage) -> list[Stage]:
        """List every stage that must be built before a stage is complete, and it."""
        found = [stage]
        for current in found:
            for name in (current.image, *(name for name, _ in current.sources())):
                other = self.stage(name)
                if other and other not in found:
                    found.append(other)
        return found


def dockerfile(project: Project, path: str = "Dockerfile") -> Dockerfile:
    """Read a Dockerfile.

    Args:
        project: The project.
        path: The file.

    Returns:
        What it says, nothing when it is missing.
    """
    return _read(tuple(project.lines(path)))


@functools.lru_cache(maxsize=16)
def _read(lines: tuple[str, ...]) -> Dockerfile:
    """Read a text once."""
    return Dockerfile(list(lines))


def _replaced(text: str, known: dict[str, str]) -> str:
    """Fill in variables, their defaults where they are not set."""
    return VARIABLE.sub(lambda v: known.get(v[1]) or v[2] or "", text)


def _filled(entry: Instruction, known: dict[str, str]) -> Instruction:
    """Fill in variables where Docker does."""
    if entry.word not in FILLED:
        return entry
    return replace(entry, text=_replaced(entry.text, known))


def _instructions(lines: list[str]) -> Iterator[Instruction]:
    """Split a Dockerfile; comments are left out, continued lines and heredocs joined."""
    pending, start, more = "", 0, _sign(lines)
    ends: list[str] = []
    for number, line in enumerate(lines, 1):
        stripped = line.strip()
        if ends:
            if stripped == ends[0]:
                del ends[0]
            else:
                pending += f"\n{stripped}"
        elif not stripped or stripped.startswith("#"):
            continue
        else:
            start = start or number
            pending += f" {stripped.removesuffix(more)}"
            ends = [
                one
                for one in HEREDOC.findall(stripped)
                if one in map(str.strip, lines[number:])
            ]
        if not ends and (not stripped.endswith(more) or "\n" in pending):
            yield _instruction(start, pending)
            pending, start = "", 0
    if pending.strip():
        yield _instruction(start, pending)


def _sign(lines: list[str]) -> str:
    """Find the sign behind which a line goes on in the next one."""
    for line in lines:
        if found := ESCAPE.match(line.strip()):
            return found[1]
        if not DIRECTIVE.match(line.strip()):
            break
    return "\\"


def _instruction(line: int, text: str) -> Instruction:
    """Read one instruction; one that is to be done later is taken as done now."""
    word, *rest = text.split(None, 1) or [""]
    text = HEREDOC.sub(" ", rest[0] if rest else "")
    if word.upper() == "ONBUILD" and text:
        return _instruction(line, text)
    text = re.sub(r"[ \t]+", " ", text).strip()
    if word.upper() in LISTS:
        options = OPTIONS.match(text)
        head = options[0] if options else ""
        text = head + _said(text[len(head) :].strip())
    return Instruction(
        line, word.upper(), plain(text) if word.upper() == "RUN" else text
    )


def _said(text: str) -> str:
    """Read an array as its words, and of a shell's array its script."""
    match _array(text):
        case None:
            return text
        case [shell, option, script, *_] if SHELL.fullmatch(shell) and "c" in option:
            return script
        case words:
            return " ".join(words)


def _array(text: str) -> list[str] | None:
    """Read an array of texts, None when it is none."""
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return [str(one) for one in value] if isinstance(value, list) else None
