"""What can be said about the stack's files without an engine."""

import json
import os
import re
import shutil
import subprocess
from typing import TYPE_CHECKING, Any, Final

import pytest
import yaml

from tests.helpers.rendering import render

if TYPE_CHECKING:
    from pathlib import Path

DOCKERIGNORE: Final = [
    ".git",
    ".gitignore",
    ".venv",
    "venv",
    ".env",
    "*.md",
    "*.log",
    ".pytest_cache",
    ".ruff_cache",
    ".mypy_cache",
    "__pycache__",
    "*.pyc",
    ".idea",
    ".vscode",
    "docker-compose*.yml",
    ".dockerignore",
    "Dockerfile",
    "tests/",
    "docs/",
    "*.sqlite3",
]
OWN_ERRORS: Final = {400, 403, 404, 405, 408, 413, 414, 429, 431, 500, 503}
IMAGES: Final = {
    "bookworm": (
        "python:3.12.12-slim-bookworm",
        "gcr.io/distroless/python3-debian12:nonroot",
    ),
    "trixie": (
        "python:3.12.12-slim-trixie",
        "gcr.io/distroless/python3-debian13:nonroot",
    ),
}
# What would tie the files to one machine.
FOREIGN: Final = ("--network", "network: host", "build.network", "@sha256", "# syntax")


def test_the_dockerignore_lists_what_is_specified(rendered: "Path") -> None:
    """And more than that."""
    lines = (rendered / ".dockerignore").read_text().splitlines()
    assert set(DOCKERIGNORE) <= set(lines)


@pytest.mark.parametrize("name", [".gitignore", ".dockerignore"])
def test_a_dump_reaches_neither_git_nor_an_image(rendered: "Path", name: str) -> None:
    """Wherever somebody has `stack-backup` write it."""
    assert "*.dump" in (rendered / name).read_text().splitlines()


@pytest.mark.parametrize("release", sorted(IMAGES))
def test_the_images_follow_the_debian_release(
    clone: "Path", tmp_path: "Path", release: str
) -> None:
    """Builder and runtime have the same C library."""
    folder = render(clone, {"debian_release": release}, tmp_path / "project")
    text = (folder / "Dockerfile").read_text()
    builder, runtime = IMAGES[release]
    assert f"FROM {builder} AS published-python\n" in text
    assert f"FROM {runtime} AS published-runtime\n" in text
    assert "FROM ghcr.io/astral-sh/uv:latest AS published-uv\n" in text
    assert "FROM nginx:stable-alpine AS published-nginx\n" in text


def test_the_files_fit_any_machine(rendered: "Path") -> None:
    """Nothing in them is written for the place where they are tested."""
    for name in ("Dockerfile", "docker-compose.yml", "compose.development.yml"):
        text = (rendered / name).read_text()
        assert not [word for word in FOREIGN if word in text]


def test_the_runtime_needs_no_shell(rendered: "Path") -> None:
    """Each instruction of that stage that runs something is in exec form."""
    stages = (rendered / "Dockerfile").read_text().split("\nFROM ")
    runtime = stages[-1]
    assert runtime.startswith("${RUNTIME_IMAGE} AS runtime")
    assert "\nRUN " not in runtime
    assert re.findall(r"^(?:\s*CMD|ENTRYPOINT) (.)", runtime, re.MULTILINE) == [
        "[",
        "[",
    ]


def test_every_installation_can_use_a_private_index(rendered: "Path") -> None:
    """Each call of uv in the build sees the two secrets, if there are any."""
    text = (rendered / "Dockerfile").read_text()
    calls = [step for step in re.split(r"\n(?=[A-Z]+ )", text) if "uv sync" in step]
    assert len(calls) == 3
    assert all("type=secret,id=uv" in step for step in calls)
    assert all("type=secret,id=ca" in step for step in calls)


def test_the_services_are_the_specified_ones(rendered: "Path") -> None:
    """With the images that the specification pins."""
    services = compose_file(rendered)["services"]
    assert {"app", "db", "redis", "nginx", "migrate", "manage"} <= set(services)
    assert services["db"]["image"] == "${POSTGRES_IMAGE:-postgres:16.11}"
    assert services["redis"]["image"] == "${REDIS_IMAGE:-redis:7.2.7-alpine}"


def test_logs_are_rotated_and_services_restarted(rendered: "Path") -> None:
    """All services rotate logs; those that stay are restarted."""
    services = compose_file(rendered)["services"]
    for name, service in services.items():
        assert service["logging"]["options"] == {"max-size": "10m", "max-file": "3"}
        if name in {"app", "db", "nginx", "redis", "worker"}:
            assert service["restart"] == "unless-stopped"


