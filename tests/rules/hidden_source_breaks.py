"""Breaking the rules about Python code by alias, indirection and other spellings."""

from textwrap import indent
from typing import TYPE_CHECKING, Final

from tests.rules.breaks import LATER, new

if TYPE_CHECKING:
    from tests.rules.breaks import Break

SERVICES: Final = "apps/orders/services.py"
TESTS: Final = "apps/orders/tests/test_services.py"
DOCSTRING: Final = '"""Orders."""\n\n'


def in_services(rule: str, shape: str, code: str) -> "Break":
    """Write the services of an app.

    Args:
        rule: Id of the rule that they break.
        shape: What is particular about them.
        code: What stands below the docstring.

    Returns:
        The edit.
    """
    return new(rule, shape, SERVICES, DOCSTRING + code)


def comment(rule: str, shape: str, text: str) -> "Break":
    """Comment on a line of the services.

    Args:
        rule: Id of the rule that the comment breaks.
        shape: What is particular about it.
        text: The comment.

    Returns:
        The edit.
    """
    return in_services(rule, shape, f"# {text}\nX = 1\n")


def shipped(shape: str, body: str) -> "Break":
    """Write a service that does nothing.

    Args:
        shape: How it looks as if it did.
        body: Its statements.

    Returns:
        The edit.
    """
    head = 'def order_ship(order: int) -> None:\n    """Ship."""\n'
    return in_services("DS002", shape, f"{head}{indent(body, '    ')}\n")


def sections(shape: str, text: str) -> "Break":
    """Write a service whose docstring has the wrong sections.

    Args:
        shape: What is wrong.
        text: The sections.

    Returns:
        The edit.
    """
    docstring = f'"""Do it.\n\n{indent(text, "    ")}    """'
    code = f"def f(a: int) -> int:\n    {docstring}\n    return a\n"
    return in_services("DS043", shape, code)


def in_test(rule: str, shape: str, body: str, head: str = "") -> "Break":
    """Write a test.

    Args:
        rule: Id of the rule that it breaks.
        shape: What is particular about it.
        body: Its statements.
        head: What stands before its first line.

    Returns:
        The edit.
    """
    code = f'{head}def test_x() -> None:\n    """X."""\n{indent(body, "    ")}\n'
    return new(rule, shape, TESTS, DOCSTRING + code)


