"""List the packages that a deployment installs, with their licences."""

import argparse
import json
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Any, Final

from django_strict.project import ROOT

EXPORT: Final = (
    *("uv", "export", "--quiet", "--frozen", "--no-default-groups"),
    *("--preview-features", "sbom-export", "--format", "cyclonedx1.5"),
)
CLASSIFIER: Final = "License :: "
UNKNOWN: Final = "unknown"


def licence(package: str) -> tuple[str, bool]:
    """Look up what an installed package says about its licence.

    Args:
        package: Its name.

    Returns:
        The licence, and whether that is an expression of SPDX. Many packages only have
        words of their own; one that says nothing, or is not installed, as on another
        platform, is unknown.
    """
    try:
        found = metadata(package)
    except PackageNotFoundError:
        return UNKNOWN, False
    if expression := found.get("License-Expression"):
        return expression, True
    classifiers = [
        text.rpartition(" :: ")[2]
        for text in found.get_all("Classifier", [])
        if text.startswith(CLASSIFIER)
    ]
    # Some put the whole text there.
    first, *_ = (found.get("License") or "").strip().splitlines() or [""]
    return " or ".join(classifiers) or first or UNKNOWN, False


# Stands in every list of that form.
MARK: Final = b'"bomFormat"'


def components(sbom: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Write the licences into a bill of materials.

    Args:
        sbom: What uv exported, in the form of CycloneDX; changed in place.

    Returns:
        Name, version and licence of each package.
    """
    rows = []
    for component in sbom["components"]:
        text, is_expression = licence(component["name"])
        if is_expression:
            component["licenses"] = [{"expression": text}]
        elif text != UNKNOWN:
            component["licenses"] = [{"license": {"name": text}}]
        rows.append((component["name"], component["version"], text))
    return rows


def main() -> int:
    """Print the list, and write the bill of materials if asked to.

    Returns:
        Exit code: 1 when uv cannot export the lock file, or a file would be lost, having
        said why.
    """
    parser = argparse.ArgumentParser(
        prog="poe licences",
        description="List the packages of uv.lock that a deployment installs, with what "
        "they say about their licences.",
    )
    parser.add_argument(
        "--sbom", type=Path, metavar="FILE", help="write them in CycloneDX's JSON, too"
    )
    options = parser.parse_args()
    file: Path | None = options.sbom
    if file and file.is_file() and MARK not in file.read_bytes():
        print(f"{file} exists and is no such list; name another.", file=sys.stderr)
        return 1
    done = subprocess.run(EXPORT, cwd=ROOT, check=False, stdout=subprocess.PIPE)
    if done.returncode:
        return 1
    sbom: dict[str, Any] = json.loads(done.stdout)
    rows = components(sbom)
    if file:
        try:
            file.write_text(json.dumps(sbom, indent=2) + "\n", "utf-8")
        except OSError as error:
            print(f"{file} cannot be written: {error}", file=sys.stderr)
            return 1
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    for name, version, text in rows:
        print(f"{name:<{widths[0]}}  {version:<{widths[1]}}  {text}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
