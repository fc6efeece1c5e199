"""Ask whether a dependency has a known vulnerability."""

import argparse
import subprocess
import sys
from typing import Final

from django_strict.project import CLUSTER, POLICIES, ROOT

COMMAND: Final = ("uv", "audit", "--preview-features", "audit-command")
VULNERABLE: Final = 1
NOT_JUDGED: Final = 2
ADVICE: Final = {
    VULNERABLE: """
A dependency has a known vulnerability. Where a fixed version is named, take it:

    uv lock --upgrade-package NAME
    uv run poe check && uv run poe test

Where there is none, or this project never reaches the vulnerable part, write the id with
your reason into pyproject.toml:

    [tool.uv.audit]
    ignore = ["ID"]  # why
""",
    NOT_JUDGED: """
The dependencies were not judged: uv says above what stopped it. It asks the service at
https://api.osv.dev, so this machine must reach that, or a copy of it that you name with
--service-url. If uv does not know the command, take a newer one: uv self update
""",
}


def main() -> int:
    """Audit the versions of the lock file.

    Returns:
        Exit code: 0 without findings, 1 with some, 2 when nothing could be found out.
    """
    arguments = _parser().parse_args()
    service = ("--service-url", arguments.service_url) if arguments.service_url else ()
    # checkov asks for old packages, and reads nothing but what the project wrote itself.
    without = ("--no-group", POLICIES) if CLUSTER.is_dir() else ()
    finished = subprocess.run([*COMMAND, *without, *service], cwd=ROOT, check=False)
    if finished.returncode == 0:
        return 0
    code = VULNERABLE if finished.returncode == VULNERABLE else NOT_JUDGED
    print(ADVICE[code].rstrip(), file=sys.stderr)
    return code


def _parser() -> argparse.ArgumentParser:
    """Describe the command line.

    Returns:
        The parser.
    """
    parser = argparse.ArgumentParser(
        prog="poe audit",
        description="Ask the OSV database whether a version in uv.lock has a known "
        "vulnerability. Needs the network; changes no dependency.",
        epilog="Exit code: 0 without findings, 1 with some, 2 when nothing could be "
        "found out.",
    )
    parser.add_argument(
        "--service-url", metavar="URL", help="another service with the same interface"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