TRADE: Final = [
    in_services("DS060", "the driver of PostgreSQL", "import psycopg\n"),
    in_services(
        "DS060", "the pool of psycopg", "from psycopg_pool import ConnectionPool as P\n"
    ),
    in_services("DS060", "an asynchronous driver", "import asyncpg\n"),
    in_services("DS060", "SQLite by another name", "import sqlite3 as store\n"),
    in_services("DS060", "text of SQLAlchemy", "from sqlalchemy import text\n"),
    in_services(
        "DS060",
        "a driver by its module's name",
        'from importlib import import_module\n\nDRIVER = import_module("psycopg")\n',
    ),
    in_services(
        "DS060", "a driver by the import function", 'DRIVER = __import__("psycopg")\n'
    ),
    in_services(
        "DS060",
        "a cursor in a variable",
        "from django.db import connection as link\n\nhandle = link.cursor()\nhandle.execute(QUERY)\n",
    ),
    in_services(
        "DS060",
        "a method that opens a cursor",
        "from django.db import connection\n\nopen_cursor = connection.cursor\nwith open_cursor() as pointer:\n    pointer.execute(QUERY)\n",
    ),
    in_services(
        "DS060",
        "a cursor by its name",
        'from django.db import connection\n\nwith getattr(connection, "cursor")() as pointer:\n    pointer.fetchall()\n',
    ),
    in_services(
        "DS060",
        "a connection of its package",
        "from django import db\n\nwith db.connection.cursor() as pointer:\n    pointer.fetchall()\n",
    ),
    in_services(
        "DS060",
        "a function with SQL as its template",
        'from django.db.models import Func\n\nX = Func("a", template="(SELECT 1)")\n',
    ),
    in_services(
        "DS060",
        "a subclass with SQL as its template",
        'from django.db.models import Func as F\n\nclass Total(F):\n    """Total."""\n\n    template = "(SELECT 1)"\n',
    ),
    in_services(
        "DS060",
        "an expression that writes its SQL",
        'from django.db.models import Expression\n\nclass Total(Expression):\n    """Total."""\n\n    def as_sql(self, compiler: object, connection: object) -> object:\n        """SQL."""\n        return "1", []\n',
    ),
    in_services(
        "DS060",
        "RawSQL in a variable",
        'from django.db.models import expressions as e\n\nmaker = e.RawSQL\nX = maker("1", ())\n',
    ),
    in_services(
        "DS060",
        "raw by its name",
        'from apps.orders.models import Order\n\nrows = Order.objects\nX = getattr(rows, "raw")("SELECT 1")\n',
    ),
    in_services(
        "DS060",
        "raw in a variable",
        "from apps.orders.models import Order\n\nfind = Order.objects.raw\nX = find(QUERY)\n",
    ),
    in_services(
        "DS060",
        "raw on an argument",
        'QUERY = "SELECT id FROM orders"\n\ndef f(orders: "QuerySet[Order]") -> object:\n    """F."""\n    return orders.raw(QUERY)\n',
    ),
    new(
        "DS060",
        "a migration's step by another name",
        "apps/orders/migrations/0002_x.py",
        '"""Orders."""\n\nfrom django.db.migrations.operations import RunSQL as Step\n\nX = [Step("SELECT 1")]\n',
    ),
    new(
        "DS060",
        "the schema editor with a composed statement",
        "apps/orders/migrations/0002_x.py",
        '"""Orders."""\n\ndef forward(apps: object, schema_editor: object) -> None:\n    """F."""\n    schema_editor.execute(f"UPDATE {table} SET a = 1")\n',
    ),
    new(
        "DS060",
        "a cursor of the schema editor",
        "apps/orders/migrations/0002_x.py",
        '"""Orders."""\n\ndef forward(apps: object, schema_editor: object) -> None:\n    """F."""\n    schema_editor.connection.cursor().execute("UPDATE a SET a = 1")\n',
    ),
    in_services(
        "DS055", "a key in a dictionary", 'CONFIG = {"api_key": "9f8a7b6c5d4e"}\n'
    ),
    in_services(
        "DS055",
        "an address with a password",
        'DATABASE = "postgresql://app:hunter2@db:5432/app"\n',
    ),
    in_services(
        "DS055", "a pair of name and password", 'LOGIN = ("password", "hunter2")\n'
    ),
    in_services("DS055", "a password as bytes", 'API_PASSWORD = b"hunter2"\n'),
    in_services("DS055", "a password in two pieces", 'API_SECRET = "hunt" + "er2"\n'),
    in_services(
        "DS055",
        "a password put together by join",
        'API_SECRET = "".join(["hunt", "er2"])\n',
    ),
    in_services(
        "DS055",
        "a password in a formatted string",
        'API_SECRET = f"{PRE}er2"\nPRE = "hunt"\n',
    ),
    in_services(
        "DS055",
        "an argument's default",
        'def f(*, api_key: str = "hunter2") -> str:\n    """F."""\n    return api_key\n',
    ),
    in_services(
        "DS055", "an assignment of two names", 'HOST, PASSWORD = "db", "hunter2"\n'
    ),
    in_services(
        "DS055",
        "an address in three pieces",
        'URL = "redis://:" + "hunter2" + "@redis:6379/0"\n',
    ),
    in_services(
        "DS055",
        "one branch of a condition",
        'URL = "redis://:%s@redis:6379/0" % "hunter2"\nAPI_TOKEN = "hunter2" if URL else ""\n',
    ),
    in_services(
        "DS055",
        "wrapped in SecretStr",
        'from pydantic import SecretStr\n\nSIGNING_KEY = SecretStr("k3y-for-signing")\n',
    ),
    in_services(
        "DS055",
        "the default of an environment variable",
        'import os\n\nSIGNING_KEY = os.environ.get("SIGNING_KEY", "k3y-for-signing")\n',
    ),
    in_services("DS055", "a key of AWS", 'AWS = "AKIAIOSFODNN7ABCDEFG"\n'),
    in_services(
        "DS055", "a private key", 'KEY = """-----BEGIN RSA PRIVATE KEY-----\nabc\n"""\n'
    ),
    in_services(
        "DS055", "a long random text", 'SALT = "Qw8vT2nXk5Lr9YbZc3Mf7HgJd1Ps6Rae"\n'
    ),
    in_services(
        "DS055",
        "an argument of a call",
        'client.login(username="a", password="hunter2")\n',
    ),
    in_services(
        "DS055",
        "headers of a request",
        'HEADERS = {"Authorization": "Bearer x", "X-Api-Key": "9f8a7b6c5d4e"}\n',
    ),
    in_services(
        "DS055",
        "credentials of a class",
        'class Carrier:\n    """C."""\n\n    credentials = ("shop", "hunter2")\n',
    ),
    in_services(
        "DS015",
        "environ by its name",
        'import os as system\n\nX = getattr(system, "environ")["A"]\n',
    ),
    in_services(
        "DS015",
        "os in a variable",
        'import os\n\nplatform = os\nX = platform.environ["A"]\n',
    ),
    in_services(
        "DS015",
        "environ in a variable",
        'from os import environ\n\nvalues = environ\nX = values["A"]\n',
    ),
    in_services(
        "DS015",
        "os by its module's name",
        'import importlib\n\nX = importlib.import_module("os").environ["A"]\n',
    ),
    in_services(
        "DS015",
        "a path that expands variables",
        'import os\n\nX = os.path.expandvars("$HOME")\n',
    ),
    in_services(
        "DS015",
        "os borrowed from Django",
        'from django.conf import os\n\nX = os.environ["A"]\n',
    ),
    in_services(
        "DS015",
        "os borrowed from the configuration",
        'from config.env import os as o\n\nX = o.getenv("A")\n',
    ),
    in_services(
        "DS015", "environ through vars", 'import os\n\nX = vars(os)["environ"]["A"]\n'
    ),
    in_services(
        "DS015",
        "environ in the module's dictionary",
        'import os\n\nX = os.__dict__["environ"]["A"]\n',
    ),
    in_services(
        "DS015",
        "os through sys.modules",
        'import sys\n\nX = sys.modules["os"].environ["A"]\n',
    ),
    in_services(
        "DS015",
        "a second class of settings",
        'from pydantic_settings import BaseSettings as Base\n\nclass Extra(Base):\n    """E."""\n\n    limit: int = 1\n',
    ),
    in_services(
        "DS015",
        "getenv in a variable",
        'from os import getenv as look\n\nread = look\nX = read("A")\n',
    ),
    in_services(
        "DS015",
        "the environment file of the process",
        'from pathlib import Path\n\nX = Path("/proc/self/environ").read_text("utf-8")\n',
    ),
]

