"""Operating the stack: secrets, starts and stops, backups, commands, builds."""

import fcntl
import hashlib
import json
import os
import re
import secrets
import shlex
import shutil
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.helpers.repository import ROOT
from tests.stack.conftest import free_port
from tests.stack.stack import FILE, assert_json, docker, psql

if TYPE_CHECKING:
    from pathlib import Path

    from tests.stack.stack import Stack

pytestmark = pytest.mark.docker
SERVICES = ("app", "migrate", "certificate", "nginx")
ROWS = "COPY (SELECT * FROM users_user ORDER BY id) TO STDOUT"
DATABASES = "SELECT datname FROM pg_database WHERE datname !~ '^(template|postgres)'"
CONNECT_AS_SUPERUSER = """
import os, psycopg
from urllib.parse import urlsplit
url = urlsplit(os.environ["DATABASE_URL"])
where = {"host": url.hostname, "port": url.port, "dbname": "postgres"}
for password in (url.password, ""):
    try:
        psycopg.connect(**where, user="postgres", password=password).close()
    except psycopg.OperationalError as error:
        print(error)
"""
SAVE = """
import os, django
django.setup()
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
default_storage.save("orders/one", ContentFile(b"kept"))
print(oct(os.stat(default_storage.path("orders/one")).st_mode))
"""
MIGRATION = """
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("users", "{before}")]
    operations = [migrations.RunSQL("{sql}")]
"""
# A database with a large object, a type and a view, all of a role that is gone after the dump.
FORMER = """set -e
pg_dump -Fc -U postgres "$PGDATABASE" > /tmp/before
psql -qU postgres -d template1 -c 'CREATE ROLE reader' -c 'CREATE ROLE former SUPERUSER' \
    -c 'CREATE DATABASE former TEMPLATE template0'
pg_restore -U postgres --no-owner --role=former -d former /tmp/before
psql -qXU postgres -o /dev/null -d former -c "SET ROLE former; SELECT lo_from_bytea(0, 'abc');
    CREATE TYPE mood AS ENUM ('calm'); CREATE VIEW feels AS SELECT 'calm'::mood;
    GRANT SELECT ON feels TO reader; REVOKE UPDATE ON users_session FROM former"
pg_dump -Fc -U postgres former
psql -qU postgres -d template1 -c 'DROP DATABASE former' -c 'DROP ROLE former'
"""
OWNERS = """SELECT DISTINCT pg_get_userbyid(it) FROM (
    SELECT relowner AS it, relnamespace AS place FROM pg_class
    UNION SELECT typowner, typnamespace FROM pg_type
    UNION SELECT proowner, pronamespace FROM pg_proc
    UNION SELECT lomowner, 'public'::regnamespace FROM pg_largeobject_metadata) AS all_of_them
    WHERE place = 'public'::regnamespace"""
RIGHTS = "SELECT has_table_privilege('reader', 'feels', 'SELECT')"
# Opens as many connections as the app's role gets, and keeps them for a while.
FLOOD = """
import os, time, psycopg
from django_strict_asgi.capacity import RESERVED_CONNECTIONS
held = []
try:
    while True:
        held.append(psycopg.connect(os.environ["DATABASE_URL"]))
except psycopg.OperationalError as error:
    print(" ".join(str(error).split()))
print(RESERVED_CONNECTIONS)
time.sleep(10)
"""


def test_one_command_prints_where_the_api_answers(stack: "Stack") -> None:
    """A second start changes nothing, and ends with healthy services as the first."""
    before = stack.compose("ps", "--all", "--quiet")
    said = stack.poe("stack")
    assert f"https://localhost:{stack.client.https_port}/\n" in said
    assert stack.client.get("/api/health/").status == 200
    running = {"app", "db", "nginx", "redis", "worker"}
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


def test_development_has_data_of_its_own(stack: "Stack") -> None:
    """Its command, as the file shows it, leads to none of the stack's volumes."""
    text = (stack.folder / "compose.development.yml").read_text()
    (shown,) = re.findall(r"^#   docker (.+) up --build$", text, re.MULTILINE)
    command = (*shown.split(), "config", "--format", "json")
    theirs = docker(*command, cwd=stack.folder, env=stack.variables())
    ours = stack.compose("config", "--format", "json")
    names = [
        {volume["name"] for volume in json.loads(it)["volumes"].values()}
        for it in (theirs, ours)
    ]
    assert all(names)
    assert not names[0] & names[1]


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
    # As the file says where umask is narrow, as it is for this stack.
    sources = [stack.folder / name for name in ("apps", "config", "manage.py")]
    subprocess.run(["chmod", "-R", "a+rX", *sources], check=True)
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
        for service in ("app", "db", "redis", "migrate"):
            ids = (*compose, "ps", "--all", "--quiet", service)
            container = docker(*ids, cwd=stack.folder, env=environment).strip()
            assert_json(docker("logs", container, check=False))
    finally:
        subprocess.run(["chmod", "-R", "go=", *sources], check=True)
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
    known = stack.secrets()
    role = stack.role
    password = known["POSTGRES_PASSWORD"]
    values = {
        "DJANGO_SECRET_KEY": known["DJANGO_SECRET_KEY"],
        "DATABASE_URL": f"postgresql://{role}:{password}@db:5432/{role}",
        "REDIS_URL": f"redis://:{known['REDIS_PASSWORD']}@redis:6379/0",
        "POSTGRES_PASSWORD": password,
    }
    for name, value in values.items():
        (folder / name).write_text(value)
        (folder / name).chmod(0o444)
    empty = tmp_path / "env"
    empty.write_text("".join(f"{name}=\n" for name in (*known, "EMAIL_HOST")))
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
    assert "new and empty" in stack.poe("stack", "--no-build")
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


