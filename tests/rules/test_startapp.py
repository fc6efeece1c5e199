"""A new app is born green."""

import ast
import json
import os
import re
import signal
import subprocess
import time
from typing import TYPE_CHECKING, Final

import pytest

from django_strict.startapp.blocks import Blocks
from django_strict.startapp.command import (
    EXAMPLE_ONLY,
    MIGRATION,
    UPLOAD,
    Names,
    StartappError,
    choose,
    files,
    paths,
    singular,
    tree,
    with_app,
    with_contract,
    with_urls,
)
from django_strict.startapp.fields import KINDS, Field, FieldError
from tests.helpers.project import Project
from tests.helpers.repository import git

if TYPE_CHECKING:
    from pathlib import Path

STARTAPP: Final = ("uv", "run", "poe", "startapp")
SAMPLE: Final = [Field("title", "str", unique=True), Field("quantity", "int")]
NEVER_UNIQUE: Final = {"bool", "choice", "text", "url"}
TYPES: Final = {kind: kind for kind in KINDS} | {"choice": "choice(open,done)"}
# Every type, needed and optional.
BOTH: Final = [
    spelling
    for kind, written in TYPES.items()
    for spelling in (f"needed_{kind}:{written}", f"further_{kind}:{written}?")
]
# And as many unique ones as there may be.
EVERYTHING: Final = " ".join(
    [
        *BOTH,
        *(f"own_{kind}:{kind}:unique" for kind in KINDS if kind not in NEVER_UNIQUE),
        "line:fk(order_lines.OrderLine) other_line:fk(order_lines.OrderLine)?",
    ]
)
UPLOADED: Final = " ".join([*BOTH, "line:fk(order_lines.OrderLine)?"])


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
    made = files(names, SAMPLE, bare=False)
    assert "def order_line_create(" in made["services.py"]
    assert "class OrderLine(TimeStampedModel)" in made["models.py"]
    assert '"""Order lines in the admin site."""' in made["admin.py"]
    assert "        order_line: What to delete." in made["services.py"]
    for text in made.values():
        assert "sample" not in text.lower()
        assert ">>>" not in text


def test_a_bare_app_has_all_layers_and_no_example() -> None:
    """Each file is complete: a docstring says what belongs there."""
    made = files(Names("orders", "order"), SAMPLE, bare=True)
    assert MIGRATION in EXAMPLE_ONLY
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
    made = files(names, [], UPLOAD, bare=False)
    assert made.keys() == set(paths(UPLOAD, bare=False)) - {MIGRATION}
    assert "class InvoiceScan(TimeStampedModel)" in made["models.py"]
    for text in made.values():
        assert "sample" not in text.lower()


def test_help_shows_every_file() -> None:
    """Whoever asks sees what will be written."""
    shown = tree()
    for name in (
        "models.py",
        "apps/core/filters.py",
        "0001_initial.py  (not with --bare)",
        "test_views.py",
    ):
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


def test_new_operations_may_refuse_what_looks_right() -> None:
    """And a list of another form is left alone."""
    before = "[tool.strict.contract]\nrefusable = [\n]\n"
    after = with_contract(before, "orders")
    assert '"orders_create",' in after
    assert with_contract("refusable = []\n", "orders") == "refusable = []\n"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("optional", [False, True])
def test_a_field_stands_in_every_layer(kind: str, *, optional: bool) -> None:
    """Each file is Python, and none has a mark left."""
    field = Field(
        *("price", kind, optional),
        model="users.User" * (kind == "fk"),
        choices=("open", "done") if kind == "choice" else (),
    )
    made = files(Names("orders", "order"), [field], bare=False)
    for path, source in made.items():
        assert ">>>" not in source, path
        ast.parse(source)
    for path in ("models", "domain", "serializers", "admin", "tests/factories"):
        assert "price" in made[f"{path}.py"], path


def test_names_that_postgresql_would_cut_off_are_refused() -> None:
    """The constraint could not be found by its name."""
    long = Field("n" * 30, "str", unique=True)
    with pytest.raises(FieldError, match="63"):
        Blocks("a" * 30, "b" * 30, [long])


