"""Operating the stack: secrets, starts and stops, backups, commands, builds."""

import hashlib
import json
import re
import shutil
import subprocess
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.stack.conftest import free_port
from tests.stack.stack import FILE, docker

if TYPE_CHECKING:
    from pathlib import Path

    from tests.stack.stack import Stack

pytestmark = pytest.mark.docker
SERVICES = ("app", "migrate", "certificate", "nginx")
ROWS = "COPY (SELECT * FROM users_user ORDER BY id) TO STDOUT"


def test_one_command_prints_where_the_api_answers(stack: "Stack") -> None:
    """A second start changes nothing, and ends with healthy services as the first."""
    before = stack.compose("ps", "--all", "--quiet")
    said = stack.poe("stack")
    assert f"https://localhost:{stack.client.https_port}/\n" in said
    assert stack.client.get("/api/health/").status == 200
    running = {"app", "db", "nginx", "redis"}
    kept = {stack.container(service) for service in running}
    assert kept <= set(before.split())


def test_the_environment_file_is_private_and_never_overwritten(stack: "Stack") -> None:
    """It is written once, for its owner alone, and git does not see it."""
    path = stack.folder / FILE
    before = path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600
    assert "left as it is" in stack.poe("stack-env")
    assert path.read_bytes() == before
    assert stack.project.changes() == ""
    assert all(len(value) >= 40 for value in stack.secrets().values())


def test_an_incomplete_environment_file_is_named(
    stack: "Stack", tmp_path: "Path"
) -> None:
    """The sentence says which lines it lacks."""
    path = stack.folder / FILE
    kept = path.read_text()
    try:
        path.write_text(kept.replace("REDIS_PASSWORD=", "REDIS_PASSWORT="))
        assert "does not name REDIS_PASSWORD." in stack.poe("stack-env", check=False)
    finally:
        path.write_text(kept)


@pytest.mark.parametrize(
    "name", ["DJANGO_SECRET_KEY", "POSTGRES_PASSWORD", "EMAIL_HOST"]
)
def test_a_missing_secret_stops_docker_compose(
    stack: "Stack", tmp_path: "Path", name: str
) -> None:
    """With a sentence that says which command writes it."""
    lines = (stack.folder / FILE).read_text().splitlines()
    incomplete = tmp_path / "env"
    incomplete.write_text("\n".join(it for it in lines if not it.startswith(name)))
    said = docker(
        "compose",
        "--env-file",
        str(incomplete),
        "--dry-run",
        "up",
        "--detach",
        check=False,
        cwd=stack.folder,
        env=stack.variables(),
    )
    assert f"required variable {name} is missing a value" in said
    assert "uv run poe stack-env" in said


@pytest.mark.parametrize("files", [(), ("compose.development.yml",)], ids=len)
def test_the_compose_files_have_no_warning(
    stack: "Stack", files: tuple[str, ...]
) -> None:
    """Compose has nothing to say about either of them."""
    chosen = [part for name in ("docker-compose.yml", *files) for part in ("-f", name)]
    arguments = ("--profile", "*", "config", "--quiet")
    assert stack.compose(*(chosen if files else ()), *arguments, check=False) == ""


def test_development_is_not_read_by_accident(stack: "Stack") -> None:
    """A production start publishes nothing but nginx, and mounts no source."""
    config = json.loads(stack.compose("config", "--format", "json"))
    with_ports = {name for name, it in config["services"].items() if it.get("ports")}
    assert with_ports == {"nginx"}
    mounts = [
        mount
        for service in config["services"].values()
        for mount in service.get("volumes", [])
    ]
    assert {mount["type"] for mount in mounts} == {"volume"}