def test_a_cut_backup_changes_nothing(stack: "Stack", tmp_path: "Path") -> None:
    """Wherever it was cut: it is read to its end before anything is touched."""
    fill = "CREATE TABLE ballast AS SELECT n, md5(n::text) FROM generate_series(1, 20000) n"
    stack.query(fill)
    try:
        stack.poe("stack-backup", str(tmp_path / "whole.dump"))
        whole = (tmp_path / "whole.dump").read_bytes()
        for length in (len(whole) * 6 // 10, len(whole) - 20):
            cut = tmp_path / "cut.dump"
            cut.write_bytes(whole[:length])
            said = stack.poe("stack-restore", "--replace", str(cut), check=False)
            assert "is no whole dump; nothing was changed" in said
            assert stack.query("SELECT count(*) FROM ballast").strip() == "20000"
            assert databases(stack) == [stack.role]
        assert stack.client.get("/api/health/").status == 200
    finally:
        stack.query("DROP TABLE ballast")


@pytest.mark.parametrize("moment", ["restored_", "replaced_"])
def test_a_killed_restore_leaves_one_whole_database(
    stack: "Stack", tmp_path: "Path", moment: str
) -> None:
    """Before the databases change places and after it; nothing of before is dropped."""
    backup = tmp_path / "before.dump"
    stack.poe("stack-backup", str(backup))
    old = stack.query(ROWS)
    stack.account()
    new = stack.query(ROWS)
    end_restore(stack, backup, moment, signal.SIGKILL)
    # The engine may still be stopping them: only then can they be started.
    stack.compose("stop", "app", "worker")
    stack.poe("stack", "--no-build")
    assert stack.client.get("/api/health/").status == 200
    assert stack.query(ROWS) == (new if moment == "restored_" else old)
    said = stack.poe("stack-restore", "--replace", str(backup), check=False)
    if moment == "replaced_":
        assert f"still here as replaced_{stack.role}" in said
        keep, drop = re.findall(r"`([^`]*docker .*?)`", said)
        stack.project.run("sh", "-c", keep, extra=stack.ports())
        stack.project.run("sh", "-c", drop.replace("exec", "exec -T"))
        kept = stack.folder / f"replaced_{stack.role}.dump"
        size = kept.stat().st_size
        # Once more, from the history of the shell, when nothing is there to be dumped.
        stack.project.run("sh", "-c", keep, extra=stack.ports(), check=False)
        assert kept.stat().st_size == size
        stack.poe("stack-restore", "--replace", str(kept))
        kept.unlink()
        assert stack.query(ROWS) == new
        stack.poe("stack-restore", "--replace", str(backup))
    assert stack.query(ROWS) == old
    assert databases(stack) == [stack.role]


def test_an_interrupted_restore_puts_the_database_of_before_back(
    stack: "Stack", tmp_path: "Path"
) -> None:
    """Who presses Ctrl-C may have named a wrong file, which is in place already."""
    backup = tmp_path / "before.dump"
    stack.poe("stack-backup", str(backup))
    stack.account()
    rows = stack.query(ROWS)
    assert end_restore(stack, backup, "replaced_", signal.SIGINT) == 130
    stack.wait_until_healthy()
    assert stack.query(ROWS) == rows
    assert databases(stack) == [stack.role]


def end_restore(
    stack: "Stack", backup: "Path", moment: str, how: signal.Signals
) -> int:
    """Restore a backup in the place of what is there, and end that before it is done.

    Args:
        stack: The stack.
        backup: The file.
        moment: How the name of a database begins that is there then.
        how: What all of its processes get.

    Returns:
        Exit code.
    """
    # Asked past Compose, which takes its time.
    ask = ("exec", stack.container("db"), *psql(stack.name), DATABASES)
    # Not through poe, whose child would survive it.
    program = stack.project.environment_folder / "bin" / "django-strict"
    restore = subprocess.Popen(
        [program, "stack", "restore", "--replace", backup],
        cwd=stack.folder,
        env=stack.variables(),
        start_new_session=True,
    )
    try:
        deadline = time.monotonic() + 60
        # While the databases change places, who asks is cut off as well.
        while moment not in docker(*ask, check=False):
            assert time.monotonic() < deadline, "the restore never came there"
        os.killpg(restore.pid, how)
        return restore.wait(120)
    finally:
        restore.kill()


def test_two_backups_of_one_name_write_two_files(
    stack: "Stack", tmp_path: "Path"
) -> None:
    """As a schedule and a person may start at once: neither spoils what the other wrote."""
    others = tmp_path / "one.dump.part"
    others.write_text("so far")
    assert "Wrote" in stack.poe("stack-backup", str(tmp_path / "one.dump"))
    assert others.read_text() == "so far"
    assert len([*tmp_path.iterdir()]) == 2


@pytest.mark.parametrize("backup", ["made", "refused"])
def test_rows_move_to_a_new_major_version_or_stay(stack: "Stack", backup: str) -> None:
    """As docs/operations.md says, pasted at once; its file of years ago may still lie there."""
    stack.account()
    rows = stack.query(ROWS)
    script = new_major_version(stack)
    target = re.findall(r"backups/\S+", script)[0]
    (stack.folder / target).unlink(missing_ok=True)
    created = (
        "volume",
        "inspect",
        "--format",
        "{{.CreatedAt}}",
        f"{stack.name}_database",
    )
    before = docker(*created)
    if backup == "refused":
        stack.poe("stack-backup", target)
        stack.query("UPDATE users_user SET full_name = 'Since then'")
        rows = stack.query(ROWS)
    try:
        # A shell may name another stack, which may be down: then nothing keeps its volume.
        shell = stack.ports() | {
            "COMPOSE_PROJECT_NAME": f"{stack.name}-other",
            "COMPOSE_FILE": "/another/docker-compose.yml",
        }
        stack.project.run("bash", "-c", script, check=False, extra=shell)
        assert stack.query(ROWS) == rows
        assert (docker(*created) == before) is (backup == "refused")
    finally:
        (stack.folder / target).unlink()
        stack.poe("stack", "--no-build")
    stack.wait_until_healthy()


def test_a_second_stack_has_data_and_images_of_its_own(
    stack: "Stack", tmp_path: "Path"
) -> None:
    """The first of that name may be down, and then nothing else keeps its volume.

    Nor does it run the other's code and migrations, whichever was built last.
    """
    folder = copy_of(stack, tmp_path)
    with (folder / FILE).open("a") as file:
        file.write(f"COMPOSE_PROJECT_NAME={stack.name}-2\n")
    removed = re.findall(r"docker volume rm (.+)", new_major_version(stack))[0]
    second = replace(stack.project, folder=folder)
    said = second.run("sh", "-c", f"echo {removed}", extra=stack.ports())
    assert said.strip() == f"{stack.name}-2_database"
    other = replace(stack, project=second)
    listed = ("--profile", "manage", "config", "--images")
    built = {it for it in stack.compose(*listed).split() if stack.name in it}
    assert built == {stack.image(kind) for kind in ("app", "manage", "nginx")}
    assert not built & {*other.compose(*listed).split()}


def new_major_version(stack: "Stack") -> str:
    """Read how docs/operations.md moves to one.

    Args:
        stack: The stack.

    Returns:
        Its commands.
    """
    page = (stack.folder / "docs" / "operations.md").read_text()
    begun = page.partition("## A new PostgreSQL major version")[2]
    lines = re.findall(r"^    (.+)$", begun.partition("\n## ")[0], re.M)
    return "\n".join(lines)


def test_data_lie_in_the_volume_whatever_the_image_prefers(stack: "Stack") -> None:
    """From 18 on, PostgreSQL's image has them elsewhere, and refuses this mount."""
    inspected = stack.inspect("db")
    mounts = {it["Name"]: it["Destination"] for it in inspected["Mounts"]}
    told = f"PGDATA={mounts[f'{stack.name}_database']}"
    compose = yaml.safe_load((stack.folder / "docker-compose.yml").read_text())
    assert compose["services"]["db"]["environment"]["PGDATA"] == told.split("=")[1]
    assert told in inspected["Config"]["Env"]


def test_a_second_restore_is_refused(stack: "Stack", tmp_path: "Path") -> None:
    """Two at once would restore into each other's database."""
    rows = stack.query(ROWS)
    backup = tmp_path / "one.dump"
    stack.poe("stack-backup", str(backup))
    said = while_another_works(stack, "stack-restore", "--replace", str(backup))
    assert "Another command starts, restores or stops this stack" in said
    assert stack.query(ROWS) == rows


@pytest.mark.parametrize("command", ["stack", "stack-down"])
def test_a_second_start_or_stop_is_refused(stack: "Stack", command: str) -> None:
    """Two starts at once replace each other's worker, and leave none."""
    before = stack.compose("ps", "--quiet")
    said = while_another_works(stack, command)
    assert "Another command starts, restores or stops this stack" in said
    assert stack.compose("ps", "--quiet") == before


def while_another_works(stack: "Stack", *arguments: str) -> str:
    """Run a task that is to be refused, while another command has the folder.

    Args:
        stack: The stack.
        *arguments: The task and its arguments.

    Returns:
        What it printed.
    """
    lock = os.open(stack.folder, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return stack.poe(*arguments, check=False)
    finally:
        os.close(lock)


def test_a_dump_of_an_older_version_comes_up_migrated(
    stack: "Stack", tmp_path: "Path"
) -> None:
    """Whatever migrations came since are applied before the app sees it."""
    backup = tmp_path / "old.dump"
    stack.poe("stack-manage", "migrate", "--noinput", "users", "0002")
    stack.poe("stack-backup", str(backup))
    stack.poe("stack-manage", "migrate")
    stack.poe("stack-restore", "--replace", str(backup))
    # The constraint of a migration that the dump has never seen.
    found = "SELECT conname FROM pg_constraint WHERE conname ~ 'email_mailable'"
    assert stack.query(found).strip() == "users_user_email_mailable"
    stack.poe("stack-manage", "migrate", "--check")


def test_a_dump_of_a_newer_release_is_told(stack: "Stack", tmp_path: "Path") -> None:
    """The app is healthy with it, whatever requests say of a column that is gone."""
    backup = tmp_path / "newer.dump"
    stack.query(
        "INSERT INTO django_migrations (app, name, applied) VALUES "
        "('users', '9000_newer', now()), ('gone', '0001_of_an_app', now())"
    )
    try:
        stack.poe("stack-backup", str(backup))
        said = stack.poe("stack-restore", "--replace", str(backup))
    finally:
        stack.query(
            "DELETE FROM django_migrations WHERE name = '9000_newer' OR app = 'gone'"
        )
    assert "this one does not have its migrations users.9000_newer:" in said


def test_rows_that_come_while_an_empty_database_is_filled_stay(
    stack: "Stack", tmp_path: "Path"
) -> None:
    """Somebody starts the app with Docker alone, and did not say --replace."""
    backup, name = tmp_path / "one.dump", stack.role
    stack.poe("stack-backup", str(backup))
    at = ("psql", "--username=postgres", "--dbname=postgres", "--command")
    superuser = ("exec", stack.container("db"), *at)
    stack.compose("stop", "app", "worker")
    docker(*superuser, f'ALTER DATABASE "{name}" RENAME TO kept')
    docker(*superuser, f'CREATE DATABASE "{name}" OWNER "{name}"')
    try:
        with ThreadPoolExecutor(1) as pool:
            said = pool.submit(stack.poe, "stack-restore", str(backup), check=False)
            while f"restored_{name}" not in databases(stack):
                assert not said.done(), said.result()
            stack.query("CREATE TABLE meanwhile AS SELECT 'a sign-up' AS row")
        assert "The database is not empty." in said.result()
        assert stack.query("SELECT row FROM meanwhile").strip() == "a sign-up"
        assert databases(stack) == ["kept", name]
    finally:
        docker(*superuser, f'DROP DATABASE "{name}" WITH (FORCE)')
        docker(*superuser, f'ALTER DATABASE kept RENAME TO "{name}"')
        stack.compose("start", "app", "worker")
    stack.wait_until_healthy()


def test_a_dump_that_does_not_fit_leaves_the_database(
    stack: "Stack", tmp_path: "Path"
) -> None:
    """It is whole, and its migrations are not those of this project."""
    rows = stack.query(ROWS)
    backup = tmp_path / "foreign.dump"
    stack.query("UPDATE django_migrations SET app = 'another' WHERE app = 'users'")
    try:
        stack.poe("stack-backup", str(backup))
    finally:
        stack.query("UPDATE django_migrations SET app = 'users' WHERE app = 'another'")
    assert "failed" in stack.poe("stack-restore", "--replace", str(backup), check=False)
    assert stack.query(ROWS) == rows
    assert databases(stack) == [stack.role]
    assert stack.client.get("/api/health/").status == 200


def test_a_dump_of_an_empty_database_replaces_nothing(
    stack: "Stack", tmp_path: "Path"
) -> None:
    """It is whole, and would be migrated to a project without any rows."""
    rows = stack.query(ROWS)
    backup = tmp_path / "empty.dump"
    dump = "pg_dump --format=custom --username=postgres template1"
    stack.project.run(
        "sh", "-c", f"docker exec {stack.container('db')} {dump} > {backup}"
    )
    said = stack.poe("stack-restore", "--replace", str(backup), check=False)
    assert "no backup of this project" in said
    assert stack.query(ROWS) == rows
    assert databases(stack) == [stack.role]


def test_an_image_that_sorts_text_in_another_way_is_told(stack: "Stack") -> None:
    """With what puts the indexes in order; PostgreSQL says it in its log alone."""
    as_superuser(stack, "UPDATE pg_database SET datcollversion = '1.0'")
    said = stack.poe("stack", "--no-build")
    helps = re.search(r"`exec db (psql .* VERSION')`", said)
    assert helps
    stack.compose("exec", "-T", "db", *shlex.split(helps[1]))
    assert "sorts text" not in stack.poe("stack", "--no-build")


def as_superuser(stack: "Stack", statement: str) -> None:
    """Run SQL in ``template1`` as who may change the catalogue.

    Args:
        stack: The stack.
        statement: SQL.
    """
    call = ("psql", "-U", "postgres", "-d", "template1", "-c", statement)
    stack.compose("exec", "-T", "db", *call)


@pytest.mark.parametrize("variable", ["DATABASE_URL", "DATABASE_DIRECT_URL"])
def test_no_database_is_taken_for_the_one_of_the_app(
    stack: "Stack", tmp_path: "Path", variable: str
) -> None:
    """A copy of the other one would be found out when it is needed, or replace that."""
    backup = tmp_path / "one.dump"
    stack.poe("stack-backup", str(backup))
    override = stack.folder / "docker-compose.override.yml"
    elsewhere = {variable: "postgresql://app:x@elsewhere:5432/app"}
    override.write_text(json.dumps({"services": {"app": {"environment": elsewhere}}}))
    try:
        for command in (["stack-backup"], ["stack-restore", "--replace", str(backup)]):
            said = stack.poe(*command, check=False)
            assert "The app uses the database app of elsewhere" in said
    finally:
        override.unlink()


def dump_of_another_role(stack: "Stack", backup: "Path") -> None:
    """Write what a stack would whose role has another name.

    Args:
        stack: The stack whose rows are in it.
        backup: The file.
    """
    shell = f"docker exec {stack.container('db')} bash -c {shlex.quote(FORMER)}"
    stack.project.run("sh", "-c", f"{shell} > {backup}")


def test_a_dump_of_another_role_belongs_to_the_one_of_the_app(
    stack: "Stack", tmp_path: "Path"
) -> None:
    """Whatever it holds; rights of others stay, and no role is left that was not there."""
    rows = stack.query(ROWS)
    backup = tmp_path / "former.dump"
    dump_of_another_role(stack, backup)
    try:
        stack.poe("stack-restore", "--replace", str(backup))
        assert stack.query(ROWS) == rows
        assert stack.query(OWNERS).split() == [stack.role]
        assert stack.query(RIGHTS).strip() == "t"
        roles = stack.query("SELECT rolname FROM pg_roles WHERE rolname !~ '^pg_'")
        assert sorted(roles.split()) == sorted(["postgres", "reader", stack.role])
    finally:
        stack.query("DROP VIEW IF EXISTS feels; DROP TYPE IF EXISTS mood")
        drop = ("psql", "-U", "postgres", "-c", "DROP ROLE reader")
        stack.compose("exec", "-T", "db", *drop)


def test_a_role_that_a_dump_gives_rights_to_is_named(
    stack: "Stack", tmp_path: "Path"
) -> None:
    """Whether it may read here is not for a dump to decide; the command makes it."""
    rows = stack.query(ROWS)
    backup = tmp_path / "former.dump"
    dump_of_another_role(stack, backup)
    psql = ("exec", "-T", "db", "psql", "-U", "postgres", "-c")
    stack.compose(*psql, "DROP ROLE reader")
    said = stack.poe("stack-restore", "--replace", str(backup), check=False)
    assert 'names the role "reader", which this server does not have' in said
    assert stack.query(ROWS) == rows
    assert databases(stack) == [stack.role]
    assert stack.query("SELECT rolname FROM pg_roles WHERE rolname = 'former'") == ""
    (make,) = re.findall("`(docker .*?)`", said)
    stack.project.run("sh", "-c", make.replace("exec", "exec -T"))
    stack.compose(*psql, "DROP ROLE reader")


@pytest.mark.parametrize("name", ["-", "missing/"])
def test_a_backup_goes_into_a_file(stack: "Stack", name: str) -> None:
    """Not to standard output, nor into a file where somebody meant a folder."""
    before = sorted(stack.folder.iterdir())
    for command in ("stack-backup", "stack-restore"):
        assert "must be a file" in stack.poe(command, name, check=False)
    assert sorted(stack.folder.iterdir()) == before


def test_a_backup_says_where_it_is(stack: "Stack") -> None:
    """A relative name begins in the project's folder, not where the command was typed."""
    backup = stack.folder / "here.dump"
    try:
        assert f"Wrote {backup} (" in stack.poe("stack-backup", backup.name)
    finally:
        backup.unlink()


def test_data_under_another_name_are_named_and_kept(stack: "Stack") -> None:
    """Of a stack that serves and of one that was down, there and back."""
    account = stack.account()
    files = [
        stack.folder / name for name in ("config/project.toml", "docker-compose.yml")
    ]
    kept = [path.read_text() for path in files]
    before, new = stack.compose("ps", "--quiet"), f"{stack.role}_new"
    try:
        for path, text in zip(files, kept, strict=True):
            path.write_text(text.replace(stack.role, new))
        said = stack.poe("stack", check=False)
        assert f"in the database {stack.role} of the role {stack.role}, and" in said
        assert f"poe update --data database_name={stack.role} --data data" in said
        assert said.splitlines()[-1] in stack.poe("stack-backup", check=False)
        assert stack.compose("ps", "--quiet") == before
        assert stack.client.get("/api/health/").status == 200
        rename(stack, said)
        stack.poe("stack", "--no-build")
        assert stack.me(account).json()["email"] == account.email
    finally:
        for path, text in zip(files, kept, strict=True):
            path.write_text(text)
    stack.poe("stack-down")
    said = stack.poe("stack", "--no-build", check=False)
    assert f"in the database {new} of the role {new}, and" in said
    assert "POSTGRES_PASSWORD" not in said
    rename(stack, said)
    stack.poe("stack", "--no-build")
    assert stack.me(account).json()["email"] == account.email


def rename(stack: "Stack", said: str) -> None:
    """Rename the database and its role, as the stack says.

    Args:
        stack: The stack.
        said: What it said.
    """
    (command,) = re.findall("`(docker [^`]* exec db [^`]*)`", said)
    command = command.replace(" exec ", " exec -T ")
    stack.project.run("sh", "-c", command, extra=stack.ports())


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        # Redis would have the new password already, and cut off the app that runs.
        (
            f"REDIS_PASSWORD={'password' * 4}",
            "REDIS_URL holds no password, or a short or well-known one",
        ),
        # The kernel would kill workers at the first logins.
        ("APP_MEMORY=128m", "and the container has 128 MiB"),
    ],
)
def test_what_the_app_refuses_replaces_nothing(
    stack: "Stack", line: str, sentence: str
) -> None:
    """It is asked before anything of the stack that runs is touched."""
    path = stack.folder / FILE
    kept = path.read_text()
    before = stack.compose("ps", "--quiet")
    path.write_text(f"{kept}\n{line}\n")
    try:
        said = stack.poe("stack", "--no-build", check=False)
    finally:
        path.write_text(kept)
    assert sentence in said
    assert "Nothing was replaced" in said
    assert "Redis refuses" not in said
    assert stack.compose("ps", "--quiet") == before
    assert stack.client.get("/api/health/").status == 200