UNFINISHED: Final = [
    comment("DS001", "a marker with dots", "T.O.D.O. rounding"),
    comment("DS001", "a marker with a hyphen", "TO-DO rounding"),
    comment("DS001", "a marker in two words", "FIX ME: rounding"),
    comment("DS001", "a marker as a tag", "@todo rounding"),
    in_services(
        "DS001", "in the middle of a comment", "X = 1  # rounding, todo: later\n"
    ),
    comment("DS001", "work in progress", "WIP"),
    comment("DS001", "two words and a colon", "To do: rounding"),
    in_services(
        "DS001",
        "a paragraph of a docstring",
        'def g() -> int:\n    """Add up.\n\n    todo: taxes.\n    """\n    return 1\n',
    ),
    in_services(
        "DS001",
        "a help text",
        f'X = call(help_text="{LATER}: say")\n',
    ),
    in_services(
        "DS001",
        "a value of a dictionary",
        f'X = {{"a": "{LATER} later"}}\n',
    ),
    comment("DS001", "a call to change it", "CHANGEME"),
    comment("DS004", "a placeholder", "Placeholder for now"),
    comment("DS004", "still to be written", "Still to be written"),
    in_services(
        "DS004",
        "a returned promise",
        'def g() -> str:\n    """Say."""\n    return "coming soon"\n',
    ),
    in_services(
        "DS004",
        "a stub in its own words",
        'def g() -> int:\n    """Only a stub."""\n    return 1\n',
    ),
    comment("DS004", "a hack that works", "A quick hack that works"),
    shipped("a returned None", "return None"),
    shipped("an argument is deleted", "del order"),
    shipped("an argument is thrown away", "_ = order"),
    shipped("an argument alone", "order"),
    shipped("an assertion that always holds", "assert True"),
    shipped("an assertion that never holds", 'assert False, "later"'),
    shipped("a number alone", "0"),
    shipped("a branch that never runs", "if False:\n    order += 1"),
    shipped("an error with a text", 'raise RuntimeError("later")'),
    shipped("an error with the argument", "raise Exception(order)"),
    in_services(
        "DS002",
        "a returned NotImplemented",
        'def order_ship(order: int) -> object:\n    """Ship."""\n    return NotImplemented\n',
    ),
    in_services(
        "DS002",
        "an abstract method of a plain class",
        'import abc\n\n\nclass Carrier:\n    """Ships."""\n\n    @abc.abstractmethod\n    def ship(self) -> None:\n        """Ship."""\n',
    ),
    in_services(
        "DS003",
        "the error by another name",
        'Later = NotImplementedError\n\n\ndef order_ship() -> None:\n    """Ship."""\n    raise Later\n',
    ),
    in_services(
        "DS003",
        "a subclass of the error",
        'class LaterError(NotImplementedError):\n    """Later."""\n',
    ),
    in_services(
        "DS003",
        "the error in a variable",
        'def order_ship() -> None:\n    """Ship."""\n    error = NotImplementedError("x")\n    raise error\n',
    ),
    in_test("DS034", "no assertion", "call()"),
    in_test("DS034", "asserts a constant", "assert True"),
    in_test(
        "DS034",
        "compares a value with itself",
        "result = call()\nassert result == result",
    ),
    in_test("DS034", "asserts a tuple", 'assert (call() == 1, "no")'),
    in_test("DS034", "ends with or True", "assert call() or True"),
    in_test("DS034", "compares two constants", "expected = 1\nassert expected == 1"),
    in_test("DS034", "a length is never negative", "assert len(call()) >= 0"),
    in_test(
        "DS034",
        "a helper that asserts nothing",
        "check_order()",
        'def check_order() -> None:\n    """Check."""\n    call()\n\n\n',
    ),
    in_test(
        "DS034",
        "skipped by a mark",
        "assert call()",
        'import pytest\n\n\n@pytest.mark.skip(reason="slow")\n',
    ),
    in_test(
        "DS034",
        "skipped on a condition that always holds",
        "assert call()",
        'from pytest import mark as m\n\n\n@m.skipif(True, reason="slow")\n',
    ),
    in_test(
        "DS034",
        "skipped by a mark in a variable",
        "assert call()",
        "import pytest\n\nlater = pytest.mark.skip\n\n\n@later\n",
    ),
    in_test(
        "DS034",
        "a file skipped by its marks",
        "assert call()",
        "import pytest\n\npytestmark = [pytest.mark.django_db, pytest.mark.skip]\n\n\n",
    ),
    in_test(
        "DS034",
        "skipped on a negated constant",
        "assert call()",
        'import pytest\n\n\n@pytest.mark.skipif(not False, reason="x")\n',
    ),
    in_test(
        "DS034",
        "skipped on the project's own Python",
        "assert call()",
        'import sys\n\nimport pytest\n\n\n@pytest.mark.skipif(sys.version_info >= (3, 12), reason="x")\n',
    ),
    in_test(
        "DS034",
        "expected to fail",
        "assert call()",
        'import pytest\n\n\n@pytest.mark.xfail(reason="x")\n',
    ),
    in_test(
        "DS034",
        "skips itself",
        'pytest.skip("later")\nassert call()',
        "import pytest\n\n\n",
    ),
    in_test(
        "DS034",
        "a file that skips itself",
        "assert call()",
        'import pytest\n\npytest.skip("later", allow_module_level=True)\n\n\n',
    ),
    in_test(
        "DS034",
        "skipped without a package",
        "assert call()",
        'import pytest\n\npytest.importorskip("nothing")\n\n\n',
    ),
    in_test(
        "DS034",
        "raises the error that skips",
        "raise unittest.SkipTest",
        "import unittest\n\n\n",
    ),
    new(
        "DS034",
        "parametrized with nothing",
        TESTS,
        '"""Orders."""\n\nimport pytest\n\n\n@pytest.mark.parametrize("a", [])\ndef test_x(a: int) -> None:\n    """X."""\n    assert call(a)\n',
    ),
    in_test(
        "DS034",
        "a file that says it is no test",
        "assert call()",
        "__test__ = False\n\n\n",
    ),
    in_test("DS034", "an assertion behind a return", "return\nassert call()"),
    in_test(
        "DS034",
        "an assertion in a branch that never runs",
        "if False:\n    assert call()",
    ),
    in_test(
        "DS034",
        "an assertion in a loop over nothing",
        "for row in []:\n    assert row == call()",
    ),
    in_test(
        "DS034",
        "a failure is suppressed",
        "with contextlib.suppress(AssertionError):\n    assert call()",
        "import contextlib\n\n\n",
    ),
    in_test(
        "DS034",
        "a failure is caught",
        "try:\n    assert call()\nexcept AssertionError:\n    call()",
    ),
    new(
        "DS034",
        "a function's name that is not collected",
        TESTS,
        '"""Orders."""\n\ndef tests_x() -> None:\n    """X."""\n    assert call()\n',
    ),
    new(
        "DS034",
        "a class's name that is not collected",
        TESTS,
        '"""Orders."""\n\nclass OrderTests:\n    """X."""\n\n    def test_x(self) -> None:\n        """X."""\n        assert call()\n',
    ),
    new(
        "DS034",
        "a test inside a function",
        TESTS,
        '"""Orders."""\n\ndef outer() -> None:\n    """O."""\n\n    def test_x() -> None:\n        """X."""\n        assert call()\n\n    test_x()\n',
    ),
    new(
        "DS034",
        "a file's name that is not collected",
        "apps/orders/tests/services.py",
        '"""Orders."""\n\ndef test_x() -> None:\n    """X."""\n    assert call()\n',
    ),
    new(
        "DS034",
        "a conftest that ignores files",
        "apps/orders/tests/conftest.py",
        '"""Orders."""\n\ncollect_ignore_glob = ["*"]\n',
    ),
    new(
        "DS034",
        "a hook that drops all tests",
        "conftest.py",
        '"""Orders."""\n\ndef pytest_collection_modifyitems(items: list[object]) -> None:\n    """Order."""\n    items.clear()\n',
    ),
    new(
        "DS034",
        "a hook that skips all tests",
        "conftest.py",
        '"""Orders."""\n\nimport pytest\n\n\ndef pytest_collection_modifyitems(items: list[pytest.Item]) -> None:\n    """Order."""\n    for item in items:\n        item.add_marker(pytest.mark.skip)\n',
    ),
    new(
        "DS034",
        "a hook that resets the exit status",
        "conftest.py",
        '"""Orders."""\n\ndef pytest_sessionfinish(session: object) -> None:\n    """End."""\n    session.exitstatus = 0\n',
    ),
    new(
        "DS034",
        "a hook that ignores every path",
        "tests/conftest.py",
        '"""Orders."""\n\ndef pytest_ignore_collect() -> bool:\n    """All."""\n    return True\n',
    ),
]

