"""The gate names a cause once, in a few lines."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import pytest

from tests.rules.breaks import TOOLS

if TYPE_CHECKING:
    from tests.helpers.project import Project

VIEWS: Final = "apps/users/views.py"
SELECTORS: Final = "apps/users/selectors.py"
ADMIN: Final = "apps/users/admin.py"
VIEW_SET: Final = """\
from rest_framework.viewsets import ModelViewSet
from apps.users.models import User


class UserViewSet(ModelViewSet):
    queryset = User.objects.all()
    serializer_class = UserSerializer

    def perform_create(self, serializer):
        serializer.save()
"""
CONTRACT: Final = """\
[[tool.importlinter.contracts]]
name = "Tasks make no links"
type = "forbidden"
source_modules = ["apps.users.tasks"]
forbidden_modules = ["apps.users.tokens"]
"""


class Broken:
    """A project in which files are changed for one run of the gate."""

    def __init__(self, project: "Project") -> None:
        """Take the project."""
        self._project = project

    def judge(self, path: str, old: str, new: str, *only: str) -> str:
        """Change a file and run the gate."""
        file = self._project.folder / path
        before = file.read_text("utf-8")
        assert old in before
        file.write_text(before.replace(old, new, 1), "utf-8")
        chosen = [word for name in only for word in ("--only", name)]
        try:
            return self._project.run("uv", "run", "poe", "check", *chosen, check=False)
        finally:
            file.write_text(before, "utf-8")


@pytest.fixture(scope="module")
def broken(runnable: "Project") -> Iterator[Broken]:
    """Break the project, and see that it is whole afterwards."""
    before = runnable.changes()
    yield Broken(runnable)
    assert runnable.changes() == before


def test_a_syntax_error_is_one_finding(broken: Broken) -> None:
    """No tool tries to read the file."""
    output = broken.judge(SELECTORS, "def user_list(", "def user_list((")
    assert re.search(rf"FAIL  {SELECTORS}:\d+:\d+ no valid Python", output)
    assert output.count("FAIL") == 1
    assert output.count(SELECTORS) == 1


def test_a_missing_name_ends_every_program_once(broken: Broken) -> None:
    """The steps that cannot start name the one that says why."""
    output = broken.judge(
        SELECTORS,
        "from apps.users.models import ",
        "import apps.users.model\nfrom apps.users.models import ",
    )
    error = "ModuleNotFoundError: No module named 'apps.users.model'"
    told = [line.strip() for line in output.splitlines() if error in line]
    assert told.count(error) == 1
    assert len(told) > 1
    assert all(line.startswith("the same as") for line in told if line != error)
    # Of the traceback, this project's own lines.
    assert f'{SELECTORS}", line' in output
    assert "importlib" not in output


def test_what_two_steps_find_is_printed_once(broken: Broken) -> None:
    """Django's checks run for development and for production."""
    output = broken.judge(ADMIN, "list_display = (", 'list_display = ("colour", ')
    assert output.count("(admin.E108)") == 1
    assert "nothing but what stands above" in output


def test_a_view_set_that_saves_is_told_in_a_sentence(broken: Broken) -> None:
    """Among the findings one says why, and the whole is no wall of text."""
    place = "class UserListView("
    output = broken.judge(VIEWS, place, f"{VIEW_SET}\n\n{place}")
    assert "DS033 `UserViewSet` inherits ModelViewSet, which writes" in output
    assert "KEPT" not in output
    assert len(output.splitlines()) < 100


def test_a_broken_contract_names_the_import_first(broken: Broken) -> None:
    """Before contracts that hold, and what the tool warns of."""
    output = broken.judge(
        "apps/users/tasks.py",
        "from apps.users import",
        "from apps.users import services,",
    )
    _, _, told = output.partition("FAIL  import contracts")
    assert "apps.users.tasks -> apps.users.services" in told.partition("ok ")[0]


def test_a_contract_of_the_project_s_own_is_judged(broken: Broken) -> None:
    """A table in pyproject.toml takes the place of the package's."""
    output = broken.judge(
        "pyproject.toml",
        "[tool.django-stubs]",
        f"{TOOLS.read_text('utf-8')}\n{CONTRACT}\n[tool.django-stubs]",
        "import contracts",
    )
    assert "Tasks make no links BROKEN" in output
    assert "Apps never import the configuration KEPT" in output


def test_one_step_prints_everything(broken: Broken) -> None:
    """Who asks for a step reads all that it says."""
    fields = "".join(f"\n\ndef wrong_{number}(x): return x" for number in range(20))
    last = "    return User.objects.filter(email=email, is_active=True).first()\n"
    short = broken.judge(SELECTORS, last, last + fields + "\n")
    assert '`uv run poe check --only "mypy"` prints all' in short
    full = broken.judge(SELECTORS, last, last + fields + "\n", "mypy")
    assert full.count("no-untyped-def") == 20