@pytest.mark.parametrize("state", ["running", "down"])
def test_a_migration_that_fails_says_that_those_before_it_stay(
    stack: "Stack", state: str
) -> None:
    """Who takes the release back has their tables, and no longer all of them may fit."""
    last = max((stack.folder / "apps/users/migrations").glob("0*.py")).stem
    mounts = []
    for name, before, sql in (
        ("9001_good", last, "CREATE TABLE good ()"),
        ("9002_bad", "9001_good", "SELECT 1/0"),
    ):
        path = stack.folder / f"{name}.py"
        path.write_text(MIGRATION.format(before=before, sql=sql))
        path.chmod(0o644)
        mounts.append(f"./{path.name}:/app/apps/users/migrations/{path.name}:ro")
    # Compose reads it by itself.
    override = stack.folder / "compose.override.yml"
    override.write_text(json.dumps({"services": {"migrate": {"volumes": mounts}}}))
    app = stack.container("app")
    try:
        if state == "down":
            stack.poe("stack-down")
        said = stack.poe("stack", "--no-build", check=False)
        assert "those before it are applied, and stay" in said
        assert "division by zero" in said
        if state == "running":
            assert "The old release serves on" in said
            assert stack.container("app") == app
        assert stack.query("SELECT count(*) FROM good").strip() == "0"
    finally:
        for path in (override, *stack.folder.glob("900*.py")):
            path.unlink()
        stack.query("DROP TABLE good; DELETE FROM django_migrations WHERE name ~ '^9'")
        stack.poe("stack", "--no-build")