def test_external_servers_take_the_place_of_containers(
    clone: "Path", tmp_path: "Path"
) -> None:
    """Who answers with hosts of their own gets neither containers nor volumes."""
    answers = {"database_host": "pg.example.com", "redis_host": "cache.example.com"}
    folder = render(clone, answers, tmp_path / "project")
    content = compose_file(folder)
    assert not {"db", "redis"} & set(content["services"])
    assert set(content["volumes"]) == {"certificates", "media", "site"}
    url = content["services"]["app"]["environment"]["DATABASE_URL"]
    assert "@pg.example.com:5432/" in url
    assert set(content["services"]["app"]["depends_on"]) == {"migrate"}
    development = (folder / "compose.development.yml").read_text()
    assert not re.search(r"^  (db|redis):", development, re.MULTILINE)


def test_every_setting_can_be_set_in_the_stack(rendered: "Path") -> None:
    """The containers' environment names all that the project reads."""
    example = (rendered / ".env.example").read_text()
    names = set(re.findall(r"^#?([A-Z_]+)=", example, re.MULTILINE))
    environment = compose_file(rendered)["services"]["app"]["environment"]
    # Debugging is refused there, and sessions share the server of the cache.
    assert names - set(environment) == {"DJANGO_DEBUG", "REDIS_SESSION_URL"}


def test_every_own_error_of_nginx_has_the_envelope(rendered: "Path") -> None:
    """Each status that nginx produces by itself is mapped to valid JSON."""
    folder = rendered / "nginx" / "include"
    pages = (folder / "error-pages.conf").read_text()
    bodies = dict(
        re.findall(
            r"^    (\d{3}) '(\{.*\})';$", (folder / "errors.conf").read_text(), re.M
        )
    )
    for status in OWN_ERRORS - {500}:
        content = json.loads(bodies[str(status)])
        assert content["type"] == ("server_error" if status >= 500 else "client_error")
        assert set(content["errors"][0]) == {"code", "detail", "attr"}
    handled = {int(number) for number in re.findall(r"\b[45]\d\d\b", pages)}
    assert OWN_ERRORS | {494, 495, 496, 497, 502, 504} <= handled
    for body in re.findall(r"return 50\d '(.*)';", pages):
        assert set(json.loads(body)) == {"type", "errors"}


def test_nginx_enforces_the_specified_limits(rendered: "Path") -> None:
    """Those of the header are gunicorn's; that of the body is Django's."""
    limits = (rendered / "nginx" / "include" / "limits.conf").read_text()
    assert "large_client_header_buffers 4 8190;" in limits
    assert "max_headers 100;" in limits
    settings = (rendered / "config" / "settings.py").read_text()
    assert "DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024" in settings


def test_one_number_bounds_bodies_in_nginx_and_the_app(rendered: "Path") -> None:
    """The app's own default is the one that nginx is given."""
    template = rendered / "nginx" / "templates" / "public.conf.template"
    assert "client_max_body_size ${MAX_BODY_MIB}m;" in template.read_text()
    services = compose_file(rendered)["services"]
    assert services["app"]["environment"]["MAX_BODY_MIB"] == "${MAX_BODY_MIB:-}"
    (default,) = re.findall(
        r"^#MAX_BODY_MIB=(\d+)$", (rendered / ".env.example").read_text(), re.M
    )
    given = services["site"]["environment"]["MAX_BODY_MIB"]
    assert given == f"${{MAX_BODY_MIB:-{default}}}"


