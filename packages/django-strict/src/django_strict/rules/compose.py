"""Section 10: containers and required files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from django_strict.rules.credentials import (
    given,
    is_literal,
    is_secret_name,
    no_secrets,
)
from django_strict.rules.documents import (
    MAIN,
    OVERRIDES,
    compose_files,
    interpolated,
    line_of,
    pairs,
    resolved,
    services,
    words,
    written,
)
from django_strict.rules.model import rule
from django_strict.rules.shell import RIGHTS, hides_failure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_strict.rules.files import Project
    from django_strict.rules.model import Problem

# Compose prefers each of these to docker-compose.yml.
RIVALS: Final = ("compose.yaml", "compose.yml", "docker-compose.yaml")
# Whatever else than these is the host's own.
OWN_NAMESPACES: Final = ("", "none", "private", "shareable", "service:")
NAMESPACES: Final = ("network_mode", "pid", "ipc", "uts", "userns_mode", "cgroup")
GRANTS: Final = (
    *("privileged", "cap_add", "devices", "device_cgroup_rules", "group_add"),
    *("credential_spec", "cgroup_parent", "use_api_socket", "gpus"),
)
COMMANDS: Final = ("entrypoint", "command", "post_start", "pre_stop")
HOST_FOLDERS: Final = re.compile(
    r"^(?:/(?:proc|sys|dev|etc|boot|root|home|usr|lib\w*|s?bin|run|var(?:/run|/lib)?)?/?"
    r"(?=$|:)|.*docker\.sock|.*containerd\.sock|/proc/|/sys/|/dev/|/etc/|~)"
)
READ_ONLY: Final = (
    "app",
    "worker",
    "migrate",
    "manage",
    "nginx",
    "db",
    "redis",
    "site",
)
PUBLISHED: Final = "nginx"
LOOPBACK: Final = ("127.", "::1", "[::1]", "localhost")
DATA: Final = ("db", "redis")
# A service, what it needs, and what must be true of it.
HEALTHY: Final = "service_healthy"
DONE: Final = "service_completed_successfully"
NEEDS: Final = {
    "migrate": {"db": HEALTHY},
    "app": {"migrate": DONE, "db": HEALTHY, "redis": HEALTHY},
    "worker": {"migrate": DONE, "db": HEALTHY},
    "nginx": {"app": HEALTHY},
}
CHECKED: Final = ("db", "redis", "nginx", "worker")
SURE: Final = re.compile(
    r"^(CMD(-SHELL)? )?(NONE|/?(usr/)?(bin/)?true|:|exit 0|echo\b.*)$"
)


def _at(project: Project, path: str, service: str, message: str) -> Problem:
    """Report a service at the line on which it begins."""
    line = line_of(project, path, rf"^\s+[\"']?{re.escape(service)}[\"']?\s*:")
    return project.at(path, f"`{service}` {message}", line)


def _all(
    project: Project, *, is_raw: bool = False
) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """List every service of every Compose file, its variables replaced or not."""
    for path in compose_files(project):
        raw: dict[str, Any] = written(project, path).get("services") or {}
        for name, service in raw.items():
            if isinstance(service, dict):
                yield path, name, service if is_raw else resolved(service)


few_rights = rule(
    "DS101",
    title="No container runs as root or with more rights than it needs.",
    why="Whoever breaks into a container must find nothing there that leads out of it.",
    fix="Let the last USER be 65532:65532; in Compose merge `<<: *hardened` and take the key away that the message names.",
    where="docker-compose.yml",
    bad="""
services:
  app:
    privileged: true
""",
    good="""
services:
  app:
    read_only: true
    cap_drop: [ALL]
    security_opt: [no-new-privileges:true]