def test_the_role_of_the_app_is_no_superuser(stack: "Stack") -> None:
    """It runs no program and reads no file of the server; its database is its own."""
    statement = "COPY (SELECT 1) TO PROGRAM 'cat'"
    refused = stack.compose(
        "exec", "-T", "db", *psql(stack.name), statement, check=False
    )
    assert "permission denied to COPY to or from an external program" in refused
    owners = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = '{}'"
    assert stack.query(owners.format(stack.role)).strip() == stack.role
    assert stack.query(owners.format("postgres")).strip() == "postgres"


def test_nobody_is_superuser_over_the_network(stack: "Stack") -> None:
    """Neither with the password of the app's role nor without one."""
    said = stack.python("app", CONNECT_AS_SUPERUSER)
    assert said.count("connection failed") == 2


def test_ten_connections_are_kept_for_superusers(stack: "Stack") -> None:
    """As many as the workers leave: who looks for what is wrong comes in."""
    count = (
        "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"
    )
    superuser = ("exec", "-T", "db", "psql", "-U", "postgres", "-tAc", count)
    with ThreadPoolExecutor(1) as pool:
        said = pool.submit(stack.python, "app", FLOOD)
        held = 0
        while not said.done():
            held = max(held, int(stack.compose(*superuser)))
        refused, reserved = said.result().splitlines()
    assert "reserved" in refused
    # The one that counted is none of them.
    assert 80 < held - 1 <= 100 - int(reserved)