COMMENTS: Final = [
    new("DS009", "a whole file for flake8", SERVICES, "# flake8: noqa\nX = 1\n"),
    new("DS009", "one code in a whole file", SERVICES, "# ruff: noqa: ANN001\nX = 1\n"),
    new(
        "DS009",
        "one error of mypy switched off",
        SERVICES,
        '# mypy: disable-error-code="arg-type"\nX = 1\n',
    ),
    new(
        "DS009",
        "untyped functions allowed",
        SERVICES,
        "# mypy: allow-untyped-defs\nX = 1\n",
    ),
    new("DS009", "no coverage without a colon", SERVICES, "X = 1  # pragma no cover\n"),
    new("DS009", "no coverage in one word", SERVICES, "X = 1  # pragma: nocover\n"),
    new("DS009", "no branch coverage", SERVICES, "X = 1  #pragma: no branch\n"),
    new("DS009", "noqa with a colon alone", SERVICES, "X = 1  # noqa:\n"),
    new("DS009", "type ignore without spaces", SERVICES, "X = 1  #type:ignore\n"),
    new("DS009", "another mode of pyright", SERVICES, "# pyright: basic\nX = 1\n"),
    new("DS009", "a file that isort skips", SERVICES, "# isort: skip_file\nX = 1\n"),
    new("DS009", "pylint off", SERVICES, "# pylint: disable=all\nX = 1\n"),
    new(
        "DS009",
        "a decorator in a variable",
        SERVICES,
        "import typing\n\ntrust = typing.no_type_check\n",
    ),
    new(
        "DS009",
        "a decorated class",
        SERVICES,
        'import typing as t\n\n\n@t.no_type_check\nclass A:\n    """A."""\n',
    ),
    new(
        "DS009",
        "a decorator of decorators",
        SERVICES,
        "from typing import no_type_check_decorator as n\n\nX = n(1)\n",
    ),
    new(
        "DS049",
        "checks silenced through globals",
        "config/settings.py",
        'globals()["SILENCED_SYSTEM_CHECKS"] = ["x"]\n',
    ),
    new(
        "DS049",
        "checks silenced by an app",
        "apps/orders/apps.py",
        'from django.conf import settings\n\nsettings.SILENCED_SYSTEM_CHECKS = ["x"]\n',
    ),
]