def test_development_reloads_the_mounted_sources(stack: "Stack") -> None:
    """The override serves the sources of this folder, and a change shows at once."""
    name = f"{stack.name}-dev"
    names = ("APP_PORT", "DATABASE_PORT", "REDIS_PORT")
    ports = {variable: str(free_port()) for variable in names}
    environment = stack.variables() | ports
    files = ("-f", "docker-compose.yml", "-f", "compose.development.yml")
    compose = ("compose", "--project-name", name, "--env-file", FILE, *files)
    module = stack.folder / "apps" / "core" / "healthcheck.py"
    before = module.read_text()
    client = replace(stack.client, http_port=int(ports["APP_PORT"]))
    up = ("up", "--build", "--detach", "--wait", "app", "db", "redis")
    try:
        docker(*compose, *up, cwd=stack.folder, env=environment)
        assert client.plain("/api/health/").json()["status"] == "healthy"
        assert client.plain("/api/health/live/").json() == {"status": "alive"}
        assert '"alive"' in before
        module.write_text(before.replace('"alive"', '"awake"'))
        deadline = time.monotonic() + 20
        while client.plain("/api/health/live/").json() != {"status": "awake"}:
            assert time.monotonic() < deadline, "the change was not seen"
            time.sleep(0.2)
    finally:
        module.write_text(before)
        down = ("down", "--volumes", "--remove-orphans")
        docker(*compose, *down, check=False, cwd=stack.folder, env=environment)
        docker("image", "rm", "-f", f"{stack.name}-development:latest", check=False)


def test_migrations_and_commands_have_a_service(stack: "Stack") -> None:
    """Options reach the command, and so does its exit code."""
    assert "No planned migration operations." in stack.poe(
        "stack-manage", "migrate", "--plan"
    )
    said = stack.poe("stack-manage", "nonsense", check=False)
    assert "Unknown command: 'nonsense'" in said
    assert "--deploy" in stack.poe("stack-manage", "check", "--help")


def test_the_logs_can_be_read(stack: "Stack") -> None:
    """Of a single service, and as many lines as asked for."""
    said = stack.poe("stack-logs", "--tail", "50", "migrate")
    assert "No migrations to apply." in said or "Applying users.0001_initial" in said


def test_secrets_can_come_from_files(stack: "Stack", tmp_path: "Path") -> None:
    """As the page on deployment shows it: nothing secret in the environment."""
    page = (stack.folder / "docs" / "deployment.md").read_text()
    override = re.findall(
        r"```yaml\n(# compose\.secrets\.yml\n.*?)```", page, re.DOTALL
    )
    folder = stack.folder / "secrets"
    folder.mkdir()
    (stack.folder / "compose.secrets.yml").write_text(override[0])
    secrets = stack.secrets()
    role = stack.name.replace("-", "_")
    password = secrets["POSTGRES_PASSWORD"]
    values = {
        "DJANGO_SECRET_KEY": secrets["DJANGO_SECRET_KEY"],
        "DATABASE_URL": f"postgresql://{role}:{password}@db:5432/{role}",
        "REDIS_URL": f"redis://:{secrets['REDIS_PASSWORD']}@redis:6379/0",
        "POSTGRES_PASSWORD": password,
    }
    for name, value in values.items():
        (folder / name).write_text(value)
        (folder / name).chmod(0o444)
    empty = tmp_path / "env"
    empty.write_text("".join(f"{name}=\n" for name in (*secrets, "EMAIL_HOST")))
    environment = stack.variables() | {"EMAIL_HOST": "smtp.example.com"}
    files = ("-f", "docker-compose.yml", "-f", "compose.secrets.yml")
    code = (
        "import os; from django.conf import settings as it; "
        "print(it.DATABASES['default']['HOST'], sorted(os.environ.values()))"
    )
    run = ("run", "--rm", "-T", "manage", "shell", "--command", code)
    try:
        said = docker(
            "compose",
            "--env-file",
            str(empty),
            *files,
            *run,
            cwd=stack.folder,
            env=environment,
        )
    finally:
        shutil.rmtree(folder)
        (stack.folder / "compose.secrets.yml").unlink()
    assert "db [" in said
    assert "smtp.example.com" in said
    assert not [value for value in values.values() if value in said]


