"""Section 5: uv, ruff and pytest configuration."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from django_strict.rules.documents import documents
from django_strict.rules.files import PYPROJECT, fixed
from django_strict.rules.model import rule
from django_strict.rules.shell import hides_failure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_strict.rules.files import Project
    from django_strict.rules.model import Problem

# Each is read by a tool before, or instead of, pyproject.toml.
RIVALS: Final = {
    "ruff.toml": "ruff",
    ".ruff.toml": "ruff",
    ".flake8": "flake8",
    "mypy.ini": "mypy",
    ".mypy.ini": "mypy",
    "pytest.ini": "pytest",
    ".pytest.ini": "pytest",
    "pytest.toml": "pytest",
    ".pytest.toml": "pytest",
    ".coveragerc": "coverage",
    ".coveragerc.toml": "coverage",
    ".importlinter": "import-linter",
    "poe_tasks.toml": "poe",
    "poe_tasks.yaml": "poe",
    "poe_tasks.json": "poe",
    ".ignore": "ruff",
    ".rgignore": "ruff",
    "sitecustomize.py": "Python",
    "usercustomize.py": "Python",
}
SECTIONS: Final = re.compile(
    r"^\[(mypy|tool:pytest|pytest|coverage:|importlinter|flake8|pydoclint)",
    re.MULTILINE,
)
SHARED: Final = ("setup.cfg", "tox.ini")
TABLES: Final = (
    "ruff",
    "mypy",
    "pytest",
    "coverage",
    "importlinter",
    "pydoclint",
    "poe",
)
# What a file or folder beside manage.py must not be called: `python -m` takes it first.
SHADOWED: Final = {
    *("ruff", "mypy", "pytest", "coverage", "importlinter", "pydoclint", "squawk"),
    *("django_strict", "django_strict_asgi", "django", "rest_framework", "poethepoet"),
}
CODE: Final = ("apps", "config", "tests")
# Variables that tell tools to judge less than their files say.
VARIABLES: Final = re.compile(
    r"\b(PYTEST_ADDOPTS|PYTEST_PLUGINS|PYTEST_DISABLE_PLUGIN_AUTOLOAD|COVERAGE_RCFILE"
    r"|MYPY_CONFIG_FILE|MYPY_CONFIG_FILE_DIR|RUFF_CONFIG)\b"
)
NARROWING: Final = re.compile(
    r"(?:^|\s)(--no-cov\S*|-k\b|--ignore\S*|--deselect\S*|--co\b|--collect-only|--lf"
    r"|--last-failed\S*|-p\s*no:\S+|--cov-fail-under\S*|--override-ini\S*|-o\s|-c\s"
    r"|--noconftest|--confcutdir\S*|--rootdir\S*|--exit-zero|--only\S*|\|)"
)
WORKFLOWS: Final = ".github/workflows/"
ACTIONS: Final = ".github/actions/"
HOOKS: Final = ".pre-commit-config.yaml"
GATE: Final = "uv run poe check"
REQUIRED: Final = ("check", "test", "test-contract", "audit", "stack")
OTHER_CI: Final = re.compile(
    r"^(\.gitlab-ci\.ya?ml|Jenkinsfile|azure-pipelines\.ya?ml|\.circleci/config\.ya?ml"
    r"|bitbucket-pipelines\.ya?ml|\.woodpecker(\.ya?ml|/.*)|\.forgejo/.*|\.gitea/.*|\.ci/.*)$"
)
ALLOWED_TO_FAIL: Final = re.compile(r"allow_failure:\s*true|continueOnError:\s*true")
NEVER: Final = re.compile(
    r"^\s*(?:\$\{\{)?\s*(?:false|0|null|''|\"\")\s*(?:&&.*)?(?:\}\})?\s*$|&&\s*false\b"
    r"|\bfalse\s*&&"
)
COMMANDS: Final = re.compile(r"\b(poe (check|test)|pytest|django-strict check)\b")
FILTERS: Final = ("paths", "paths-ignore", "branches-ignore")


single = rule(
    "DS052",
    title="No second file takes over what pyproject.toml and ruff.strict.toml say.",
    why="Tools read the nearest file, or the one they prefer, and say nothing about the others.",
    fix="Delete the file, or its section; what is stricter goes into ruff.strict.toml or pyproject.toml.",
    where="apps/orders/ruff.toml",
    bad='ignore = ["ANN"]',
    good="# no such file: ruff.strict.toml is the only one",
)


@single
def no_file_takes_over(project: Project) -> Iterator[Problem]:
    """Look at the names of all files, at what git ignores, and into shared files."""
    for path in project.files:
        folder, _, name = path.rpartition("/")
        if name in RIVALS:
            yield project.at(path, f"{RIVALS[name]} reads this file, too or instead")
        elif name in SHARED and SECTIONS.search("\n".join(project.lines(path))):
            yield project.at(path, "a tool reads its section of this file")
        elif name == PYPROJECT and folder:
            tools = project.toml(path).table("tool").keys() & set(TABLES)
            if tools:
                yield project.at(
                    path, f"{', '.join(sorted(tools))} read this file below"
                )
    for file in project.root.glob("*"):
        if file.name.removesuffix(".py") in SHADOWED:
            yield project.at(file.name, "it hides the package of the same name")


@single
def all_code_is_seen(project: Project) -> Iterator[Problem]:
    """Find code that git leaves out: ruff does so, too."""
    kept = set(project.files)
    for folder in CODE:
        for file in sorted((project.root / folder).rglob("*.py")):
            path = file.relative_to(project.root).as_posix()
            if path not in kept:
                yield project.at(path, "git ignores this file, and so does ruff")


def _taken(project: Project, path: str) -> str:
    """Tell which tool reads a file instead of those that say how strict it is."""
    folder, _, name = path.rpartition("/")
    if name in RIVALS:
        return f"{RIVALS[name]} reads this file, too or instead"
    if name in SHARED and SECTIONS.search("\n".join(project.lines(path))):
        return "a tool reads its section of this file"
    if name == PYPROJECT and folder:
        tools = project.toml(path).table("tool").keys() & set(TABLES)
        return f"{', '.join(sorted(tools))} read this file below" if tools else ""
    return ""


whole = rule(
    "DS053",
    title="CI, the hook and the commands run the whole gate, and let it fail.",
    why="A step that may fail, or that judges a part, is green on the day that counts.",
    fix="Restore the step or task as the template has it: `uv run poe check` on a line of its own, without `continue-on-error`, a condition that is never true, or options.",
    where=".github/workflows/ci.yml",
    bad="run: uv run poe check || true",
    good="run: uv run poe check",
)


@whole
def workflows_let_it_fail(project: Project) -> Iterator[Problem]:
    """Judge every job and step, and look for those that must be there."""
    judged: set[str] = set()
    for path in project.texts:
        if path.startswith((WORKFLOWS, ACTIONS)) and path.endswith((".yml", ".yaml")):
            for document in documents(project, path) or [{}]:
                content = document if isinstance(document, dict) else {}
                judged |= {one for one in REQUIRED if _runs(project, content, one)}
                yield from _judged(project, path, content)
        elif OTHER_CI.match(path):
            if "poe check" in "\n".join(project.lines(path)):
                judged = set(REQUIRED)
            yield from _elsewhere(project, path)
    missing = [f"`uv run poe {name}`" for name in REQUIRED if name not in judged]
    if missing and project.files:
        message = f"no job of CI runs {', '.join(missing)} on a line of its own"
        yield project.at(f"{WORKFLOWS}ci.yml", message)


def _elsewhere(project: Project, path: str) -> Iterator[Problem]:
    """Judge the file of another CI line by line."""
    for number, line in enumerate(project.lines(path), 1):
        if ALLOWED_TO_FAIL.search(line) or hides_failure(line, lines_fail=True):
            yield project.at(path, "the job may fail", number)


def _judged(project: Project, path: str, content: dict[str, Any]) -> Iterator[Problem]:
    """Judge one workflow or action."""
    for place, message in _failures(content):
        yield project.at(path, message, _line(project, path, place))
    if path.startswith(WORKFLOWS) and _runs(project, content, "check"):
        for message in _filtered(content):
            yield project.at(path, message)


def _line(project: Project, path: str, text: str) -> int:
    """Find the line on which a job, a step or a command stands."""
    for number, line in enumerate(project.lines(path), 1):
        if text and text in line:
            return number
    return 1


def _jobs(content: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """List the jobs of a workflow; a composite action is one."""
    jobs = content.get("jobs") or {"runs": content.get("runs") or {}}
    for name, job in jobs.items():
        if isinstance(job, dict):
            yield str(name), job


def _steps(job: dict[str, Any]) -> list[dict[str, Any]]:
    """List the steps of a job."""
    return [step for step in job.get("steps") or [] if isinstance(step, dict)]


def _is_live(entry: dict[str, Any]) -> bool:
    """Tell whether a job or step runs and may stop the rest."""
    never = "if" in entry and NEVER.search(str(entry["if"]).lower())
    return not never and entry.get("continue-on-error") in (None, False)


def _runs(project: Project, content: dict[str, Any], name: str) -> bool:
    """Tell whether a job runs a command as it is, itself or by an action of its own."""
    wanted = re.compile(rf"uv run (--\S+ )*poe {name}")
    for _, job in _jobs(content):
        for step in _steps(job) if _is_live(job) else []:
            lines = [line.strip() for line in str(step.get("run", "")).splitlines()]
            uses = str(step.get("uses", "")).removeprefix("./")
            if _is_live(step) and any(map(wanted.fullmatch, lines)):
                return True
            for file in (f"{uses}/action.yml", f"{uses}/action.yaml"):
                if uses.startswith(ACTIONS) and file in project.files:
                    inner = (documents(project, file) or [{}])[0]
                    if _is_live(step) and _runs(project, inner, name):
                        return True
    return False


def _failures(content: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Find what lets a job or a step fail unseen; a place, and what is wrong there."""
    default = ((content.get("defaults") or {}).get("run") or {}).get("shell", "")
    for name, job in _jobs(content):
        shell = ((job.get("defaults") or {}).get("run") or {}).get("shell", default)
        for entry, place in ((job, f"{name}:"), *((s, _place(s)) for s in _steps(job))):
            if entry.get("continue-on-error") not in (None, False):
                yield place, f"`{place.strip(':')}` may fail: continue-on-error"
            elif not _is_live(entry):
                yield place, f"`{place.strip(':')}` never runs: if: {entry['if']}"
            used = str(entry.get("shell") or shell)
            if "{0}" in used and not re.search(r"\s-\w*e", used):
                yield place, f"the shell `{used}` goes on after a failure"
            yield from _hidden(str(entry.get("run") or ""))