@pytest.fixture(scope="module")
def shop(runnable: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Generate six apps in a fresh copy of the project, one by Django's command.

    Args:
        runnable: The project.
        tmp_path_factory: Where to put the copy.

    Returns:
        The project with its apps, untouched by hand.
    """
    project = runnable.copy(tmp_path_factory.mktemp("startapp") / "shop")
    for arguments in (
        ("attachments", "--upload"),
        ("order_lines",),
        ("scans", "--upload", "--fields", UPLOADED),
        ("orders", "--fields", "title:str price:decimal customer:fk"),
        ("parts", "--fields", EVERYTHING),
        # Called like a layer of every app.
        (
            "tasks",
            "--fields",
            "title:str file:fk(attachments.Attachment)? line:fk(order_lines.OrderLine):unique",
        ),
    ):
        project.run(*STARTAPP, *arguments)
    project.run("uv", "run", "poe", "manage", "startapp", "drafts", "--bare")
    return project


def test_the_gate_is_green_after_startapp(shop: Project) -> None:
    """With nothing touched by hand, whatever fields an app has, and for a bare one."""
    output = shop.run("uv", "run", "poe", "check")
    assert "steps passed" in output


def test_the_tests_are_green_after_startapp(shop: Project) -> None:
    """And they cover the new apps completely."""
    output = shop.run("uv", "run", "poe", "test")
    assert " passed" in output
    missing = [
        line
        for line in output.splitlines()
        if line.startswith(
            (
                *("apps/order", "apps/parts", "apps/attachments", "apps/scans"),
                *("apps/tasks", "apps/core/filters"),
            )
        )
        # What is covered in full is left out of the report.
        and "/tests/" not in line
    ]
    assert missing == []


def test_nothing_is_overwritten(shop: Project) -> None:
    """Neither an app nor a folder of its name."""
    before = shop.changes()
    assert "already" in shop.run(*STARTAPP, "orders", check=False)
    # It has no migration either, as what a killed run leaves.
    assert "rm -r" not in shop.run(*STARTAPP, "core", check=False)
    leftover = shop.folder / "apps" / "parcels"
    leftover.mkdir()
    try:
        assert "nothing was changed" in shop.run(*STARTAPP, "parcels", check=False)
    finally:
        leftover.rmdir()
    assert shop.changes() == before


def test_what_a_killed_run_left_can_be_taken_back(shop: Project) -> None:
    """The refusal of the next one says which files, and other work in them stays."""
    before = shop.changes(), git(shop.folder, "diff")
    urls = shop.folder / "config" / "urls.py"
    # Not through poe, whose child would survive it.
    run = subprocess.Popen(
        (shop.environment_folder / "bin" / "django-strict", "startapp", "parcels"),
        cwd=shop.folder,
        env=shop.variables({}),
        start_new_session=True,
    )
    try:
        # Which is written last.
        while "apps.parcels" not in urls.read_text():
            assert run.poll() is None, "it was too quick to be killed"
            time.sleep(0.01)
    finally:
        os.killpg(run.pid, signal.SIGKILL)
        run.wait()
    said = shop.run(*STARTAPP, "parcels", check=False)
    assert "already; choose another name." in said
    remove, names = re.findall("(rm -r .*), and .* out of (.*)\\.", said)[0]
    shop.run(*remove.split())
    for path in (shop.folder / name for name in names.split(", ")):
        lines = path.read_text().splitlines(keepends=True)
        path.write_text("".join(it for it in lines if "parcels" not in it))
    assert (shop.changes(), git(shop.folder, "diff")) == before


BAD: Final = {
    "": "There is no field",
    "title": "no type ''",
    "title:string": "no type 'string'",
    "Title:str": "lower-case letters",
    "class:str": "'class' means something else",
    "type:str": "'type' means something else",
    "label:str": "'label' means something else",
    "owner:fk": "'owner' means something else",
    "parcel:str": "'parcel' means something else",
    "title:str title:str": "'title' means something else",
    "paid:bool:unique": "cannot be unique",
    "code:str?:unique": "cannot be unique",
    " ".join(f"code{number}:str:unique" for number in range(8)): "At most 7",
    "price:decimal:two": "nobody knows what 'decimal:two' means",
    "price:decimal(two)": "nobody knows what '(two)' means",
    "state:choice": "state:choice(open,done)",
    "state:choice(open)": "2 words or more",
    "state:choice(open,open)": "each once",
    "state:choice(in progress,open)": "lower-case letters",
    "line:fk line_id:int": "means something else already",
    "line_id:int line:fk": "means something else already",
    "state:choice(open,Done)": "lower-case letters",
    "state:choice(open,done):unique": "cannot be unique",
    "customer_id:fk": "customer:fk",
    "customer:fk(shops.Shop)": "leads to one of",
    "group:fk(auth.Group)": "leads to one of",
}
# In the project, since what a field may be called depends on its packages and models.
PARSE: Final = """
import json, os, sys, django
from django_strict.gate_steps import local
from django_strict.startapp.fields import FieldError, parse
os.environ.update(local(), DJANGO_SETTINGS_MODULE="config.settings")
django.setup()
answers = {}
for text in json.loads(sys.argv[1]):
    try:
        answers[text] = repr(parse(text, {"parcel"}))
    except FieldError as error:
        answers[text] = str(error)
print(json.dumps(answers))
"""


def test_a_bad_field_is_refused_with_what_is_allowed(shop: Project) -> None:
    """The message lists the types with an example."""
    command = ("uv", "run", "python", "-c", PARSE, json.dumps(list(BAD)))
    answers = json.loads(shop.run(*command))
    for text, words in BAD.items():
        assert words in answers[text]
        assert "TYPE is one of" in answers[text]
        assert '--fields "title:str price:decimal customer:fk"' in answers[text]


def test_nothing_is_written_for_a_bad_field(shop: Project) -> None:
    """And the command says so with its exit code."""
    before = shop.changes()
    answer = shop.run(*STARTAPP, "parcels", "--fields", "title:string", check=False)
    assert "there is no type 'string'" in answer
    assert shop.changes() == before
    assert not (shop.folder / "apps" / "parcels").exists()


def test_a_resource_has_a_name_of_its_own(shop: Project) -> None:
    """The document could not tell two of one name."""
    before = shop.changes()
    answer = shop.run(*STARTAPP, "parcels", "--resource", "order", check=False)
    assert "apps.orders has the class Order already; name what" in answer
    assert shop.changes() == before


def test_a_migration_that_cannot_be_made_leaves_nothing(shop: Project) -> None:
    """Neither a folder nor a line in a file."""
    before = shop.changes()
    graph = shop.folder / "apps" / "orders" / "migrations" / "0002_lost.py"
    graph.write_text(
        '"""Lost."""\n\nfrom django.db import migrations\n\n\n'
        "class Migration(migrations.Migration):\n"
        '    """Lost."""\n\n    dependencies = [("orders", "0009_gone")]\n'
    )
    try:
        answer = shop.run(*STARTAPP, "parcels", check=False)
    finally:
        graph.unlink()
    assert "0009_gone" in answer
    assert shop.changes() == before
    assert not (shop.folder / "apps" / "parcels").exists()


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
