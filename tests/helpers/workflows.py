"""Reading GitHub's workflows, and running their steps without GitHub."""

import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import yaml

from tests.helpers.repository import ROOT, TEMPLATE, git

if TYPE_CHECKING:
    from pathlib import Path


OWN: Final = ROOT / ".github" / "workflows"
PROJECT: Final = TEMPLATE / ".github" / "workflows"
# Stands for uv, so that steps run with the packages of these tests. Like uv, it leaves a
# lock file behind.
UV: Final = """#!/usr/bin/env bash
[ "$1" = run ] || exit 64
shift
case "$1" in
    --no-project) shift ;;
    --no-dev) shift; touch uv.lock ;;
esac
case "$1 $2" in
    "poe check") echo "All steps passed." ;;
    "poe openapi") echo "# Written again." >> openapi.yaml ;;
    "poe release") shift 2; touch uv.lock; exec "$PYTHON" -m maintenance.release "$@" ;;
    "copier copy") shift; exec "$PYTHON" -m copier "$@" ;;
    python*) shift; exec "$PYTHON" "$@" ;;
    *) exit 64 ;;
esac
"""
# Notes what it was asked to do. Nothing is open yet; every repository has one template.
GH: Final = """#!/usr/bin/env bash
echo "$*" >> "$GH_LOG"
case "$1 $2" in
    "api "*) echo "$GH_TEMPLATE" ;;
    *" list") echo 0 ;;
esac
"""


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a workflow that runs a command.

    Attributes:
        workflow: Name of the workflow's file.
        name: What the step is called.
        run: The command.
        environment: Variables, with GitHub's expressions in them.
    """

    workflow: str
    name: str
    run: str
    environment: dict[str, str]


def workflow(path: "Path") -> dict[str, Any]:
    """Read a workflow.

    Args:
        path: Its file.

    Returns:
        Its content; YAML reads the key "on" as True.
    """
    content: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    return content


def steps(path: "Path") -> list[Step]:
    """List the commands of a workflow.

    Args:
        path: Its file.

    Returns:
        The steps with ``run``, in order.
    """
    return [
        Step(path.name, step["name"], step["run"], step.get("env", {}))
        for job in workflow(path)["jobs"].values()
        for step in job.get("steps", ())  # a job that calls a workflow has none
        if "run" in step
    ]


def step(path: "Path", name: str) -> Step:
    """Find a command of a workflow.

    Args:
        path: The workflow's file.
        name: What the step is called.

    Returns:
        The step.
    """
    (found,) = (each for each in steps(path) if each.name == name)
    return found


@dataclass(frozen=True, slots=True)
class Runner:
    """A machine that runs steps: a working copy, its remote, and stand-ins for tools.

    Attributes:
        folder: The working copy.
        scratch: Folder for everything else.
    """

    folder: "Path"
    scratch: "Path"

    @classmethod
    def prepare(cls, folder: "Path", scratch: "Path") -> "Runner":
        """Give a repository a remote, and put the tools in place.

        Args:
            folder: A repository with a commit on its branch main.
            scratch: An empty folder.

        Returns:
            The machine.
        """
        for name, text in (("uv", UV), ("gh", GH)):
            tool = scratch / "bin" / name
            tool.parent.mkdir(exist_ok=True)
            tool.write_text(text)
            tool.chmod(0o755)
        (scratch / "temp").mkdir()
        remote = scratch / "remote.git"
        git(scratch, "init", "--quiet", "--bare", "--initial-branch=main", str(remote))
        git(folder, "remote", "add", "origin", str(remote))
        git(folder, "push", "--quiet", "origin", "HEAD:main")
        return cls(folder, scratch)

    @property
    def remote(self) -> "Path":
        """The repository that steps push to."""
        return self.scratch / "remote.git"

    @property
    def temp(self) -> "Path":
        """The folder that steps know as RUNNER_TEMP."""
        return self.scratch / "temp"

    def asked(self) -> list[str]:
        """List what steps asked GitHub's command line to do.

        Returns:
            The arguments of each call.
        """
        log = self.scratch / "gh.log"
        return log.read_text().splitlines() if log.is_file() else []

    def run(self, chosen: Step, **variables: str) -> str:
        """Run a step as GitHub does.

        Args:
            chosen: The step.
            **variables: Its environment; the step's own expressions are not evaluated,
                so each variable they set has to be given.

        Returns:
            What it printed, errors included.
        """
        missing = chosen.environment.keys() - variables.keys() - {"GH_TOKEN"}
        assert not missing, f"{chosen.name} needs a value for {missing}"
        own = {
            "PATH": f"{self.scratch / 'bin'}:{os.environ['PATH']}",
            "PYTHON": sys.executable,
            "HOME": str(self.scratch),
            "RUNNER_TEMP": str(self.temp),
            "GH_LOG": str(self.scratch / "gh.log"),
            "GH_TOKEN": "none",
            "GITHUB_OUTPUT": str(self.scratch / "output"),
            "GITHUB_REF_NAME": "main",
            "COPIER_SETTINGS_PATH": str(self.scratch / "no-settings.yml"),
        }
        kept = {
            name: os.environ[name]
            for name in ("UV_PYTHON", "UV_CACHE_DIR", "SSL_CERT_FILE")
            if name in os.environ
        }
        done = subprocess.run(
            ["bash", "-e", "-c", chosen.run],
            cwd=self.folder,
            env=kept | own | variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            text=True,
        )
        assert done.returncode == 0, f"{chosen.name}:\n{done.stdout}"
        return done.stdout