WORDS: Final = [
    new(
        "DS042",
        "a German docstring",
        SERVICES,
        '"""Berechnet die Summe einer Bestellung."""\n',
    ),
    new(
        "DS042",
        "a French docstring",
        SERVICES,
        '"""Calcule le total de la commande."""\n',
    ),
    comment("DS042", "a short German comment", "Preis ohne Steuer in Cent"),
    comment("DS042", "Czech without accents", "Vypocita soucet objednavky."),
    in_services(
        "DS042",
        "a German line of an English docstring",
        'def f(a: int) -> int:\n    """Add the tax.\n\n    Der Preis wird ohne Steuer gespeichert.\n\n    Args:\n        a: The price.\n    """\n    return a\n',
    ),
    in_services(
        "DS042",
        "Turkish on two lines",
        "# Siparisin toplamini\n# hesaplar ve kaydeder\nX = 1\n",
    ),
    in_services(
        "DS042", "a German message", 'X = "Die Bestellung wurde nicht gefunden."\n'
    ),
    in_services(
        "DS042",
        "German names",
        'def bestellung_anlegen(kunde: int, preis: int) -> int:\n    """Create it."""\n    ergebnis = kunde + preis\n    return ergebnis\n',
    ),
    in_services(
        "DS042",
        "Polish names",
        'def oblicz_sume(cena: int, podatek: int) -> int:\n    """Add up."""\n    wynik = cena + podatek\n    return wynik\n',
    ),
    in_services(
        "DS042",
        "Spanish names",
        'def crear_pedido(usuario: int, precio: int) -> int:\n    """Create it."""\n    total = precio\n    return total\n',
    ),
    comment(
        "DS042", "Russian in Latin letters", "Sozdaet novyy zakaz dlya polzovatelya"
    ),
    sections(
        "Arguments after Returns", "Returns:\n    It.\n\nArguments:\n    a: It.\n"
    ),
    sections("fields of Sphinx", ":param a: It.\n"),
    sections("an underlined section", "Returns\n-------\nIt.\n"),
    sections("Return without its s", "Return:\n    It.\n"),
    sections("Args twice", "Args:\n    a: It.\n\nArgs:\n    b: It.\n"),
    sections("a section in lower case", "raises:\n    It.\n"),
    in_services(
        "DS044", "a private function", "def _total(a: int) -> int:\n    return a\n"
    ),
    in_services("DS044", "a private class", "class _Total:\n    a = 1\n"),
    in_services(
        "DS044",
        "a method of a private class",
        'class _Total:\n    """T."""\n\n    def add(self) -> int:\n        return 1\n',
    ),
    new(
        "DS044",
        "a private method",
        SERVICES,
        '"""X."""\n\n\ndef total(a: int) -> int:\n    """T."""\n    return a\n\n\nclass Outer:\n    """O."""\n\n    def _f(self) -> int:\n        return 1\n',
    ),
    new(
        "DS044",
        "a private module",
        "apps/orders/_helpers.py",
        '"""X."""\n\n\ndef f() -> int:\n    return 1\n',
    ),
    new(
        "DS044",
        "a class in a function",
        SERVICES,
        '"""X."""\n\n\ndef f() -> type:\n    """F."""\n\n    class A:\n        x = 1\n\n    return A\n',
    ),
]

