"""Build the packages into the template, which hands them out until an index does."""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
PACKAGES: Final = ROOT / "packages"
VENDOR: Final = ROOT / "template" / "vendor"
# The oldest time that a zip archive can hold: no build date gets into a wheel.
EPOCH: Final = "315532800"


def build(package: Path, target: Path) -> Path:
    """Build the wheel of a package; the same sources always make the same bytes.

    Args:
        package: Folder with its ``pyproject.toml``.
        target: Folder that takes the wheel.

    Raises:
        subprocess.CalledProcessError: If uv cannot build it; it has said why.

    Returns:
        The wheel.
    """
    with tempfile.TemporaryDirectory() as scratch:
        subprocess.run(
            ["uv", "build", "--quiet", "--wheel", "--out-dir", scratch, package],
            check=True,
            env={**os.environ, "SOURCE_DATE_EPOCH": EPOCH},
        )
        (wheel,) = Path(scratch).glob("*.whl")
        target.mkdir(parents=True, exist_ok=True)
        return Path(shutil.copy(wheel, target))


def main() -> int:
    """Build all packages and remove wheels of other versions.

    Returns:
        0.
    """
    argparse.ArgumentParser(prog="poe packages", description=__doc__).parse_args()
    folders = sorted(path.parent for path in PACKAGES.glob("*/pyproject.toml"))
    built = {build(folder, VENDOR) for folder in folders}
    for old in set(VENDOR.glob("*.whl")) - built:
        old.unlink()
    for wheel in sorted(built):
        print(f"{wheel.relative_to(ROOT)}  {wheel.stat().st_size:,} bytes")
    print("Commit them together with the sources. Next: uv run poe test tests/packages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