def test_a_password_that_is_not_the_databases_is_named(stack: "Stack") -> None:
    """The sentence says what to do, and doing so is a rotation."""
    path = stack.folder / FILE
    kept = path.read_text()
    changed = secrets.token_urlsafe(32)
    path.write_text(kept.replace(stack.secrets()["POSTGRES_PASSWORD"], changed))
    said = stack.poe("stack", "--no-build", check=False)
    assert "PostgreSQL refuses the POSTGRES_PASSWORD of .env.stack" in said
    assert "Traceback" not in said
    command = re.findall(r"`docker compose --env-file .env.stack (exec .*?)`", said)
    stack.compose(*command[0].replace("exec", "exec -T").split())
    stack.poe("stack", "--no-build")
    assert stack.client.get("/api/health/").status == 200


def test_redis_keeps_nothing_over_a_restart(stack: "Stack") -> None:
    """What it knows may be lost, and what ended since must not come back."""
    stack.compose("exec", "-T", "redis", "redis-cli", "set", "ended", "yes")
    stack.compose("restart", "redis")
    stack.wait_until_healthy()
    assert stack.compose("exec", "-T", "redis", "redis-cli", "get", "ended") == "\n"


def test_a_snapshot_that_fails_ends_no_write(stack: "Stack") -> None:
    """Redis refuses all of them after one, where it takes snapshots by itself."""
    redis = stack.container("redis")
    docker("exec", "--user", "0", redis, "chmod", "555", "/data")
    try:
        stack.compose("exec", "-T", "redis", "redis-cli", "bgsave")
        asked = time.monotonic()
        while "bgsave_status:err" not in stack.compose(
            "exec", "-T", "redis", "redis-cli", "info", "persistence"
        ):
            assert time.monotonic() - asked < 30, "no snapshot has failed"
            time.sleep(0.1)
        written = stack.compose("exec", "-T", "redis", "redis-cli", "set", "a", "b")
        assert written == "OK\n"
    finally:
        stack.compose("restart", "redis")
        stack.wait_until_healthy()


