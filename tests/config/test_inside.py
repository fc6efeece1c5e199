"""The configuration, judged inside a rendered project."""

import re
import secrets
import shutil
from typing import TYPE_CHECKING

from tests.helpers.repository import ROOT, TEMPLATE, git

if TYPE_CHECKING:
    from tests.helpers.project import Project

MOST_LINES = 200


def test_everything_inside_passes(own: "Project") -> None:
    """Variables, addresses, settings and log lines."""
    target = own.folder / "tests" / "config"
    shutil.copytree(ROOT / "tests" / "config" / "inside", target)
    output = own.run("uv", "run", "pytest", "--no-cov", "tests/config")
    shutil.rmtree(target)
    assert " passed" in output
    assert " skipped" not in output


def test_first_environment_file_lets_the_project_start(own: "Project") -> None:
    """Development servers stand in for addresses, and no secret is printed."""
    example = (own.folder / ".env.example").read_text()
    key = secrets.token_urlsafe(64)
    dotenv = own.folder / ".env"
    dotenv.write_text(example.replace("SECRET_KEY=", f"SECRET_KEY={key}"))
    output = own.run("uv", "run", "poe", "env")
    dotenv.unlink()
    assert "The project can start" in output
    assert "(development server, started when it is needed)" in output
    assert "(set, not shown)" in output
    assert key not in output


def test_report_names_everything_that_is_wrong(own: "Project") -> None:
    """With its cure, and with the values of what is right."""
    wrong = {"EMAIL_PORT": "70000", "DJANGO_ADMIN_PATH": "staff/"}
    output = own.run("uv", "run", "poe", "env", check=False, extra=wrong)
    for name in ("DJANGO_SECRET_KEY", "DATABASE_URL", "EMAIL_HOST", "EMAIL_PORT"):
        assert f"problem: {name} " in output
    assert "set it to 587" in output
    assert re.search("DJANGO_ADMIN_PATH +staff/\n", output)


def test_report_shows_several_hosts(own: "Project") -> None:
    """Of PostgreSQL and of sentinels, and neither password."""
    password = secrets.token_hex(16)
    several = {
        "DATABASE_URL": f"postgresql://app:{password}@one:1,two:2/app",
        "REDIS_URL": f"redis+sentinel://:{password}@one:3,two:4/main/0",
    }
    output = own.run("uv", "run", "poe", "env", check=False, extra=several)
    assert re.search("DATABASE_URL +postgresql://app@one:1,two:2/app\n", output)
    assert re.search(r"REDIS_URL +redis\+sentinel://@?one:3,two:4/main/0", output)
    assert password not in output


def test_variable_without_its_line_in_the_example_fails_the_gate(
    own: "Project",
) -> None:
    """A variable is declared once; two files follow the declaration."""
    module = own.folder / "config" / "env.py"
    text = module.read_text()
    heading = "    # --- Logging.\n"
    field = '    shop_limit: int = 3\n    """Orders a day."""\n'
    module.write_text(text.replace(heading, heading + field))
    step = ("uv", "run", "poe", "check", "--only", "generated files")
    write = ("uv", "run", "django-strict", "env-files", "--write")
    compose = own.folder / "docker-compose.yml"
    before = compose.read_text()
    try:
        judged = own.run(*step, check=False)
        compose.write_text(before.replace("x-django: &django", "x-app: &django"))
        by_hand = own.run(*write, check=False)
        compose.write_text(before)
        own.run(*write)
        assert "1 steps passed" in own.run(*step)
        example = (own.folder / ".env.example").read_text()
        after = compose.read_text()
    finally:
        git(own.folder, "checkout", "--quiet", ".")
    for name in (".env.example", "docker-compose.yml"):
        assert f"{name} differs" in judged
    assert "does not hand" not in judged
    assert "add `  SHOP_LIMIT: ${SHOP_LIMIT:-}` where" in by_hand
    assert "# Orders a day.\n#SHOP_LIMIT=3\n" in example
    last = "  PASSWORD_RESET_URL: ${PASSWORD_RESET_URL:-}\n"
    line = "  SHOP_LIMIT: ${SHOP_LIMIT:-}\n"
    assert after == before.replace(last, last + line)


def test_settings_stay_readable() -> None:
    """One screenful per subject: all else is in the modules beside them."""
    lines = (TEMPLATE / "config" / "settings.py").read_text().splitlines()
    assert len(lines) < MOST_LINES