def look_at_certificates(stack: "Stack", folder: "Path") -> str:
    """Start the one-shot that looks after certificates with a folder of the operator's.

    Args:
        stack: Its images are used.
        folder: The folder.

    Returns:
        What it said.
    """
    folder.chmod(0o777)
    variable = ("--env", f"TLS_CERTIFICATES={folder}")
    volume = ("--volume", f"{folder}:/certificates")
    run = ("run", "--rm", "--user", "101:101", "--entrypoint", "self-signed")
    image = (stack.image("manage"), "/certificates", "example.com")
    return docker(*run, *variable, *volume, *image, check=False)


def test_a_mounted_certificate_is_used(stack: "Stack", tmp_path: "Path") -> None:
    """It is left alone, and half of a pair is refused."""
    (tmp_path / "fullchain.pem").write_text("mine")
    assert "must hold both" in look_at_certificates(stack, tmp_path)
    (tmp_path / "privkey.pem").write_text("mine")
    assert look_at_certificates(stack, tmp_path) == ""
    assert (tmp_path / "fullchain.pem").read_text() == "mine"


def test_a_mounted_link_that_leads_nowhere_is_named(
    stack: "Stack", tmp_path: "Path"
) -> None:
    """What certbot keeps in `live/` is no certificate inside a container."""
    for name in ("fullchain.pem", "privkey.pem"):
        (tmp_path / name).symlink_to(f"../../archive/example.com/{name}")
    said = look_at_certificates(stack, tmp_path)
    assert "cannot be reached inside the container" in said
    assert "docs/deployment.md" in said
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_symlink()) == [
        "fullchain.pem",
        "privkey.pem",
    ]


