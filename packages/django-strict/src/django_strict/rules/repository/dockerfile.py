"""Reading a Dockerfile: stages, their images, and what they depend on."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

VARIABLE: Final = re.compile(r"\$\{?(\w+)(?::?-([^}]*))?\}?")
FROM: Final = re.compile(
    r"(?:--platform=\S+\s+)?(\S+)(?:\s+AS\s+(\S+))?", re.IGNORECASE
)
SOURCE: Final = re.compile(r"--from=(\S+)")


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction.

    Attributes:
        line: Where it begins.
        word: ``FROM``, ``RUN`` and so on.
        text: What follows, on one line.
    """

    line: int
    word: str
    text: str

    @property
    def array(self) -> list[str] | None:
        """The exec form of an instruction.

        Returns:
            Program and arguments, or None for the shell form.
        """
        try:
            value = json.loads(self.text)
        except ValueError:
            return None
        return value if isinstance(value, list) else None


@dataclass(slots=True)
class Stage:
    """One stage.

    Attributes:
        name: Its name, or its number.
        image: What it starts from: an image or another stage.
        line: Where it begins.
        instructions: What it does.
    """

    name: str
    image: str
    line: int
    instructions: list[Instruction] = field(default_factory=list)

    def all(self, word: str) -> list[Instruction]:
        """List the instructions of one kind.

        Args:
            word: ``RUN`` and so on.

        Returns:
            The instructions.
        """
        return [entry for entry in self.instructions if entry.word == word]

    def sources(self) -> list[tuple[str, str]]:
        """List what is copied from elsewhere.

        Returns:
            The stage or image, and the whole instruction.
        """
        return [
            (found[1], entry.text)
            for entry in self.all("COPY")
            if (found := SOURCE.search(entry.text))
        ]


@dataclass(frozen=True, slots=True)
class Dockerfile:
    """A whole file.

    Attributes:
        stages: Its stages, in order; the last one is what is built by default.
    """

    stages: list[Stage]

    def stage(self, name: str) -> Stage | None:
        """Find a stage.

        Args:
            name: Its name.

        Returns:
            The stage, or None when the name is that of an image.
        """
        return next((stage for stage in self.stages if stage.name == name), None)

    def base_image(self, stage: Stage) -> str:
        """Follow a stage down to the image it starts from.

        Args:
            stage: The stage.

        Returns:
            The image.
        """
        parent = self.stage(stage.image)
        return self.base_image(parent) if parent else stage.image

    def lineage(self, stage: Stage) -> list[Stage]:
        """List a stage and the stages it starts from.

        Args:
            stage: The stage.

        Returns:
            The stages, the given one first.
        """
        parent = self.stage(stage.image)
        return [stage, *(self.lineage(parent) if parent else [])]

    def requirements(self, stage: Stage) -> list[Stage]:
        """List every stage that must be built before a stage is complete.

        Args:
            stage: The stage.

        Returns:
            The stages, the given one included.
        """
        found = [stage]
        for current in found:
            names = [current.image, *(name for name, _ in current.sources())]
            for name in names:
                other = self.stage(name)
                if other and other not in found:
                    found.append(other)
        return found


def parse(text: str) -> Dockerfile:
    """Read a Dockerfile.

    Args:
        text: Its content.

    Returns:
        Its stages, with build arguments replaced by their defaults.
    """
    arguments: dict[str, str] = {}
    stages: list[Stage] = []
    for instruction in _instructions(text):
        if instruction.word == "ARG" and not stages:
            name, _, default = instruction.text.partition("=")
            arguments[name.strip()] = _replace(default.strip(), arguments)
        elif instruction.word == "FROM":
            found = FROM.match(instruction.text)
            image = _replace(found[1], arguments) if found else ""
            name = (found[2] if found else None) or str(len(stages))
            stages.append(Stage(name, image, instruction.line))
        elif stages:
            stages[-1].instructions.append(instruction)
    return Dockerfile(stages)


def _replace(text: str, arguments: dict[str, str]) -> str:
    """Fill in build arguments.

    Args:
        text: Text with variables.
        arguments: Their values.

    Returns:
        Text without them.
    """
    return VARIABLE.sub(lambda found: arguments.get(found[1], found[2] or ""), text)


def _instructions(text: str) -> Iterator[Instruction]:
    """Split a Dockerfile into instructions.

    Args:
        text: Its content.

    Yields:
        The instructions, comments left out and continued lines joined.
    """
    pending: list[str] = []
    start = 0
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        start = start or number
        pending.append(stripped.removesuffix("\\").strip())
        if not stripped.endswith("\\"):
            word, _, rest = " ".join(pending).partition(" ")
            yield Instruction(start, word.upper(), rest.strip())
            pending, start = [], 0