def _hidden(script: str) -> Iterator[tuple[str, str]]:
    """Find what a script hides, and commands of the gate that judge a part."""
    if found := hides_failure(script, lines_fail=True):
        yield found.splitlines()[0], f"`{found}` hides a failure"
    for line in script.splitlines():
        option = NARROWING.search(line) if COMMANDS.search(line) else None
        if option:
            yield line.strip(), f"`{option[1]}` judges less"


def _place(step: dict[str, Any]) -> str:
    """Name a step as a reader finds it."""
    return str(
        step.get("name") or step.get("uses") or step.get("run") or ""
    ).splitlines()[0]


def _filtered(content: dict[str, Any]) -> Iterator[str]:
    """Find triggers that leave changes out."""
    # YAML reads the key `on` as true.
    triggers: Any = content.get("on", dict(content).get(True))  # type: ignore[call-overload]
    names = [triggers] if isinstance(triggers, str) else triggers or {}
    if "pull_request" not in names:
        yield "the gate does not run for pull requests"
    for name in ("push", "pull_request") if isinstance(triggers, dict) else ():
        options = triggers.get(name) or {}
        for key in FILTERS:
            if options.get(key):
                yield f"`{name}.{key}` leaves changes out"


@whole
def the_hook_is_the_gate(project: Project) -> Iterator[Problem]:
    """Judge the hook, where there is one."""
    content = (documents(project, HOOKS) or [{}])[0] if project.lines(HOOKS) else None
    if content is None:
        return
    hooks = [
        hook
        for repository in (content or {}).get("repos") or []
        for hook in repository.get("hooks") or []
        if str(hook.get("entry")) == GATE and hook.get("always_run") is True
    ]
    if not hooks:
        yield project.at(HOOKS, f"no hook runs `{GATE}` always")
    for hook in hooks:
        stages = hook.get("stages")
        if stages is not None and not {
            "pre-push",
            "pre-commit",
            "push",
            "commit",
        } & set(stages):
            yield project.at(HOOKS, "the hook runs in no stage of a push")


@whole
def commands_are_whole(project: Project) -> Iterator[Problem]:
    """Compare the tasks, and look for variables that narrow what tools judge."""
    table = project.toml(PYPROJECT)
    tasks = table.table("tool", "poe", "tasks")
    for name, wanted in fixed("strictness")["tasks"].items():
        task = tasks.get(name)
        options = task if isinstance(task, dict) else {"cmd": task}
        command = str(options.get("cmd", ""))
        is_longer = command.startswith(f"{wanted} ") and wanted.startswith("pytest")
        is_same = command == wanted or (is_longer and not NARROWING.search(command))
        surplus = sorted(options.keys() - {"cmd", "help"})
        if not is_same or surplus:
            reason = f"has {', '.join(surplus)}" if is_same else f"is `{command}`"
            message = f"the task {reason} and must be `{wanted}`"
            yield table.at(("tool", "poe", "tasks", name), message)
    for path in project.texts:
        for number, line in enumerate(project.lines(path), 1):
            is_prose = path.endswith(".md") or line.lstrip().startswith("#")
            if not is_prose and (found := VARIABLES.search(line)):
                message = f"{found[0]} tells a tool to judge otherwise"
                yield project.at(path, message, number)
