"""Breaking the rules about the project's other files."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from tests.rules.breaks import DOUBT, LATER, REPAIR, edit, gone, new, own_table

if TYPE_CHECKING:
    from tests.rules.breaks import Break

PROJECT: Final = "pyproject.toml"
STRICT: Final = "ruff.strict.toml"
DOCKERFILE: Final = "Dockerfile"
COMPOSE: Final = "docker-compose.yml"

LAYOUT: Final = [
    gone("DS010", "pagination", "apps/core/pagination.py"),
    gone("DS010", "wsgi", "config/wsgi.py"),
    gone("DS010", "nginx", "nginx/nginx.conf"),
    gone("DS011", "a layer of an existing app", "apps/users/permissions.py"),
    gone("DS011", "the factories", "apps/users/tests/factories.py"),
    new("DS011", "an app of one file", "apps/orders/views.py", '"""Orders."""\n'),
    new("DS017", "a loose module", "apps/helpers.py", '"""Helpers."""\n'),
    new("DS017", "an implicit package", "apps/users/tools/a.py", '"""A tool."""\n'),
    new("DS039", "no test left", "apps/users/tests/test_services.py", '"""Tests."""\n'),
    gone("DS039", "no file left", "apps/users/tests/test_selectors.py"),
]

GATE: Final = [
    edit(
        "DS007", "a package of the stack", PROJECT, '    "django-redis>=7.0.0",', "    "
    ),
    edit("DS007", "another Python", PROJECT, '">=3.12,<3.13"', '">=3.13"'),
    edit("DS045", "typed by hand", PROJECT, '"django-redis>=7.0.0"', '"django-redis"'),
    edit(
        "DS045",
        "a dev dependency",
        PROJECT,
        '    "factory-boy>=3.3.3"',
        '    "factory-boy"',
    ),
    edit("DS046", "the line length", PROJECT, "line-length = 88", "line-length = 120"),
    edit(
        "DS046",
        "a family less",
        PROJECT,
        '    "S",    # flake8-bandit (security)\n',
        "",
    ),
    edit(
        "DS046",
        "an ignore more",
        PROJECT,
        '    "S101",   #',
        '    "S102",\n    "S101",   #',
    ),
    edit("DS046", "no quotes", PROJECT, "quote-annotations = true\n", ""),
    edit(
        "DS046",
        "a file less",
        PROJECT,
        '"__init__.py" = ["F401"]',
        '"apps/*" = ["F401"]',
    ),
    edit("DS047", "a family less", STRICT, '    "ANN",   # every', "    # every"),
    edit("DS047", "an ignore more", STRICT, '    "TRY003",', '    "TRY003", "D100",'),
    edit("DS047", "another base", STRICT, 'extend = "pyproject.toml"\n', ""),
    edit(
        "DS047", "a folder less", STRICT, "[lint]\n", 'exclude = ["apps"]\n\n[lint]\n'
    ),
    edit(
        "DS047",
        "a file less",
        STRICT,
        "[lint.per-file-ignores]\n",
        '[lint.per-file-ignores]\n"apps/orders/*" = ["ANN"]\n',
    ),
    edit("DS048", "the floor", PROJECT, "--cov-fail-under=80", "--cov-fail-under=60"),
    edit("DS048", "markers", PROJECT, '    "--strict-markers",\n', ""),
    edit("DS048", "another package", PROJECT, '"--cov=apps"', '"--cov=apps/core"'),
    edit("DS049", "mypy", PROJECT, "strict = true\nfiles", "strict = false\nfiles"),
    edit(
        "DS049",
        "an app without types",
        PROJECT,
        "[tool.django-stubs]",
        '[[tool.mypy.overrides]]\nmodule = ["apps.*"]\nignore_errors = true\n\n'
        "[tool.django-stubs]",
    ),
    own_table(
        "pydoclint",
        "short-docstrings = false",
        "short-docstrings = true",
    ),
    own_table(
        "a contract",
        'name = "Apps never import the configuration"',
        'name = "Apps may import the configuration"',
    ),
    edit(
        "DS049",
        "coverage",
        PROJECT,
        'omit = ["*/tests/*", ',
        'omit = ["apps/users/*", ',
    ),
]


def choice(rule: str, shape: str, name: str, text: str) -> "Break":
    """Add an entry to ``[tool.strict]``."""
    block = f"[tool.strict.{name}]\n{text}\n\n[tool.ruff]\n"
    return edit(rule, shape, PROJECT, "[tool.ruff]\n", block)


SOON: Final = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
CHOICES: Final = [
    choice("DS113", "an unknown name", "page-sizes", 'value = 10\nreason = "Small."'),
    choice("DS113", "no reason", "page-size", "value = 10"),
    choice("DS113", "no value", "page-size", 'reason = "Small screens."'),
    choice(
        "DS113", "an unknown key", "page-size", 'value = 10\nreason = "S."\nwho = "I"'
    ),
    choice("DS113", "another form", "page-size", 'value = "10"\nreason = "Small."'),
    choice("DS114", "a bigger page", "page-size", 'value = 50\nreason = "Big."'),
    choice(
        "DS114",
        "a higher rate",
        "throttle-rates",
        'value = { anon = "2/second", user = "1000/hour" }\nreason = "Busy."',
    ),
    choice(
        "DS114",
        "yesterday",
        "coverage-omit",
        'value = ["apps/a/*"]\nreason = "Old."\nuntil = 2020-01-01',
    ),
    choice(
        "DS114",
        "far ahead",
        "coverage-omit",
        'value = ["apps/a/*"]\nreason = "Old."\nuntil = 2099-01-01',
    ),
    choice(
        "DS115",
        "nothing left out",
        "coverage-omit",
        f'value = ["apps/a/*"]\nreason = "Old."\nuntil = {SOON}',
    ),
    choice(
        "DS115",
        "a code that is not ignored",
        "ruff-ignores",
        f'value = {{ "apps/a/*" = ["C901"] }}\nreason = "Old."\nuntil = {SOON}',
    ),
]

FILES: Final = [
    edit("DS001", "the Dockerfile", DOCKERFILE, "# --- base", f"# {LATER}\n# --- base"),
    new("DS001", "a template", "apps/users/templates/users/a.txt", f"{REPAIR}\n"),
    edit("DS001", "nginx", "nginx/nginx.conf", "http {", f"# {DOUBT}\nhttp {{"),
    edit("DS056", "not ignored by git", ".gitignore", "\n.env\n", "\n"),
    edit("DS056", "not ignored by Docker", ".dockerignore", "\n.env\n", "\n"),
    edit("DS056", "let through again", ".gitignore", "\n.env\n", "\n.env\n!.env\n"),
    edit(
        "DS067",
        "the image",
        DOCKERFILE,
        "\nENV PATH=",
        "\nENV DJANGO_ALLOW_ASYNC_UNSAFE=1\nENV PATH=",
    ),
    new("DS067", "the example", ".env.example", "DJANGO_ALLOW_ASYNC_UNSAFE=true\n"),
    edit("DS098", "bytecode", ".gitignore", "*.pyc\n", ""),
    edit("DS098", "logs", ".gitignore", "*.log\n", ""),
    edit("DS099", "git", ".dockerignore", ".git\n", ""),
    edit("DS099", "tests", ".dockerignore", "\ntests/\n", "\n"),
]

CONTAINERS: Final = [
    edit(
        "DS090",
        "another runtime",
        DOCKERFILE,
        "FROM ${RUNTIME_IMAGE}",
        "FROM debian:12",
    ),
    edit(
        "DS090",
        "another argument",
        DOCKERFILE,
        "FROM python:3.12.12-slim-",
        "FROM python:3.13-",
    ),
    edit(
        "DS091",
        "no uv",
        DOCKERFILE,
        "FROM ghcr.io/astral-sh/uv",
        "FROM example/uv",
    ),
    edit(
        "DS091",
        "dev packages",
        DOCKERFILE,
        "uv sync --frozen --no-dev",
        "uv sync --frozen",
    ),
    edit(
        "DS092",
        "no format",
        DOCKERFILE,
        "ruff format --check --no-cache .",
        "ruff format .",
    ),
    edit(
        "DS092",
        "fixing",
        DOCKERFILE,
        "ruff check --no-fix --no-cache",
        "ruff check --fix",
    ),
    edit(
        "DS092",
        "not awaited",
        DOCKERFILE,
        "COPY --from=gate /source /app",
        "COPY . /app",
    ),
    edit(
        "DS092",
        "never failing",
        DOCKERFILE,
        "ruff format --check --no-cache .",
        "ruff format --check --no-cache . || true",
    ),
    edit(
        "DS093",
        "not collected",
        DOCKERFILE,
        "manage.py collectstatic --noinput",
        "manage.py check",
    ),
    edit(
        "DS094",
        "another path",
        DOCKERFILE,
        "# for each thread: 150 MB in a worker.\n"
        "ENV PATH=/app/.venv/bin:/usr/local/bin:/usr/bin:/bin \\\n"
        "    DJANGO_ENVIRONMENT=production \\\n"
        "    DJANGO_SETTINGS_MODULE=config.settings \\\n"
        "    PYTHONUNBUFFERED=1 \\\n"
        "    MALLOC_MMAP_THRESHOLD_=1048576\nUSER 65532:65532\nEXPOSE",
        "ENV PATH=/usr/bin\nUSER 65532:65532\nEXPOSE",
    ),
    edit("DS101", "root", DOCKERFILE, "USER 65532:65532\nEXPOSE", "USER root\nEXPOSE"),
    edit(
        "DS095",
        "the shell form",
        DOCKERFILE,
        'ENTRYPOINT ["/app/.venv/bin/gunicorn", "config.asgi:application", "-c", '
        '"/app/config/gunicorn.conf.py"]',
        "ENTRYPOINT gunicorn config.asgi:application -c /app/config/gunicorn.conf.py",
    ),
    edit(
        "DS095",
        "wsgi",
        DOCKERFILE,
        '"config.asgi:application", "-c"',
        '"config.wsgi:application", "-c"',
    ),
    edit("DS095", "a CMD", DOCKERFILE, 'CMD ["help"]', "CMD help"),
    edit(
        "DS100", "a shell", DOCKERFILE, 'CMD ["/usr/local/bin/python3.12"', 'CMD true "'
    ),
    edit("DS100", "none", DOCKERFILE, "HEALTHCHECK --interval", "LABEL --interval"),
    edit("DS096", "another PostgreSQL", COMPOSE, "postgres:16.11", "postgres:latest"),
    edit("DS096", "another Redis", COMPOSE, "redis:7.2.7-alpine", "redis:8"),
    edit("DS096", "no migrations", COMPOSE, "\n  migrate:\n", "\n  migrations:\n"),
    edit("DS096", "no proxy", COMPOSE, "\n  nginx:\n", "\n  proxy:\n"),
    edit("DS097", "no commands", COMPOSE, "\n  manage:\n", "\n  shell:\n"),
]

REPOSITORY_BREAKS: Final[list["Break"]] = [
    *LAYOUT,
    *GATE,
    *CHOICES,
    *FILES,
    *CONTAINERS,
]