def test_data_of_an_earlier_version_work_and_can_be_moved(
    stack: "Stack", tmp_path: "Path"
) -> None:
    """There, the app's role was the superuser; a backup and a restore change that."""
    before = tmp_path / "before.yml"
    role = f"POSTGRES_USER: {stack.role}"
    before.write_text(f"services: {{db: {{environment: {{{role}}}}}}}\n")
    files = ("-f", "docker-compose.yml", "-f", str(before))
    is_superuser = "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"
    stack.poe("stack-down", "--volumes")
    stack.compose(*files, "up", "--detach", "--wait", "db")
    stack.poe("stack", "--no-build")
    assert stack.query(is_superuser).strip() == "t"
    account = stack.account()
    stack.python("app", SAVE)
    stack.poe("stack-backup", str(tmp_path / "old.dump"))
    stack.poe("stack-restore", "--replace", str(tmp_path / "old.dump"))
    notes = " ".join((ROOT / "CHANGELOG.md").read_text().split())
    form = r"`([^`]* && uv run poe stack-restore FILE && uv run poe stack)`"
    (move,) = re.findall(form, notes)
    move = move.replace("PROJECT_database", f"{stack.name}_database")

    def run(file: str, *, check: bool) -> None:
        """Run what the changelog says, with a file of this test's own."""
        command = move.replace("backup FILE", f"backup {tmp_path / file}")
        command = command.replace("restore FILE", f"restore {tmp_path / file}")
        command += " --no-build"
        stack.project.run("sh", "-c", command, extra=stack.ports(), check=check)

    run("old.dump", check=False)  # which is there already
    assert stack.query(is_superuser).strip() == "t"
    run("new.dump", check=True)
    assert stack.query(is_superuser).strip() == "f"
    assert stack.me(account).json()["email"] == account.email
    read = "print(open('/app/media/orders/one').read())"
    assert stack.python("app", read) == "kept\n"