""",
)


@few_rights
def services_have_few_rights(project: Project) -> Iterator[Problem]:
    """Judge all files for rights that are given, the main one for those left."""
    for path, name, service in _all(project):
        for reason in _rights(service):
            yield _at(project, path, name, reason)
        if path != MAIN:
            continue
        options = [str(one) for one in service.get("security_opt") or []]
        if "ALL" not in [str(one).upper() for one in service.get("cap_drop") or []]:
            yield _at(project, path, name, "lacks `cap_drop: [ALL]`")
        if not any(re.match(r"no-new-privileges(:true)?$", one) for one in options):
            message = "lacks `security_opt: [no-new-privileges:true]`"
            yield _at(project, path, name, message)
        if name in READ_ONLY and service.get("read_only") is not True:
            yield _at(project, path, name, "lacks `read_only: true`")


def _rights(service: dict[str, Any]) -> Iterator[str]:
    """List the rights that a service is given."""
    yield from (f"has `{key}: {service[key]}`" for key in GRANTS if service.get(key))
    for key in NAMESPACES:
        value = interpolated(service.get(key))
        is_own = value.startswith("service:") or value in OWN_NAMESPACES
        if not is_own and (key, value) != ("network_mode", "bridge"):
            yield f"has `{key}: {value}`"
    for option in service.get("security_opt") or []:
        if re.search(r"unconfined|disable|new-privileges[:=]false", str(option)):
            yield f"has `security_opt: {option}`"
    if "user" in service and is_root(interpolated(service["user"])):
        yield f"runs as the user `{service['user']}`"
    for volume in service.get("volumes") or []:
        source = volume.get("source") if isinstance(volume, dict) else volume
        if HOST_FOLDERS.match(interpolated(source)):
            yield f"mounts `{source}` of the host"
    text = " ".join(words(service.get(key)) for key in COMMANDS)
    yield from (f"changes its rights with `{one[0]}`" for one in RIGHTS.finditer(text))


def is_root(user: str) -> bool:
    """Tell whether a user, with a group or without, is root, or nobody in particular."""
    name = user.partition(":")[0].strip()
    return name in {"", "root"} or re.fullmatch(r"\+?0+", name) is not None


@rule(
    "DS102",
    title="Only nginx is published, and the data stay in a network without a way out.",
    why="A database that the Internet reaches is attacked within minutes.",
    fix="Delete `ports`; a named file for development may publish on 127.0.0.1. Give db and redis the internal network `back` alone.",
    where="docker-compose.yml",
    bad="""
services:
  db:
    ports: ["5432:5432"]
""",
    good="""
services:
  db:
    networks: [back]
networks:
  back:
    internal: true
""",
)
def only_the_proxy_is_published(project: Project) -> Iterator[Problem]:
    """Judge ports in all files, networks in what `docker compose up` runs."""
    for path, name, service in _all(project):
        is_data = path in {MAIN, *OVERRIDES} and name in DATA
        for port in service.get("ports") or []:
            if name != PUBLISHED and (is_data or not _is_local(port)):
                yield _at(project, path, name, f"publishes {port}")
    main = services(project) or {}
    networks = (written(project).get("networks") or {}) if main else {}
    networks = resolved(networks)
    for name in filter(main.__contains__, (*DATA, PUBLISHED) if networks else ()):
        if not main[name].get("network_mode"):
            for message in _misplaced(name, main[name], networks):
                yield _at(project, MAIN, name, message)


def _misplaced(
    name: str, service: dict[str, Any], networks: dict[str, Any]
) -> Iterator[str]:
    """Judge the networks of the data, and of the proxy in front."""
    used = list(pairs(service.get("networks")) or ["default"])
    inside = [one for one in used if (networks.get(one) or {}).get("internal") is True]
    if name in DATA and inside != used:
        yield f"is in {', '.join(used)}; a network of data is `internal: true`"
    if name == PUBLISHED and inside:
        yield f"is in {inside[0]}, where the data are"


def _is_local(port: object) -> bool:
    """Tell whether a port is published for this machine alone."""
    if isinstance(port, dict):
        return interpolated(port.get("host_ip")).startswith(LOOPBACK)
    return interpolated(port).startswith(LOOPBACK)


@rule(
    "DS103",
    title="A service starts when what it needs is healthy or done.",
    why="Without a condition the app meets a database that is not there, or not migrated.",
    fix="Write `depends_on: {db: {condition: service_healthy}}`, and restore the health check.",
    where="docker-compose.yml",
    bad="""
services:
  app:
    depends_on: [db]
""",
    good="""
services:
  app:
    depends_on:
      db: {condition: service_healthy}