# Close by, and right: nothing is found.
FINE_TRADE: Final = [
    in_services("", "executes no SQL", 'X = runner.execute("ship", 1)\n'),
    in_services(
        "",
        "asks the connection for its state",
        "from django.db import connection\n\nX = connection.in_atomic_block\n",
    ),
    in_services(
        "",
        "a function of the database",
        'from django.db.models import F, Func, Value\n\nX = Func(F("name"), Value("a"), function="REPLACE")\n',
    ),
    in_services(
        "",
        "an error of psycopg",
        "from psycopg.errors import UniqueViolation\n\nX = UniqueViolation\n",
    ),
    in_services(
        "",
        "names of fields with passwords",
        'TOKEN_URL = "/api/v1/auth/token/"\nFIELDS = ("password", "new_password")\n',
    ),
    in_services(
        "",
        "messages about passwords",
        'MESSAGES = {"password": "The password is wrong.", "token": "invalid_token"}\n',
    ),
    in_services(
        "",
        "addresses with placeholders",
        'URL = "postgresql://app:PASSWORD@db:5432/app"\nOTHER = f"redis://:{password}@redis/0"\n',
    ),
    in_services(
        "",
        "rates by name",
        'THROTTLES = {"token": "10/hour", "password_reset": "5/minute"}\n',
    ),
    in_services(
        "",
        "a path and a number of processors",
        'import os\n\nX = os.path.join("a", "b"), os.cpu_count()\n',
    ),
]

