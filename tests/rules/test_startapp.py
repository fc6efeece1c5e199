"""A new app is born green."""

import subprocess
from typing import TYPE_CHECKING, Final

import pytest

from django_strict.startapp.command import (
    EXAMPLE_ONLY,
    UPLOAD,
    Names,
    StartappError,
    choose,
    files,
    paths,
    singular,
    tree,
    with_app,
    with_urls,
)
from tests.helpers.project import Project

if TYPE_CHECKING:
    from pathlib import Path

STARTAPP: Final = ("uv", "run", "poe", "startapp")


@pytest.mark.parametrize(
    ("plural", "one"),
    [
        ("orders", "order"),
        ("order_lines", "order_line"),
        ("categories", "category"),
        ("boxes", "box"),
        ("news", "new"),
        ("billing", "billing_item"),
        ("status", "status_item"),
    ],
)
def test_the_resource_is_the_singular(plural: str, one: str) -> None:
    """It is guessed, and --resource corrects the guess."""
    assert singular(plural) == one


@pytest.mark.parametrize(
    ("app", "resource", "words"),
    [
        ("Orders", "", "lower-case letters"),
        ("2orders", "", "begin with a letter"),
        ("order-lines", "", "single underscores"),
        ("x" * 31, "", "at most 30"),
        ("orders/../x", "", "lower-case letters"),
        ("users", "", "already"),
        ("class", "", "word of Python"),
        ("classes", "", "--resource"),
        ("prints", "", "--resource"),
        ("things", "Thing", "resource must consist"),
        ("pages", "", "'page'"),
        ("requests", "", "'request'"),
    ],
)
def test_a_bad_name_is_refused_with_what_is_allowed(
    app: str, resource: str, words: str
) -> None:
    """The message says which name can be used."""
    with pytest.raises(StartappError, match=words):
        choose(app, resource, ["users", "core"])


def test_names_are_replaced_in_code_and_prose() -> None:
    """Underscores stay in code and become blanks in docstrings."""
    names = Names("order_lines", "order_line")
    made = files(names, bare=False)
    assert "def order_line_create(" in made["services.py"]
    assert "class OrderLine(models.Model)" in made["models.py"]
    assert '"""Order lines in the admin site."""' in made["admin.py"]
    assert "        order_line: What to delete." in made["services.py"]
    for text in made.values():
        assert "sample" not in text.lower()


def test_a_bare_app_has_all_layers_and_no_example() -> None:
    """Each file is complete: a docstring says what belongs there."""
    made = files(Names("orders", "order"), bare=True)
    assert not set(EXAMPLE_ONLY) & made.keys()
    assert "Order" not in made["models.py"].replace("Orders", "")
    assert 'app_name = "orders"' in made["urls.py"]
    assert "class OrdersConfig" in made["apps.py"]


def test_words_of_another_layout_are_names() -> None:
    """What the app that is written does not use can be one."""
    assert choose("tokens", "", []) == Names("tokens", "token")
    with pytest.raises(StartappError, match="'token'"):
        choose("tokens", "", [], UPLOAD)


def test_an_app_of_uploads_has_all_layers_too() -> None:
    """The same files, and names of its own."""
    names = Names("invoice_scans", "invoice_scan")
    made = files(names, bare=False, folder=UPLOAD)
    assert made.keys() == set(paths(bare=False))
    assert "class InvoiceScan(models.Model)" in made["models.py"]
    for text in made.values():
        assert "sample" not in text.lower()


def test_help_shows_every_file() -> None:
    """Whoever asks sees what will be written."""
    shown = tree()
    for name in ("models.py", "0001_initial.py  (not with --bare)", "test_views.py"):
        assert name in shown


def test_a_changed_settings_file_is_left_alone() -> None:
    """Who builds the list another way is told what to add."""
    with pytest.raises(StartappError, match=r'"apps.orders"'):
        with_app("INSTALLED_APPS = make()\n", "orders")
    with pytest.raises(StartappError, match=r"apps\.orders\.urls"):
        with_urls("urlpatterns = make()\n", "orders")


def test_an_app_is_entered_below_the_others() -> None:
    """The rest of the file stays as it is, comments included."""
    before = 'INSTALLED_APPS = [\n    "x",\n    "apps.core",  # first\n    *MORE,\n]\n'
    after = 'INSTALLED_APPS = [\n    "x",\n    "apps.core",  # first\n'
    assert with_app(before, "orders") == after + '    "apps.orders",\n    *MORE,\n]\n'


@pytest.fixture(scope="module")
def shop(runnable: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Generate four apps in a fresh copy of the project, one by Django's command.

    Args:
        runnable: The project.
        tmp_path_factory: Where to put the copy.

    Returns:
        The project with its apps, untouched by hand.
    """
    folder = tmp_path_factory.mktemp("startapp") / "shop"
    subprocess.run(["git", "clone", "-q", runnable.folder, folder], check=True)
    project = Project(folder, runnable.environment_folder)
    for arguments in (("orders",), ("order_lines",)):
        project.run(*STARTAPP, *arguments)
    project.run("uv", "run", "poe", "manage", "startapp", "drafts", "--bare")
    project.run(*STARTAPP, "attachments", "--upload")
    return project


def test_the_gate_is_green_after_startapp(shop: Project) -> None:
    """With nothing touched by hand, for each kind of app."""
    output = shop.run("uv", "run", "poe", "check")
    assert "steps passed" in output


def test_the_tests_are_green_after_startapp(shop: Project) -> None:
    """And they cover the new apps completely."""
    output = shop.run("uv", "run", "poe", "test")
    assert " passed" in output
    missing = [
        line
        for line in output.splitlines()
        if line.startswith(("apps/order", "apps/attachments"))
        # What is covered in full is left out of the report.
        and "/tests/" not in line
    ]
    assert missing == []


def test_nothing_is_overwritten(shop: Project) -> None:
    """Neither an app nor a folder of its name."""
    before = shop.changes()
    assert "already" in shop.run(*STARTAPP, "orders", check=False)
    leftover = shop.folder / "apps" / "parcels"
    leftover.mkdir()
    try:
        assert "nothing was changed" in shop.run(*STARTAPP, "parcels", check=False)
    finally:
        leftover.rmdir()
    assert shop.changes() == before


@pytest.mark.proves("DS027")
def test_a_new_app_is_covered_by_the_import_contracts(shop: Project) -> None:
    """Nothing has to be added for it."""
    services: Path = shop.folder / "apps" / "orders" / "services.py"
    source = services.read_text()
    services.write_text(f"{source}\nfrom apps.order_lines import selectors\n")
    try:
        step = ("poe", "check", "--only", "import contracts")
        output = shop.run("uv", "run", *step, check=False)
    finally:
        services.write_text(source)
    assert "Apps are independent of each other BROKEN" in output
    assert "DS027" in output
