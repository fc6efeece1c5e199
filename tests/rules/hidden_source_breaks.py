"""Breaking the rules about Python code by alias, indirection and other spellings."""

from typing import TYPE_CHECKING, Final

from tests.rules.breaks import new

if TYPE_CHECKING:
    from tests.rules.breaks import Break

SERVICES: Final = "apps/orders/services.py"
SELECTORS: Final = "apps/orders/selectors.py"

TRADE: Final = [
    new("DS060", "import psycopg", SERVICES, '"""Orders."""\n\nimport psycopg\n'),
    new(
        "DS060",
        "from psycopg_pool import ConnectionP",
        SERVICES,
        '"""Orders."""\n\nfrom psycopg_pool import ConnectionPool as P\n',
    ),
    new("DS060", "import asyncpg", SERVICES, '"""Orders."""\n\nimport asyncpg\n'),
    new(
        "DS060",
        "import sqlite3 as store",
        SERVICES,
        '"""Orders."""\n\nimport sqlite3 as store\n',
    ),
    new(
        "DS060",
        "from sqlalchemy import text",
        SERVICES,
        '"""Orders."""\n\nfrom sqlalchemy import text\n',
    ),
    new(
        "DS060",
        "DRIVER import_module psycopg",
        SERVICES,
        '"""Orders."""\n\nfrom importlib import import_module\n\nDRIVER = import_module("psycopg")\n',
    ),
    new(
        "DS060",
        "DRIVER __import__ psycopg",
        SERVICES,
        '"""Orders."""\n\nDRIVER = __import__("psycopg")\n',
    ),
    new(
        "DS060",
        "rows.execute SELECT 1",
        SERVICES,
        '"""Orders."""\n\nfrom django.db import connections\n\nwith connections["default"].cursor() as rows:\n    rows.execute("SELECT 1")\n',
    ),
    new(
        "DS060",
        "handle.execute QUERY",
        SERVICES,
        '"""Orders."""\n\nfrom django.db import connection as link\n\nhandle = link.cursor()\nhandle.execute(QUERY)\n',
    ),
    new(
        "DS060",
        "pointer.execute QUERY",
        SERVICES,
        '"""Orders."""\n\nfrom django.db import connection\n\nopen_cursor = connection.cursor\nwith open_cursor() as pointer:\n    pointer.execute(QUERY)\n',
    ),
    new(
        "DS060",
        "pointer.fetchall",
        SERVICES,
        '"""Orders."""\n\nfrom django.db import connection\n\nwith getattr(connection, "cursor")() as pointer:\n    pointer.fetchall()\n',
    ),
    new(
        "DS060",
        "pointer.fetchall 2",
        SERVICES,
        '"""Orders."""\n\nfrom django import db\n\nwith db.connection.cursor() as pointer:\n    pointer.fetchall()\n',
    ),
    new(
        "DS060",
        "X Func a template SELECT 1",
        SERVICES,
        '"""Orders."""\n\nfrom django.db.models import Func\n\nX = Func("a", template="(SELECT 1)")\n',
    ),
    new(
        "DS060",
        "template SELECT 1",
        SERVICES,
        '"""Orders."""\n\nfrom django.db.models import Func as F\n\nclass Total(F):\n    """Total."""\n\n    template = "(SELECT 1)"\n',
    ),
    new(
        "DS060",
        "return 1",
        SERVICES,
        '"""Orders."""\n\nfrom django.db.models import Expression\n\nclass Total(Expression):\n    """Total."""\n\n    def as_sql(self, compiler: object, connection: object) -> object:\n        """SQL."""\n        return "1", []\n',
    ),
    new(
        "DS060",
        "X Piece 1",
        SERVICES,
        '"""Orders."""\n\nfrom django.db.models.expressions import RawSQL as Piece\n\nX = Piece("1", ())\n',
    ),
    new(
        "DS060",
        "X maker 1",
        SERVICES,
        '"""Orders."""\n\nfrom django.db.models import expressions as e\n\nmaker = e.RawSQL\nX = maker("1", ())\n',
    ),
    new(
        "DS060",
        "X getattr rows raw SELECT 1",
        SERVICES,
        '"""Orders."""\n\nfrom apps.orders.models import Order\n\nrows = Order.objects\nX = getattr(rows, "raw")("SELECT 1")\n',
    ),
    new(
        "DS060",
        "X find QUERY",
        SERVICES,
        '"""Orders."""\n\nfrom apps.orders.models import Order\n\nfind = Order.objects.raw\nX = find(QUERY)\n',
    ),
    new(
        "DS060",
        "return orders.raw QUERY",
        SERVICES,
        '"""Orders."""\n\nQUERY = "SELECT id FROM orders"\n\ndef f(orders: "QuerySet[Order]") -> object:\n    """F."""\n    return orders.raw(QUERY)\n',
    ),
    new(
        "DS060",
        "return orders.raw statement",
        SERVICES,
        '"""Orders."""\n\ndef f(orders: "QuerySet[Order]", statement: str) -> object:\n    """F."""\n    return orders.raw(statement)\n',
    ),
    new(
        "DS060",
        "return orders.extra where 1 1",
        SERVICES,
        '"""Orders."""\n\ndef f(orders: object) -> object:\n    """F."""\n    return orders.extra(where=["1=1"])\n',
    ),
    new(
        "DS060",
        "X Step SELECT 1",
        "apps/orders/migrations/0002_x.py",
        '"""Orders."""\n\nfrom django.db.migrations.operations import RunSQL as Step\n\nX = [Step("SELECT 1")]\n',
    ),
    new(
        "DS060",
        "schema_editor.execute f UPDATE tabl",
        "apps/orders/migrations/0002_x.py",
        '"""Orders."""\n\ndef forward(apps: object, schema_editor: object) -> None:\n    """F."""\n    schema_editor.execute(f"UPDATE {table} SET a = 1")\n',
    ),
    new(
        "DS060",
        "schema_editor.connection.cursor .exe",
        "apps/orders/migrations/0002_x.py",
        '"""Orders."""\n\ndef forward(apps: object, schema_editor: object) -> None:\n    """F."""\n    schema_editor.connection.cursor().execute("UPDATE a SET a = 1")\n',
    ),
    new(
        "DS055",
        "CONFIG api_key 9f8a7b6c5d4e",
        SERVICES,
        '"""Orders."""\n\nCONFIG = {"api_key": "9f8a7b6c5d4e"}\n',
    ),
    new(
        "DS055",
        "DATABASE postgresql app hunter2 d",
        SERVICES,
        '"""Orders."""\n\nDATABASE = "postgresql://app:hunter2@db:5432/app"\n',
    ),
    new(
        "DS055",
        "LOGIN password hunter2",
        SERVICES,
        '"""Orders."""\n\nLOGIN = ("password", "hunter2")\n',
    ),
    new(
        "DS055",
        "API_PASSWORD b hunter2",
        SERVICES,
        '"""Orders."""\n\nAPI_PASSWORD = b"hunter2"\n',
    ),
    new(
        "DS055",
        "API_SECRET hunt er2",
        SERVICES,
        '"""Orders."""\n\nAPI_SECRET = "hunt" + "er2"\n',
    ),
    new(
        "DS055",
        "API_SECRET .join hunt er2",
        SERVICES,
        '"""Orders."""\n\nAPI_SECRET = "".join(["hunt", "er2"])\n',
    ),
    new(
        "DS055",
        "PRE hunt",
        SERVICES,
        '"""Orders."""\n\nAPI_SECRET = f"{PRE}er2"\nPRE = "hunt"\n',
    ),
    new(
        "DS055",
        "return api_key",
        SERVICES,
        '"""Orders."""\n\ndef f(*, api_key: str = "hunter2") -> str:\n    """F."""\n    return api_key\n',
    ),
    new(
        "DS055",
        "HOST PASSWORD db hunter2",
        SERVICES,
        '"""Orders."""\n\nHOST, PASSWORD = "db", "hunter2"\n',
    ),
    new(
        "DS055",
        "URL redis hunter2 redis 6",
        SERVICES,
        '"""Orders."""\n\nURL = "redis://:" + "hunter2" + "@redis:6379/0"\n',
    ),
    new(
        "DS055",
        "API_TOKEN hunter2 if URL else",
        SERVICES,
        '"""Orders."""\n\nURL = "redis://:%s@redis:6379/0" % "hunter2"\nAPI_TOKEN = "hunter2" if URL else ""\n',
    ),
    new(
        "DS055",
        "SIGNING_KEY SecretStr k3y for sign",
        SERVICES,
        '"""Orders."""\n\nfrom pydantic import SecretStr\n\nSIGNING_KEY = SecretStr("k3y-for-signing")\n',
    ),
    new(
        "DS055",
        "SIGNING_KEY os.environ.get SIGNING",
        SERVICES,
        '"""Orders."""\n\nimport os\n\nSIGNING_KEY = os.environ.get("SIGNING_KEY", "k3y-for-signing")\n',
    ),
    new(
        "DS055",
        "AWS AKIAIOSFODNN7ABCDEFG",
        SERVICES,
        '"""Orders."""\n\nAWS = "AKIAIOSFODNN7ABCDEFG"\n',
    ),
    new(
        "DS055",
        "x",
        SERVICES,
        '"""Orders."""\n\nKEY = """-----BEGIN RSA PRIVATE KEY-----\nabc\n"""\n',
    ),
    new(
        "DS055",
        "SALT Qw8vT2nXk5Lr9YbZc3Mf7HgJd1Ps",
        SERVICES,
        '"""Orders."""\n\nSALT = "Qw8vT2nXk5Lr9YbZc3Mf7HgJd1Ps6Rae"\n',
    ),
    new(
        "DS055",
        "client.login username a password hu",
        SERVICES,
        '"""Orders."""\n\nclient.login(username="a", password="hunter2")\n',
    ),
    new(
        "DS055",
        "HEADERS Authorization Bearer x",
        SERVICES,
        '"""Orders."""\n\nHEADERS = {"Authorization": "Bearer x", "X-Api-Key": "9f8a7b6c5d4e"}\n',
    ),
    new(
        "DS055",
        "credentials shop hunter2",
        SERVICES,
        '"""Orders."""\n\nclass Carrier:\n    """C."""\n\n    credentials = ("shop", "hunter2")\n',
    ),
    new(
        "DS015",
        "X getattr system environ A",
        SERVICES,
        '"""Orders."""\n\nimport os as system\n\nX = getattr(system, "environ")["A"]\n',
    ),
    new(
        "DS015",
        "X platform.environ A",
        SERVICES,
        '"""Orders."""\n\nimport os\n\nplatform = os\nX = platform.environ["A"]\n',
    ),
    new(
        "DS015",
        "X values A",
        SERVICES,
        '"""Orders."""\n\nfrom os import environ\n\nvalues = environ\nX = values["A"]\n',
    ),
    new(
        "DS015",
        "X importlib.import_module os .envi",
        SERVICES,
        '"""Orders."""\n\nimport importlib\n\nX = importlib.import_module("os").environ["A"]\n',
    ),
    new(
        "DS015",
        "X os.path.expandvars HOME",
        SERVICES,
        '"""Orders."""\n\nimport os\n\nX = os.path.expandvars("$HOME")\n',
    ),
    new(
        "DS015",
        "X os.environ A",
        SERVICES,
        '"""Orders."""\n\nfrom django.conf import os\n\nX = os.environ["A"]\n',
    ),
    new(
        "DS015",
        "X o.getenv A",
        SERVICES,
        '"""Orders."""\n\nfrom config.env import os as o\n\nX = o.getenv("A")\n',
    ),
    new(
        "DS015",
        "X vars os environ A",
        SERVICES,
        '"""Orders."""\n\nimport os\n\nX = vars(os)["environ"]["A"]\n',
    ),
    new(
        "DS015",
        "X os.__dict__ environ A",
        SERVICES,
        '"""Orders."""\n\nimport os\n\nX = os.__dict__["environ"]["A"]\n',
    ),
    new(
        "DS015",
        "X sys.modules os .environ A",
        SERVICES,
        '"""Orders."""\n\nimport sys\n\nX = sys.modules["os"].environ["A"]\n',
    ),
    new(
        "DS015",
        "limit int 1",
        SERVICES,
        '"""Orders."""\n\nfrom pydantic_settings import BaseSettings as Base\n\nclass Extra(Base):\n    """E."""\n\n    limit: int = 1\n',
    ),
    new(
        "DS015",
        "X read A",
        SERVICES,
        '"""Orders."""\n\nfrom os import getenv as look\n\nread = look\nX = read("A")\n',
    ),
    new(
        "DS015",
        "X Path proc self environ .read_tex",
        SERVICES,
        '"""Orders."""\n\nfrom pathlib import Path\n\nX = Path("/proc/self/environ").read_text("utf-8")\n',
    ),
]