def test_rows_that_another_server_left_behind_are_named(stack: "Stack") -> None:
    """As after `poe update --data database_host=...`: that server may be empty."""
    rows = stack.query(ROWS)
    password, name = stack.secrets()["POSTGRES_PASSWORD"], f"{stack.name}-other"
    other = stack.folder / "docker-compose.override.yml"
    needs = "depends_on: !override {redis: {condition: service_healthy}}"
    services = "".join(f"  {it}: {{{needs}}}\n" for it in ("migrate", "app", "worker"))
    variables = {"USER": stack.role, "DB": stack.role, "PASSWORD": password}
    given = [f"--env=POSTGRES_{key}={value}" for key, value in variables.items()]
    place = (f"--network={stack.name}_back", "--network-alias=db")
    stack.compose("stop", "db")
    try:
        docker("run", "--detach", f"--name={name}", *place, *given, "postgres:16.11")
        other.write_text(f"services:\n  db: !reset null\n{services}")
        said = stack.poe("stack", "--no-build")
    finally:
        other.unlink(missing_ok=True)
        docker("rm", "--force", "--volumes", name)
        again = stack.poe("stack", "--no-build")
    left = f"The volume {stack.name}_database has a database"
    assert (left in said, left in again) == (True, False)
    stack.wait_until_healthy()
    assert stack.query(ROWS) == rows


def test_data_and_certificate_survive_a_restart(stack: "Stack") -> None:
    """A start with the volumes of an earlier one finds everything as it was."""
    account = stack.account()
    read = ("run", "--rm", "-T", "--entrypoint", "cat", "certificate")
    certificate = stack.compose(*read, "/certificates/fullchain.pem")
    stack.poe("stack-down")
    assert stack.compose("ps", "--all", "--quiet") == ""
    assert "new and empty" not in stack.poe("stack", "--no-build")
    assert stack.me(account).json()["email"] == account.email
    assert stack.compose(*read, "/certificates/fullchain.pem") == certificate


def test_variables_of_another_project_change_nothing(stack: "Stack") -> None:
    """Neither what steers Compose nor secrets; anything else is named."""
    before = stack.compose("ps", "--all", "--quiet")
    foreign = {
        "COMPOSE_FILE": "compose.development.yml",
        "COMPOSE_PROJECT_NAME": "another",
        "COMPOSE_PROFILES": "manage",
        "COMPOSE_ENV_FILES": "/nowhere",
        "POSTGRES_PASSWORD": "another",
        "DJANGO_SECRET_KEY": "another",
        "EMAIL_HOST": "another",
        "DJANGO_SETTINGS_MODULE": "another.settings",
        "PYTHONSAFEPATH": "1",
    }
    command = ("uv", "run", "--quiet", "poe", "stack", "--no-build")
    said = stack.project.run(*command, extra=stack.ports() | foreign)
    running = {stack.container(service) for service in ("app", "db", "nginx", "redis")}
    assert running <= set(before.split())
    assert "From your shell, before .env.stack: HTTPS_PORT, HTTP_PORT, NGINX_I" in said
    down = ("uv", "run", "--quiet", "poe", "stack-down", "--help")
    assert "--volumes" in stack.project.run(*down, extra=foreign)


def test_a_variable_that_nobody_reads_is_named(stack: "Stack") -> None:
    """A misspelt one, or one that docker-compose.yml makes itself."""
    file = stack.folder / FILE
    before = file.read_text()
    file.write_text(
        f"{before}# MAIL_PORT=1\nCOMPOSE_PARALLEL_LIMIT=2\nDATABASE_URL=x\nMAX_BODY_MB=9\n"
        "OTEL_RESOURCE_ATTRIBUTES=a=b\nOF_MY_OWN=1\nabcDEF123==\n"
    )
    own = stack.folder / "docker-compose.override.yml"
    own.write_text(
        "services:\n app:\n  environment:\n   OF_MY_OWN: $OF_MY_OWN\n"
        "   OTEL_RESOURCE_ATTRIBUTES:\n"
    )
    try:
        said = stack.poe("stack-logs", "--tail=0")
    finally:
        file.write_text(before)
        own.unlink()
    assert "Nobody reads DATABASE_URL, MAX_BODY_MB of .env.stack" in said
    assert "Nobody reads" not in stack.poe("stack-logs", "--tail=0")


def test_a_stack_of_another_folder_is_left_alone(
    stack: "Stack", tmp_path: "Path"
) -> None:
    """Two projects of one name, on one machine: whose it is, and what helps."""
    other = replace(
        stack, project=replace(stack.project, folder=copy_of(stack, tmp_path))
    )
    for command in (("stack",), ("stack-down", "--volumes"), ("stack-logs",)):
        said = other.poe(*command, check=False)
        assert f"There is a stack {stack.name} already, in {stack.folder}" in said
        assert f"COMPOSE_PROJECT_NAME={stack.name}-2" in said
    assert stack.client.get("/api/health/").status == 200
    file = other.folder / FILE
    file.write_text(f"{file.read_text()}COMPOSE_PROJECT_NAME={stack.name}-2\n")
    assert "already" not in other.poe("stack-down", "--volumes")


def test_data_of_another_folder_are_not_deleted(
    stack: "Stack", tmp_path: "Path"
) -> None:
    """They are there while nothing runs, too."""
    account = stack.account()
    stack.poe("stack-down")
    other = replace(
        stack, project=replace(stack.project, folder=copy_of(stack, tmp_path))
    )
    file = other.folder / FILE
    lines = [it for it in file.read_text().splitlines() if "COMPOSE" not in it]
    file.write_text("\n".join(lines))
    for command in (("stack",), ("stack-down", "--volumes")):
        said = other.poe(*command, check=False)
        assert f"already, in the volumes {stack.name}_certificates" in said
    stack.poe("stack", "--no-build")
    assert stack.me(account).json()["email"] == account.email


