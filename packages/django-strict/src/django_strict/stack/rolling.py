"""Replacing the app's replicas one by one behind an nginx that goes on running."""

import json
import time
from typing import TYPE_CHECKING, Final

from django_strict.stack.compose import StackError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django_strict.stack.compose import Compose

CONFIG: Final = "/srv/current/nginx/nginx.conf"
# nginx reads this file too; it lies in memory and is gone with the container.
RELOAD: Final = (
    'printf %s "$1" >/tmp/replicas.conf '
    f"&& nginx -t -q -c {CONFIG} && nginx -s reload -c {CONFIG}"
)
VERSION: Final = '{{.Image}} {{index .Config.Labels "com.docker.compose.config-hash"}}'
HEALTH: Final = "{{.State.Health.Status}} {{.RestartCount}}"
APPLIED: Final = "Where a migration failed, those before it are applied, and stay."
STEP: Final = 0.5  # seconds
# How long nginx may take to start workers that no longer know a replica.
HAND_OVER: Final = 3.0  # seconds


def roll(compose: "Compose") -> None:
    """Migrate, replace the worker, and then the replicas of another image one by one.

    A new one runs beside the old ones before one of them ends, and gets no request before
    it is healthy; an old one gets none any more when it is told to end. Whatever is left
    for ``docker compose up`` recreates neither the app nor, as its dependent, nginx.

    Args:
        compose: The stack; nothing happens unless nginx runs.
    """
    if not is_reloadable(compose):
        return
    publish(compose)
    running: list[str] = []
    for it in compose.services():
        if it.name == "app" and it.state == "running":
            running.append(it.container)
        elif it.name == "app":
            # What an interrupted start or a crash left behind.
            compose.docker("rm", "--force", it.container)
    app = json.loads(compose.pipe("config", "--format", "json"))["services"]["app"]
    image = compose.docker("image", "inspect", "--format={{.Id}}", app["image"])
    current = f"{image} {compose.pipe('config', '--hash', 'app').split()[-1].decode()}"
    new = [name for name in running if inspect(compose, name, VERSION) == current]
    wanted = int(app.get("scale", 1))
    ending = [name for name in running if name not in new] + new[wanted:]
    del new[wanted:]
    if not ending:
        return
    try:
        route(compose, running)
        for name in ending:
            if len(new) < wanted:
                new.append(add(compose, running))
                running.append(new[-1])
            running.remove(name)
            route(compose, running)
            time.sleep(HAND_OVER)
            compose.docker("stop", name)
            compose.docker("rm", name)
    finally:
        route(compose)


def is_reloadable(compose: "Compose") -> bool:
    """Ask whether nginx runs, and on a configuration that can be replaced.

    Args:
        compose: The stack.

    Returns:
        False for one that is down or was started by an older version of this file.
    """
    try:
        compose.pipe("exec", "-T", "nginx", "test", "-e", CONFIG)
    except StackError:
        return False
    return True


def publish(compose: "Compose") -> None:
    """Migrate, put static files where new replicas expect them, and replace the worker.

    Args:
        compose: The stack.

    Raises:
        StackError: If one of them fails; nothing has been replaced then.
    """
    tasks = ("migrate", "site")
    failed = compose.run("up", "--detach", "--no-build", *tasks)
    names = [it.container for it in compose.services() if it.name in tasks]
    if failed or set(compose.docker("wait", *names).split()) != {"0"}:
        compose.show_failed()
        message = compose.refused_password() or (
            f"The old release serves on; the reason stands above. {APPLIED}"
        )
        raise StackError(message)
    if "worker" in compose.pipe("config", "--services").decode().split():
        # Before a replica asks for tasks that an older worker does not know. With what it
        # depends on: without, Compose takes it for another service, and replaces it.
        compose.pipe("up", "--detach", "--no-build", "worker")


def route(compose: "Compose", replicas: "Iterable[str]" = ()) -> None:
    """Reload nginx, and say who gets requests.

    Args:
        compose: The stack.
        replicas: Their containers; by default all that Docker knows at any moment.
    """
    servers = "".join(f"server {name}:8000 max_fails=0; " for name in replicas)
    text = (
        f"upstream replicas {{ {servers}keepalive 32; keepalive_timeout 4s; }} "
        'map "" $app { default replicas; }'
    )
    arguments = ("nginx", "sh", "-c", RELOAD, "sh", text if servers else "")
    compose.pipe("exec", "-T", *arguments)


def add(compose: "Compose", running: list[str]) -> str:
    """Start one more replica and wait until it is healthy.

    Args:
        compose: The stack.
        running: The containers of the others.

    Raises:
        StackError: If it does not become healthy; it is removed then.

    Returns:
        Its container.
    """
    scale = ("--scale", f"app={len(running) + 1}", "app")
    compose.pipe("create", "--no-build", "--no-recreate", *scale)
    found = {it.container for it in compose.services() if it.name == "app"}
    for name in found.difference(running):
        compose.docker("start", name)
        while (health := inspect(compose, name, HEALTH)) == "starting 0":
            time.sleep(STEP)
        if health == "healthy 0":
            return name
        compose.show_failed(name)
        compose.docker("rm", "--force", name)
    message = (
        "The new replica did not become healthy and was removed; its log stands above. "
        "The old ones run on."
    )
    raise StackError(message)


def inspect(compose: "Compose", container: str, wanted: str) -> str:
    """Ask Docker about a container.

    Args:
        compose: The stack.
        container: Its name.
        wanted: A template of Docker's.

    Returns:
        The answer.
    """
    return compose.docker("inspect", f"--format={wanted}", container)