# Close by, and right: nothing is found.
FINE_TRADE: Final = [
    new(
        "",
        "X runner.execute ship 1",
        SERVICES,
        '"""Orders."""\n\nX = runner.execute("ship", 1)\n',
    ),
    new(
        "",
        "X connection.in_atomic_block",
        SERVICES,
        '"""Orders."""\n\nfrom django.db import connection\n\nX = connection.in_atomic_block\n',
    ),
    new(
        "",
        "X Func F name Value a function R",
        SERVICES,
        '"""Orders."""\n\nfrom django.db.models import F, Func, Value\n\nX = Func(F("name"), Value("a"), function="REPLACE")\n',
    ),
    new(
        "",
        "X UniqueViolation",
        SERVICES,
        '"""Orders."""\n\nfrom psycopg.errors import UniqueViolation\n\nX = UniqueViolation\n',
    ),
    new(
        "",
        "FIELDS password new_password",
        SERVICES,
        '"""Orders."""\n\nTOKEN_URL = "/api/v1/auth/token/"\nFIELDS = ("password", "new_password")\n',
    ),
    new(
        "",
        "MESSAGES password The password",
        SERVICES,
        '"""Orders."""\n\nMESSAGES = {"password": "The password is wrong.", "token": "invalid_token"}\n',
    ),
    new(
        "",
        "OTHER f redis password redis 0",
        SERVICES,
        '"""Orders."""\n\nURL = "postgresql://app:PASSWORD@db:5432/app"\nOTHER = f"redis://:{password}@redis/0"\n',
    ),
    new(
        "",
        "THROTTLES token 10 hour passw",
        SERVICES,
        '"""Orders."""\n\nTHROTTLES = {"token": "10/hour", "password_reset": "5/minute"}\n',
    ),
    new(
        "",
        "X os.path.join a b os.cpu_count",
        SERVICES,
        '"""Orders."""\n\nimport os\n\nX = os.path.join("a", "b"), os.cpu_count()\n',
    ),
]

HIDDEN_SOURCE_BREAKS: Final[list["Break"]] = [*TRADE]
FINE_SOURCES: Final[list["Break"]] = [*FINE_TRADE]