def test_a_mounted_folder_is_never_written_to(stack: "Stack", tmp_path: "Path") -> None:
    """Not even an empty one, and not when it could be."""
    assert "must hold both" in look_at_certificates(stack, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_mounted_file_that_nginx_may_not_read_is_named(
    stack: "Stack", tmp_path: "Path"
) -> None:
    """In a sentence, not as a failing nginx."""
    for name in ("fullchain.pem", "privkey.pem"):
        (tmp_path / name).write_text("mine")
    (tmp_path / "privkey.pem").chmod(0o600)
    assert "User 101 may not read privkey.pem." in look_at_certificates(stack, tmp_path)


def test_no_secret_is_in_an_image(stack: "Stack", tmp_path: "Path") -> None:
    """Neither in a layer nor in the history; nor a line of the developer's .env."""
    hidden = {*stack.secrets().values(), f"{stack.name}-leak"}
    for kind in ("app", "manage", "nginx"):
        path = tmp_path / f"{kind}.tar"
        docker("image", "save", "--output", str(path), stack.image(kind))
        content = path.read_bytes()
        path.unlink()
        assert b"gunicorn" in content or kind == "nginx"
        assert not [value for value in hidden if value.encode() in content]
    history = docker("history", "--no-trunc", stack.image("app"))
    assert "throw-away" not in history


def test_a_private_index_leaves_no_trace(stack: "Stack", tmp_path: "Path") -> None:
    """The build secret that names it is used by uv, and stays out of the image."""
    folder = copy_of(stack, tmp_path)
    # Another lock file than the cached one, so that uv runs again.
    lock = folder / "uv.lock"
    lock.write_text(lock.read_text() + "\n# again\n")
    secret = tmp_path / "uv.toml"
    token = hashlib.sha256(stack.name.encode()).hexdigest()
    secret.write_text(f'this-is-no-setting = "{token}"\n')
    arguments = ("--secret", f"id=uv,src={secret}", "--target", "builder", str(folder))
    said = docker("build", "--progress", "plain", *arguments, check=False)
    assert "this-is-no-setting" in said
    secret.write_text(f"# {token}\n")
    tag = f"{stack.name}-secret:latest"
    try:
        docker("build", "--tag", tag, *arguments[:2], str(folder))
        path = tmp_path / "image.tar"
        docker("image", "save", "--output", str(path), tag)
        assert token.encode() not in path.read_bytes()
        assert token not in docker("history", "--no-trunc", tag)
    finally:
        docker("image", "rm", "--force", tag, check=False)


@pytest.mark.parametrize(
    ("line", "finding"),
    [
        ("\nimport os\n", "F401"),
        ("\nnumbers = [1,2]\n", "would be reformatted"),
        ("\n\ndef undocumented() -> None: print(1)\n", "T201"),
    ],
    ids=["the specified rules", "the format", "the strict rules"],
)
def test_a_finding_makes_the_build_fail(
    stack: "Stack", tmp_path: "Path", line: str, finding: str
) -> None:
    """Whatever is built, also a stage before the last, and nothing is fixed."""
    folder = copy_of(stack, tmp_path)
    module = folder / "apps" / "core" / "apps.py"
    changed = module.read_text() + line
    module.write_text(changed)
    for target in ("runtime", "builder"):
        done = subprocess.run(
            ["docker", "build", "--progress", "plain", "--target", target, str(folder)],
            check=False,
            capture_output=True,
            text=True,
        )
        assert done.returncode != 0
        assert finding in done.stderr
    assert module.read_text() == changed


def test_a_backup_brings_the_rows_back(stack: "Stack") -> None:
    """Dump, delete everything, start again, restore: the same rows, and they work."""
    account = stack.account()
    rows = stack.query(ROWS)
    said = stack.poe("stack-backup", "backups/test.dump")
    backup = stack.folder / "backups" / "test.dump"
    assert "Wrote" in said
    assert backup.stat().st_mode & 0o777 == 0o600
    assert backup.read_bytes().startswith(b"PGDMP")
    assert "exists already" in stack.poe("stack-backup", str(backup), check=False)
    stack.poe("stack-down", "--volumes")
    stack.poe("stack", "--no-build")
    assert stack.query(ROWS) == ""
    assert stack.me(account).status == 401
    refused = stack.poe("stack-restore", str(backup), check=False)
    assert "not empty" in refused
    assert stack.query(ROWS) == ""
    restored = stack.poe("stack-restore", "--replace", str(backup))
    assert re.search(r"Restored \d+ tables", restored)
    assert stack.query(ROWS) == rows
    stack.wait_until_healthy()
    assert stack.me(account).json()["email"] == account.email
    assert stack.project.changes() == ""


def test_a_broken_backup_changes_nothing(stack: "Stack", tmp_path: "Path") -> None:
    """It is read before anything is deleted."""
    rows = stack.query(ROWS)
    broken = tmp_path / "broken.dump"
    broken.write_bytes(b"PGDMP and then nothing of use")
    said = stack.poe("stack-restore", "--replace", str(broken), check=False)
    assert "failed" in said
    assert stack.query(ROWS) == rows
    assert stack.client.get("/api/health/").status == 200


def test_data_and_certificate_survive_a_restart(stack: "Stack") -> None:
    """A start with the volumes of an earlier one finds everything as it was."""
    account = stack.account()
    read = ("run", "--rm", "-T", "--entrypoint", "cat", "certificate")
    certificate = stack.compose(*read, "/certificates/fullchain.pem")
    stack.poe("stack-down")
    assert stack.compose("ps", "--all", "--quiet") == ""
    stack.poe("stack", "--no-build")
    assert stack.me(account).json()["email"] == account.email
    assert stack.compose(*read, "/certificates/fullchain.pem") == certificate


def copy_of(stack: "Stack", folder: "Path") -> "Path":
    """Copy what an image is built from.

    Args:
        stack: The stack.
        folder: Where to put it.

    Returns:
        The copy.
    """
    ignored = shutil.ignore_patterns(".git", ".venv", ".embedded", "backups")
    return shutil.copytree(stack.folder, folder / "copy", ignore=ignored)