FINE_UNFINISHED: Final = [
    comment(
        "",
        "to do in a sentence",
        "To do so, the order is closed first; nothing is left to do.",
    ),
    in_services(
        "", "a state of that name", 'STATES = {"todo": "To do", "done": "Done"}\n'
    ),
    comment("", "a user's list", "The todo list of a user, with its todos."),
    in_services(
        "",
        "a function that only refuses",
        'from typing import Never\n\n\ndef refuse(order: int) -> Never:\n    """Refuse."""\n    raise RuntimeError(order)\n',
    ),
    in_services(
        "",
        "an early None",
        'def g(a: int) -> int | None:\n    """Find."""\n    if a:\n        return None\n    return a\n',
    ),
    in_services(
        "",
        "an abstract method of an abstract class",
        'import abc\n\n\nclass Carrier(abc.ABC):\n    """Ships."""\n\n    @abc.abstractmethod\n    def ship(self) -> None:\n        """Ship."""\n',
    ),
    in_services(
        "",
        "the error is caught",
        "try:\n    X = call()\nexcept NotImplementedError:\n    X = 2\n",
    ),
    in_test("", "an assertion in a loop", "for row in call():\n    assert row"),
    in_test(
        "", "an assertion in finally", "try:\n    call()\nfinally:\n    assert call()"
    ),
    in_test(
        "",
        "skipped on another system",
        "assert call()",
        'import sys\n\nimport pytest\n\n\n@pytest.mark.skipif(sys.platform == "win32", reason="x")\n',
    ),
    in_test(
        "",
        "an expected error",
        'with pytest.raises(ValueError, match="x"):\n    call()',
        "import pytest\n\n\n",
    ),
    in_test(
        "",
        "a helper that asserts",
        "check(call())",
        'def check(value: int) -> None:\n    """Check."""\n    assert value == 1\n\n\n',
    ),
    new(
        "",
        "counts queries",
        TESTS,
        '"""Orders."""\n\ndef test_x(django_assert_num_queries: object) -> None:\n    """X."""\n    with django_assert_num_queries(3):\n        call()\n',
    ),
    in_test(
        "",
        "asserts the calls of a mock",
        "hook = Mock()\ncall(hook)\nhook.assert_called_once_with(1)",
    ),
    in_test(
        "",
        "asserts a flag",
        'called = False\n\ndef hook() -> None:\n    """Hook."""\n    nonlocal called\n    called = True\n\ncall(hook)\nassert called',
    ),
    new(
        "",
        "a hook that marks tests as slow",
        "conftest.py",
        '"""Orders."""\n\nimport pytest\n\n\ndef pytest_collection_modifyitems(items: list[pytest.Item]) -> None:\n    """Mark."""\n    for item in items:\n        item.add_marker(pytest.mark.slow)\n',
    ),
]

