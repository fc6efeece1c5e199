"""Run a command of the project's ``manage.py``, with development servers."""

import os
import runpy
import sys

from django_strict import servers
from django_strict.embedded import EmbeddedError
from django_strict.gate_steps import local
from django_strict.project import ROOT


def main() -> int:
    """Run the command.

    Returns:
        1 when there are no servers; else ``manage.py`` ends the process if it fails.
    """
    if sys.argv[1:2] == ["startapp"]:
        # Writing an app needs no servers and no .env.
        os.environ.update(local())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "django_strict.settings")
    try:
        servers.start()
    except EmbeddedError as error:
        print(error, file=sys.stderr)
        return 1
    sys.argv[0] = "manage.py"
    runpy.run_path(str(ROOT / "manage.py"), run_name="__main__")
    return 0


if __name__ == "__main__":
    sys.exit(main())