""",
)
def services_wait_for_each_other(project: Project) -> Iterator[Problem]:
    """Judge conditions in all files, and in the main one what must be waited for."""
    for path, name, service in _all(project):
        for message in (*_impatience(service), *_blindness(service)):
            yield _at(project, path, name, message)
    main = services(project) or {}
    for name in filter(main.__contains__, CHECKED):
        if not (main[name].get("healthcheck") or {}).get("test"):
            yield _at(project, MAIN, name, "has no health check")
    for name, wanted in NEEDS.items():
        needs = (main.get(name) or {}).get("depends_on")
        needs = needs if isinstance(needs, dict) else {}
        for other, condition in wanted.items() if name in main else ():
            actual = (needs.get(other) or {}).get("condition")
            if other in main and actual != condition:
                message = f"must wait for `{other}`: {condition}"
                yield _at(project, MAIN, name, message)


def _impatience(service: dict[str, Any]) -> Iterator[str]:
    """Find what a service needs and does not wait for."""
    needs = service.get("depends_on") or {}
    if isinstance(needs, list):
        yield f"does not wait until {', '.join(map(str, needs))} is ready"
        return
    for other, how in needs.items():
        condition = (how or {}).get("condition")
        if condition not in {HEALTHY, DONE} or how.get("required") is False:
            yield f"does not wait until `{other}` is ready"


def _blindness(service: dict[str, Any]) -> Iterator[str]:
    """Find a health check that says yes to everything."""
    check = service.get("healthcheck") or {}
    test = words(check.get("test")).strip()
    if check.get("disable") or SURE.match(test) or hides_failure(test, lines_fail=True):
        yield "has a health check that cannot fail"


images = rule(
    "DS089",
    title="Compose runs what the Dockerfile builds for production, as it builds it.",
    why="Another target, Dockerfile or entry point is another product than the one tested.",
    fix="Restore `build: {<<: *build, target: runtime}` and delete what the message names.",
    where="docker-compose.yml",
    bad="""
services:
  app:
    build: {context: ., target: development}
""",
    good="""
services:
  app:
    build: {context: ., target: runtime}
""",
)


@images
def compose_runs_the_tested_image(project: Project) -> Iterator[Problem]:
    """Judge what `docker compose up` runs; a named file is for development."""
    for path in RIVALS:
        if path in project.files:
            yield project.at(path, f"Docker reads this file instead of {MAIN}")
    main = services(project) or {}
    for key in filter((main.get("app") or {}).get, ("entrypoint", "command")):
        yield _at(project, MAIN, "app", f"replaces the image's {key}")
    for name, service in main.items():
        build = service.get("build")
        for message in _other_build(name, build if isinstance(build, dict) else {}):
            yield _at(project, MAIN, name, message)


def _other_build(name: str, build: dict[str, Any]) -> Iterator[str]:
    """Find what makes a build another one than the tested one."""
    if name == "app" and build.get("target", "runtime") != "runtime":
        yield f"is built from the stage `{build['target']}`"
    if build.get("dockerfile", "Dockerfile") != "Dockerfile":
        yield f"is built from {build['dockerfile']}"
    for key in ("dockerfile_inline", "additional_contexts", "privileged"):
        if build.get(key):
            yield f"has `build.{key}`"
    for argument, value in pairs(build.get("args")).items():
        if argument.endswith("_IMAGE") and interpolated(value):
            yield f"is built with {argument}={value}"


@no_secrets
def compose_files_hold_no_secret(project: Project) -> Iterator[Problem]:
    """Find values of secrets that are written out, as defaults too."""
    for path, name, service in _all(project, is_raw=True):
        build = service.get("build")
        values = {
            **pairs(service.get("environment")),
            **pairs(service.get("labels")),
            **pairs(build.get("args") if isinstance(build, dict) else None),
        }
        for key, value in values.items():
            text = "" if value is None else str(value)
            default = interpolated(text).strip()
            if (
                is_secret_name(key)
                and default
                and is_literal(default)
                and _is_whole(text)
            ):
                yield _at(project, path, name, f"is given `{key}`, written out")
        commands = " ".join(words(service.get(key)) for key in COMMANDS)
        said = " ".join(interpolated(one) or one for one in commands.split())
        if found := given(said):
            yield _at(project, path, name, f"runs a command with {found}")


def _is_whole(text: str) -> bool:
    """Tell a value that is written out, or a default, from one with a variable in it."""
    return "$" not in text or text.startswith("${")