FINE_COMMENTS: Final = [
    new(
        "",
        "noqa with its code and reason",
        SERVICES,
        "X = call()  # noqa: S603 - the arguments are fixed\n",
    ),
    new(
        "",
        "type ignore with its error",
        SERVICES,
        "Y = 1  # type: ignore[assignment]\n",
    ),
    new(
        "",
        "the word pragma in a sentence",
        SERVICES,
        "# The pragma of SQLite is not used.\nX = 1\n",
    ),
]

FINE_WORDS: Final = [
    comment("", "possessives", "Judge DRF's handler and Django's"),
    comment("", "proper names", "GitHub names zeros."),
    in_services(
        "",
        "abbreviations of the trade",
        'def get_varargs(expr: int, node: int, kwargs: int) -> int:\n    """Read it."""\n    sig = expr + node + kwargs\n    return sig\n',
    ),
    in_services(
        "",
        "languages in their own words",
        'LABELS = ("Deutsch", "Fran\u00e7ais", "Espa\u00f1ol")\n',
    ),
    in_services(
        "",
        "sections in order",
        'def f(a: int) -> int:\n    """Do it.\n\n    Example:\n        f(1)\n\n    Args:\n        a: What it returns: a number.\n\n    Raises:\n        ValueError: If so.\n\n    Returns:\n        It.\n    """\n    return a\n',
    ),
    new(
        "",
        "a constructor without a docstring",
        SERVICES,
        '"""X."""\n\n\nclass _A:\n    """A."""\n\n    def __init__(self) -> None:\n        self.a = 1\n',
    ),
]

HIDDEN_SOURCE_BREAKS: Final[list["Break"]] = [*TRADE, *UNFINISHED, *COMMENTS, *WORDS]
FINE_SOURCES: Final[list["Break"]] = [
    *FINE_TRADE,
    *FINE_UNFINISHED,
    *FINE_COMMENTS,
    *FINE_WORDS,
]
