"""Reading ``CHANGELOG.md``, which follows Keep a Changelog."""

import re
from dataclasses import dataclass
from typing import Final

SECTION: Final = re.compile(
    r"^## \[(?P<version>[^\]]+)\](?: - (?P<date>\d{4}-\d{2}-\d{2}))?\n"
    r"(?P<text>.*?)(?=^## \[|\Z)",
    re.DOTALL | re.MULTILINE,
)
UNRELEASED: Final = "Unreleased"
# What people who update need to know, in every version.
BY_HAND: Final = "### By hand"


@dataclass(frozen=True, slots=True)
class Section:
    """The changes of one version.

    Attributes:
        version: Its number, or "Unreleased".
        date: Day of the release, empty before it.
        text: What the changelog says about it.
    """

    version: str
    date: str
    text: str


def sections(changelog: str) -> list[Section]:
    """Split a changelog.

    Args:
        changelog: Its text.

    Returns:
        Its versions, in the order of the file.
    """
    return [
        Section(found["version"], found["date"] or "", found["text"].strip())
        for found in SECTION.finditer(changelog)
    ]


def complaints(changelog: str, version: str) -> list[str]:
    """Judge whether a changelog is ready for a release.

    Args:
        changelog: Its text.
        version: The version to release.

    Returns:
        What is wrong, one sentence each.
    """
    found = {section.version: section for section in sections(changelog)}
    sentences = []
    if UNRELEASED not in found or found[UNRELEASED].text:
        sentences.append(
            "CHANGELOG.md: [Unreleased] must be there and empty; move its entries."
        )
    released = [name for name in found if name != UNRELEASED]
    if released[:1] != [version] or not found[version].date:
        sentences.append(
            f"CHANGELOG.md: the newest version must be '## [{version}] - <date>'."
        )
    elif BY_HAND not in found[version].text:
        sentences.append(
            f"CHANGELOG.md: [{version}] must say under '{BY_HAND}' what an update "
            "leaves to people, if only 'Nothing.'"
        )
    return sentences