@pytest.mark.parametrize("task", ["up", "env", "logs", "down", "backup", "restore"])
def test_every_command_explains_itself(rendered: "Path", task: str) -> None:
    """With --help, and without an engine."""
    done = subprocess.run(
        # -B: compiled code would lie in a project that others only read.
        ["python3", "-B", "-m", "django_strict.stack.command", task, "--help"],
        cwd=rendered,
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout.startswith("usage: ")


@pytest.mark.parametrize("number", ["0", "-1", "two"])
def test_a_number_of_replicas_that_is_none_is_refused(
    rendered: "Path", number: str
) -> None:
    """Before anything is written or built."""
    command = ("django_strict.stack.command", "up", f"--scale={number}")
    done = subprocess.run(
        ["python3", "-B", "-m", *command],
        cwd=rendered,
        check=False,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, "must be 1 or more" in done.stderr) == (2, True)
    assert not (rendered / ".env.stack").exists()


@pytest.mark.parametrize("release", ["", "../1.2.3", "-1.2.3", "1.2.3 4", "1" * 129])
def test_a_release_that_no_image_can_be_is_refused(
    rendered: "Path", release: str
) -> None:
    """Before anything is written or pulled."""
    command = ("django_strict.stack.command", "up", f"--release={release}")
    done = subprocess.run(
        ["python3", "-B", "-m", *command],
        cwd=rendered,
        check=False,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, "must be the tag of an image" in done.stderr) == (2, True)
    assert not (rendered / ".env.stack").exists()


@pytest.mark.parametrize("words", [("down", "--v"), ("restore", "one.dump", "--r")])
def test_what_deletes_data_is_written_out(
    rendered: "Path", words: tuple[str, ...]
) -> None:
    """A short form of --volumes is easily meant as another word."""
    done = subprocess.run(
        ["python3", "-B", "-m", "django_strict.stack.command", *words],
        cwd=rendered,
        check=False,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, f"arguments: {words[-1]}" in done.stderr) == (2, True)


AS_ROOT: Final = pytest.mark.skipif(
    os.geteuid() != 0, reason="only root gives files to others"
)


@AS_ROOT
def test_what_root_starts_stays_the_operators(
    rendered: "Path", tmp_path: "Path"
) -> None:
    """Its file keeps owner, group, mode and comments, and a link to it stays one."""
    real, link = tmp_path / "secrets", tmp_path / ".env.stack"
    # A comment as an old editor writes it.
    real.write_bytes(b"# gesch\xfctzt\nAPP_REPLICAS=1\n")
    link.symlink_to(real)
    real.chmod(0o640)
    os.chown(real, 65534, 65533)
    change = (
        "from pathlib import Path; from django_strict.stack.compose import set_variable; "
        f"set_variable(Path({str(link)!r}), 'APP_REPLICAS', '2')"
    )
    subprocess.run(["python3", "-B", "-c", change], cwd=rendered, check=True)
    found = real.stat()
    assert (found.st_uid, found.st_gid, found.st_mode & 0o777) == (65534, 65533, 0o640)
    assert link.is_symlink()
    assert real.read_bytes() == b"# gesch\xfctzt\nAPP_REPLICAS=2\n"


def test_a_changed_variable_is_on_the_disk_before_it_takes_its_place(
    rendered: "Path", tmp_path: "Path"
) -> None:
    """Else a power cut would leave a file without the secrets that no other place has."""
    file = tmp_path / ".env.stack"
    file.write_text("DJANGO_SECRET_KEY=only-here\n")
    change = (
        "import os; from pathlib import Path; "
        "from django_strict.stack.compose import set_variable; "
        "os.fsync = lambda it: print(os.readlink(f'/proc/self/fd/{it}')); "
        f"set_variable(Path({str(file)!r}), 'APP_REPLICAS', '2')"
    )
    done = subprocess.run(
        ["python3", "-B", "-c", change],
        cwd=rendered,
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout == f"{file}.part\n"


@AS_ROOT
def test_a_file_of_somebody_else_is_named(rendered: "Path", tmp_path: "Path") -> None:
    """An operator's command ends with what helps, and not in a traceback."""
    folder = shutil.copytree(rendered, tmp_path / "copy", symlinks=True)
    file = folder / ".env.stack"
    file.write_text("")
    file.chmod(0o600)
    os.chown(file, 65534, 65534)
    # Root without what makes it read everything.
    rights = "-dac_override,-dac_read_search"
    without = ("setpriv", f"--bounding-set={rights}", f"--inh-caps={rights}")
    done = subprocess.run(
        [*without, "python3", "-B", "-m", "django_strict.stack.command", "env"],
        cwd=folder,
        check=False,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
    assert f"{file} is another user's." in done.stderr


@AS_ROOT
def test_a_folder_that_another_user_hides_is_another(
    rendered: "Path", tmp_path: "Path"
) -> None:
    """Stacks of root's, say, stop no command of an operator."""
    hidden = tmp_path / "private" / "project"
    hidden.mkdir(parents=True)
    hidden.parent.chmod(0o700)
    os.chown(hidden.parent, 65534, 65534)
    ask = (
        "from pathlib import Path; from django_strict.stack.compose import is_same; "
        f"print([is_same(Path(it), Path('.')) for it in ('{hidden}', '/gone', '.')])"
    )
    rights = "-dac_override,-dac_read_search"
    without = ("setpriv", f"--bounding-set={rights}", f"--inh-caps={rights}")
    done = subprocess.run(
        [*without, "python3", "-B", "-c", ask],
        cwd=rendered,
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout == "[False, None, True]\n"


def compose_file(folder: "Path") -> dict[str, Any]:
    """Read docker-compose.yml.

    Args:
        folder: The project.

    Returns:
        Its content, with merges carried out.
    """
    content: dict[str, Any] = yaml.safe_load(
        (folder / "docker-compose.yml").read_text()
    )
    return content


def test_the_certificate_of_another_domain_takes_no_place(
    rendered: "Path", tmp_path: "Path"
) -> None:
    """Certbot runs a deploy hook for each certificate of a host, that of its mail say."""
    page = (rendered / "docs" / "deployment.md").read_text()
    block = re.findall(r"```sh\n(.+?)```", page, re.S)[0]
    certbot, taken = tmp_path / "letsencrypt", tmp_path / "certificates"
    for old, new in {
        "/etc/letsencrypt": certbot,
        "/srv/certificates": taken,
        "/path/of/the/project": tmp_path,
        "-o 101 -g 101": f"-o {os.geteuid()} -g {os.getegid()}",
    }.items():
        block = block.replace(old, str(new))
    (certbot / "renewal-hooks" / "deploy").mkdir(parents=True)
    for name in ("api.example.com", "mail.example.com"):
        folder = certbot / "live" / name
        folder.mkdir(parents=True)
        for file in ("fullchain.pem", "privkey.pem"):
            (folder / file).write_text(name)
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "docker").write_text('#!/bin/sh\necho "$@"\n')
    (tools / "docker").chmod(0o755)
    path = {"PATH": f"{tools}:{os.environ['PATH']}"}
    asked = []
    hook = certbot / "renewal-hooks" / "deploy" / "stack.sh"
    for command in (block, str(hook)):
        done = subprocess.run(
            ["sh", "-c", command],
            env=path | {"RENEWED_LINEAGE": str(certbot / "live" / "mail.example.com")},
            capture_output=True,
            text=True,
            check=True,
        )
        asked.append("nginx -s reload" in done.stdout)
        assert (taken / "privkey.pem").read_text() == "api.example.com"
    assert asked == [True, False]


@pytest.mark.parametrize(
    "theirs", ["renewal-hooks/deploy/stack.sh", "certificates/privkey.pem"]
)
def test_a_hook_or_a_key_of_another_project_is_not_replaced(
    rendered: "Path", tmp_path: "Path", theirs: str
) -> None:
    """Two projects of one host read the same page; a key that was bought is nowhere else."""
    page = (rendered / "docs" / "deployment.md").read_text()
    block = re.findall(r"```sh\n(.+?)```", page, re.S)[0]
    for old, new in {
        "/etc/letsencrypt": tmp_path,
        "/srv/certificates": tmp_path / "certificates",
        "-o 101 -g 101": f"-o {os.geteuid()} -g {os.getegid()}",
    }.items():
        block = block.replace(old, str(new))
    live = tmp_path / "live" / "api.example.com"
    for folder in (
        tmp_path / "renewal-hooks" / "deploy",
        tmp_path / "certificates",
        live,
    ):
        folder.mkdir(parents=True)
    for file in (live / "fullchain.pem", live / "privkey.pem", tmp_path / theirs):
        file.write_text(file.name)
    (tmp_path / theirs).write_text("theirs")
    done = subprocess.run(
        ["sh", "-c", block], capture_output=True, text=True, check=False
    )
    assert done.returncode
    assert (tmp_path / theirs).read_text() == "theirs"
    assert theirs in done.stderr


@pytest.mark.skipif(
    not (shutil.which("openssl") or "CI" in os.environ),
    reason="install openssl, which writes the certificate",
)
def test_a_first_certificate_that_broke_off_is_written_anew(
    rendered: "Path", tmp_path: "Path"
) -> None:
    """Killed between its two files, which nobody is told to remove."""
    script = rendered / "container" / "self-signed.sh"
    folder, tools = tmp_path / "certificates", tmp_path / "tools"
    folder.mkdir()
    tools.mkdir()
    (tools / "mv").write_text('#!/bin/sh\n/bin/mv "$@" && kill -9 $PPID\n')
    (tools / "mv").chmod(0o755)
    run = ("sh", str(script), str(folder), "example.com")
    path = {"PATH": f"{tools}:{os.environ['PATH']}"}
    assert subprocess.run(run, env=path, check=False).returncode == -9
    assert (folder / "privkey.pem").exists()
    subprocess.run(run, check=True)
    assert (folder / "fullchain.pem").exists()


def test_no_page_deletes_uploads_on_the_way_to_something_else(rendered: "Path") -> None:
    """Who loses a database that holds nothing yet has uploads in another volume."""
    pages = [path.read_text() for path in (rendered / "docs").glob("*.md")]
    lines = [it for it in "\n".join(pages).splitlines() if "--volumes" in it]
    assert lines
    assert not [it for it in lines if "deletes" not in it]