def test_another_name_for_the_stack_of_a_folder_is_refused(stack: "Stack") -> None:
    """Its database would be an empty one, and the rows would seem to be lost."""
    path = stack.folder / FILE
    kept = path.read_text()
    lines = [it for it in kept.splitlines() if "COMPOSE_PROJECT_NAME" not in it]
    path.write_text("\n".join([*lines, f"COMPOSE_PROJECT_NAME={stack.name}-new", ""]))
    try:
        for command in ("stack", "stack-down"):
            said = stack.poe(command, check=False)
            assert f"is called {stack.name}, and not {stack.name}-new" in said
    finally:
        path.write_text(kept)
    assert stack.client.get("/api/health/").status == 200


def test_another_name_is_refused_where_somebody_came_by_a_link(
    stack: "Stack", tmp_path: "Path"
) -> None:
    """Compose notes the link, which is another path to the same folder."""
    link, name = tmp_path / "link", f"{stack.name}-former"
    link.symlink_to(stack.folder)
    command = ("compose", "--project-name", name, "--env-file", FILE)
    environment = {**stack.variables(), "PWD": str(link)}
    try:
        docker(*command, "create", "redis", cwd=link, env=environment)
        said = stack.poe("stack-logs", check=False)
    finally:
        docker(*command, "down", cwd=link, env=environment)
    assert f"is called {name}, and not {stack.name}" in said


def test_a_clone_where_the_folder_was_leaves_its_stack_alone(
    stack: "Stack", tmp_path: "Path"
) -> None:
    """Nothing but the secrets says that the containers are the moved folder's."""
    moved = stack.folder.with_name("moved")
    stack.folder.rename(moved)
    try:
        ignored = shutil.ignore_patterns(".git", ".venv", ".embedded", FILE)
        shutil.copytree(moved, stack.folder, ignore=ignored)
        stack.poe("stack-env")
        for command in (("stack",), ("stack-down", "--volumes"), ("stack-backup",)):
            said = stack.poe(*command, check=False)
            assert f"There is a stack {stack.name} already, with other secrets" in said
        assert stack.client.get("/api/health/").status == 200
        # A first start with Docker alone leaves no more than this.
        lines = (moved / FILE).read_text().splitlines()
        mine = "\n".join(it for it in lines if "COMPOSE" not in it)
        (stack.folder / FILE).write_text(mine)
        stack.poe("stack-backup", str(tmp_path / "a.dump"))
    finally:
        shutil.rmtree(stack.folder)
        moved.rename(stack.folder)


def test_a_stack_of_another_machine_is_left_alone(
    stack: "Stack", tmp_path: "Path"
) -> None:
    """`DOCKER_HOST` leads there, and has its name: no folder of it is here."""
    folder = copy_of(stack, tmp_path)
    other = replace(stack, project=replace(stack.project, folder=folder))
    text = (folder / FILE).read_text()
    for name in ("DJANGO_SECRET_KEY", "POSTGRES_PASSWORD", "REDIS_PASSWORD"):
        text = text.replace(stack.secrets()[name], secrets.token_urlsafe(50))
    (folder / FILE).write_text(text)
    away = stack.folder.with_name("away")
    stack.folder.rename(away)
    try:
        for command in (("stack",), ("stack-down", "--volumes"), ("stack-backup",)):
            said = other.poe(*command, check=False)
            assert "does DOCKER_HOST or `docker context` lead to another" in said
    finally:
        away.rename(stack.folder)
    assert stack.client.get("/api/health/").status == 200


def databases(stack: "Stack") -> list[str]:
    """List the databases that are not PostgreSQL's own.

    Args:
        stack: The stack.

    Returns:
        Their names.
    """
    return sorted(stack.query(DATABASES).split())


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


def test_a_task_reaches_the_files_of_uploads(stack: "Stack") -> None:
    """Else the file of a row that a task deletes would stay for good, without a word."""
    assert stack.python("app", SAVE) == "0o100600\n"
    delete = (
        SAVE.partition("default_storage.save")[0]
        + "default_storage.delete('orders/one')"
    )
    stack.python("worker", delete)
    exists = "import os; print(os.path.exists('/app/media/orders/one'))"
    assert stack.python("app", exists) == "False\n"


def test_uploads_come_back_and_no_copy_replaces_an_older_one(
    stack: "Stack", tmp_path: "Path"
) -> None:
    """As docs/operations.md keeps and restores them; nobody else reads them."""
    read = "print(open('/app/media/orders/one').read())"
    assert stack.python("app", SAVE) == "0o100600\n"
    page = (stack.folder / "docs" / "operations.md").read_text()
    keep, back = re.findall(r"^    (.* --entrypoint tar .*)$", page, re.M)
    (unset,) = re.findall(r"^    (unset .*)\n    to=", page, re.M)

    def run(command: str) -> None:
        """Run a documented command with archives of this test's own."""
        mine = unset + "\n" + command.replace("backups", str(tmp_path))
        another = {"COMPOSE_PROJECT_NAME": f"{stack.name}-other"}
        stack.project.run("sh", "-c", mine, extra=stack.ports() | another)

    run(keep)
    stack.python("app", "import os; os.remove('/app/media/orders/one')")
    time.sleep(1)  # so that the second has another name
    run(keep)
    first, _ = sorted(tmp_path.glob("media-*.tar"))
    assert first.stat().st_mode & 0o777 == 0o600
    stack.compose("up", "--detach", "--wait", "--force-recreate", "app")
    run(back.replace("media-TIME.tar", first.name))
    stack.wait_until_healthy()
    assert stack.python("app", read) == "kept\n"
    # A copy that broke off on its way to another machine would cut what is there.
    copy = first.read_bytes()
    first.write_bytes(copy[: copy.index(b"kept") + 2])
    with pytest.raises(AssertionError, match="ended with"):
        run(back.replace("media-TIME.tar", first.name))
    assert stack.python("app", read) == "kept\n"
