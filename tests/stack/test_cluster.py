"""The images do in pods what they do in the stack: without Docker's name server, above all."""

import re
import secrets
import subprocess
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import pytest

from tests.helpers.rendering import render
from tests.stack.pods import NAMESPACE, Pods, composed
from tests.stack.stack import docker

if TYPE_CHECKING:
    from pathlib import Path

    from tests.stack.stack import Stack

pytestmark = pytest.mark.docker
# The pod's own address, as a probe or a load balancer's check names it.
POD: Final = "10.244.1.7"
PROBES: Final = [
    ("app", "startupProbe"),
    ("app", "readinessProbe"),
    ("app", "livenessProbe"),
    ("worker", "readinessProbe"),
    ("worker", "livenessProbe"),
    ("nginx", "readinessProbe"),
    ("nginx", "livenessProbe"),
]


@pytest.fixture(scope="module")
def pods(
    stack: "Stack", clone: "Path", tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Pods]:
    """Start what a release starts, in its order.

    Args:
        stack: Has built the images.
        clone: The template.
        tmp_path_factory: Where to put the project and its secrets.

    Yields:
        The pods, migrated and ready.
    """
    folder = render(clone, {"kubernetes": True}, tmp_path_factory.mktemp("on") / "on")
    images = {kind: stack.image(kind) for kind in ("app", "manage", "nginx")}
    password = secrets.token_urlsafe(32)
    mounts = {
        "environment": tmp_path_factory.mktemp("environment"),
        "certificate": tmp_path_factory.mktemp("certificate"),
    }
    cluster = folder / "deploy" / "kubernetes"
    example = (cluster / "secret.env.example").read_text()
    empty = dict.fromkeys(re.findall(r"^(\w+)=", example, re.MULTILINE), "")
    for name, value in {
        **empty,
        "DJANGO_SECRET_KEY": secrets.token_urlsafe(64),
        "DATABASE_URL": f"postgresql://shop:{password}@127.0.0.1:5432/shop",
        "REDIS_URL": f"redis://:{password}@127.0.0.1:6379/0",
    }.items():
        (mounts["environment"] / name).write_text(value)
    folders = [str(folder) for folder in mounts.values()]
    subprocess.run(["chown", "-R", "65532:65532", *folders], check=True)
    subprocess.run(["chmod", "-R", "u=rX,go=", *folders], check=True)
    started = Pods(
        f"cluster-x{secrets.token_hex(3)}",
        composed(cluster / "production"),
        images | {"worker": images["app"], "migrate": images["manage"]},
        mounts,
    )
    certify(images["manage"], mounts["certificate"])
    try:
        started.network(f"app.{NAMESPACE}.svc.cluster.local")
        started.beside(
            *("db", "postgres:16.11"),
            POSTGRES_USER="shop",
            POSTGRES_PASSWORD=password,
        )
        redis = (
            "redis",
            "redis:7.2.7-alpine",
            "redis-server",
            "--requirepass",
            password,
        )
        started.beside(*redis)
        wait_for_database(started)
        started.start("Job", "migrate", wait=True)
        for name in ("app", "worker", "nginx"):
            started.start("Deployment", name)
        started.wait_for("app", "startupProbe")
        started.wait_for("worker", "readinessProbe")
        started.wait_for("nginx", "readinessProbe")
        yield started
    finally:
        started.stop()
        # They belong to somebody else now.
        subprocess.run(["chown", "-R", "0:0", *folders], check=False)


def certify(image: str, folder: "Path") -> None:
    """Write a certificate where the Secret's files would be.

    Args:
        image: Has openssl.
        folder: The folder.
    """
    folder.chmod(0o700)
    options = ("--rm", "--network=none", "--user=65532", "--entrypoint=self-signed")
    mount = f"{folder}:/certificates"
    docker("run", *options, "--volume", mount, image, "/certificates", "example.com")


def wait_for_database(pods: Pods) -> None:
    """Wait until PostgreSQL takes connections over TCP.

    Args:
        pods: The pods.
    """
    loop = "until pg_isready -q -h 127.0.0.1 -U shop; do sleep 0.2; done"
    docker("exec", f"{pods.name}-db", "timeout", "60", "sh", "-c", loop)


def test_nginx_finds_the_app_by_the_name_server_of_its_pod(pods: Pods) -> None:
    """Docker's own is not there, and search domains are of no use to nginx."""
    resolver = docker("exec", f"{pods.name}-nginx", "cat", "/etc/resolv.conf")
    assert "127.0.0.11" not in resolver
    said = pods.ask("/api/health/", "example.com")
    assert said.split()[0] == "200", pods.log("nginx")
    assert '"db": "ok"' in said


def test_health_is_answered_to_a_pods_address(pods: Pods) -> None:
    """Through nginx too; everything else wants a host that is ours."""
    assert pods.ask("/api/health/live/", POD).split()[0] == "200"
    assert pods.ask("/api/v1/users/me/", POD).split()[0] == "400"
    assert pods.ask("/api/v1/users/me/", "example.com").split()[0] == "401"


@pytest.mark.parametrize(("name", "probe"), PROBES)
def test_every_probe_succeeds(pods: Pods, name: str, probe: str) -> None:
    """As the kubelet sends it, in a container that may write nowhere else."""
    assert pods.probe(name, probe), pods.log(name)


def test_an_outage_of_redis_takes_no_replica_away(pods: Pods) -> None:
    """The health check says what is wrong, and the probes of a running pod still succeed."""
    docker("pause", f"{pods.name}-redis")
    try:
        # What was found is shared for a second.
        deadline = time.monotonic() + 10
        while pods.ask("/api/health/", "example.com").split()[0] != "503":
            assert time.monotonic() < deadline, pods.log("app")
        assert pods.probe("app", "readinessProbe")
        assert pods.probe("app", "livenessProbe")
    finally:
        docker("unpause", f"{pods.name}-redis")
        pods.wait_for("app", "startupProbe")


def test_nginx_reads_a_renewed_certificate(pods: Pods) -> None:
    """Told so on a read-only root, as the loop beside it does every six hours."""
    before = pods.certificate()
    folder = pods.mounts["certificate"]
    for file in folder.iterdir():
        file.unlink()
    certify(pods.images["manage"], folder)
    assert pods.certificate() == before
    docker("exec", f"{pods.name}-nginx", "nginx", "-s", "reload")
    pods.wait_for("nginx", "readinessProbe")
    deadline = time.monotonic() + 10
    while pods.certificate() == before:
        assert time.monotonic() < deadline, pods.log("nginx")
        time.sleep(0.1)
    assert "sleep 21600" in docker("top", f"{pods.name}-nginx")


@pytest.mark.parametrize("name", ["app", "nginx", "worker"])
def test_a_pod_has_longer_to_stop_than_everything_it_waits_for(
    pods: Pods, name: str
) -> None:
    """What the load balancer remembers, and what has been begun."""
    spec = pods.find("Deployment", name)["spec"]["template"]["spec"]
    hook = spec["containers"][0].get("lifecycle", {}).get("preStop", {})
    waits = hook.get("sleep", {}).get("seconds", 0)
    begun = {"app": 30, "nginx": 35, "worker": 25}[name]
    assert spec["terminationGracePeriodSeconds"] > waits + begun
    assert bool(waits) == (name != "worker")


def test_a_stopped_pod_ends_by_itself(pods: Pods) -> None:
    """The shell that started nginx is gone: nginx gets the signal, and finishes."""
    for name in ("nginx", "worker", "app"):
        docker("stop", "--time", "30", f"{pods.name}-{name}")
        state = "{{.State.ExitCode}}"
        code = docker("inspect", "--format", state, f"{pods.name}-{name}").strip()
        assert code == "0", pods.log(name)
