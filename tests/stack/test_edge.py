"""nginx: TLS, limits, headers, static files, and errors that look like the API's."""

import json
import re
import secrets
import socket
import ssl
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import pytest

from tests.stack.client import LOOPBACK, TIMEOUT, tls
from tests.stack.conftest import NGINX
from tests.stack.stack import PATIENCE, assert_json, docker

if TYPE_CHECKING:
    from tests.stack.client import Answer
    from tests.stack.stack import Stack

pytestmark = pytest.mark.docker
SERVICES = ("nginx", "app")
MEBIBYTE: Final = 1024 * 1024
HSTS: Final = "max-age=31536000; includeSubDomains; preload"
SECURITY_HEADERS: Final = {
    "strict-transport-security": HSTS,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": (
        "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
    ),
}
FLOOD: Final = 600
FRAMES: Final = 1000
PLACES: Final = 2 * 6144  # connections that nginx's processes can hold
PER_ADDRESS: Final = 200
HELD_CONNECTIONS: Final = 190
ASKED: Final = 10
# Keeps trying to hold 7,000 connections, for twelve seconds.
HALF_SENT: Final = """
import asyncio, time
opened = held = most = 0
async def hold(end, gate):
    global opened, held, most
    while time.monotonic() < end:
        again = time.monotonic() + 4
        try:
            async with gate:
                reader, writer = await asyncio.open_connection("nginx", 8080)
            writer.write(b"GET / HTTP/1.1\\r\\nHost: loc")
            opened += 1
            try:
                # Refused at once, or held.
                await asyncio.wait_for(reader.read(), 2)
            except TimeoutError:
                held += 1
                most = max(most, held)
                await reader.read()
                held -= 1
            finally:
                writer.close()
        except OSError:
            pass
        await asyncio.sleep(max(0, again - time.monotonic()))
async def flood():
    gate = asyncio.Semaphore(200)
    end = time.monotonic() + 12
    await asyncio.gather(*(hold(end, gate) for _ in range(7000)))
asyncio.run(flood())
print(opened, most)
"""
# Sends frames that ask for work and read no answer, for six seconds.
HTTP_2: Final = """
import socket, ssl, struct, sys, time
def frame(kind, flags, stream, payload=b""):
    head = struct.pack(">I", len(payload))[1:] + bytes([kind, flags])
    return head + struct.pack(">I", stream) + payload
HEADERS = b"\\x82\\x87\\x84\\x01\\x09localhost"
BOMB = b"\\x40\\x01x\\x7f\\xa1\\x1e" + b"a" * 4000 + b"\\xbe" * 4000
LONG = b"\\x83\\x87\\x01\\x09localhost\\x04\\x7f\\xe9\\x06/" + b"x" * 999 + b"\\x0f\\x0d\\x0899999999"
def send(what, number):
    stream = 2 * number + 1
    return {
        "resets": frame(1, 5, stream, HEADERS) + frame(3, 0, stream, b"\\0\\0\\0\\x08"),
        "streams": frame(1, 5, stream, HEADERS),
        "settings": frame(4, 0, 0, b"\\0\\4\\0\\0\\xff\\xff"),
        "pings": frame(6, 0, 0, b"12345678"),
        "continuations": frame(9, 0, 1) if number else frame(1, 1, 1, HEADERS),
        "bombs": frame(1, 5, stream, HEADERS + BOMB),
        "lengths": frame(1, 4, stream, LONG) + frame(3, 0, stream, b"\\0\\0\\0\\x08"),
    }[what]
context = ssl._create_unverified_context()
context.set_alpn_protocols(["h2"])
start = b"PRI * HTTP/2.0\\r\\n\\r\\nSM\\r\\n\\r\\n" + frame(4, 0, 0)
end, sent = time.monotonic() + 6, 0
while time.monotonic() < end:
    number = 0
    try:
        plain = socket.create_connection(("nginx", 8443), 1)
        with context.wrap_socket(plain, server_hostname="localhost") as secure:
            secure.sendall(start)
            while time.monotonic() < end:
                secure.sendall(b"".join(send(sys.argv[1], number + n) for n in range(50)))
                number, sent = number + 50, sent + 50
    except OSError:
        pass
print(sent)
"""
# Opens all streams that it may, on all connections that it may, and has no room for answers.
HELD: Final = """
import socket, ssl, struct, sys, time
def frame(kind, flags, stream, payload=b""):
    head = struct.pack(">I", len(payload))[1:] + bytes([kind, flags])
    return head + struct.pack(">I", stream) + payload
ASK = b"\\x82\\x87\\x84\\x01\\x09localhost"
LONG = b"\\x40\\x01x\\x7f\\xa1\\x1e" + b"a" * 4000
context = ssl._create_unverified_context()
context.set_alpn_protocols(["h2"])
start = b"PRI * HTTP/2.0\\r\\n\\r\\nSM\\r\\n\\r\\n" + frame(4, 0, 0, struct.pack(">HI", 4, 0))
start += frame(1, 5, 1, ASK + LONG)
start += b"".join(frame(1, 5, 2 * n + 1, ASK + b"\\xbe" * 8) for n in range(1, 128))
held = []
for _ in range(int(sys.argv[1])):
    try:
        plain = socket.create_connection(("nginx", 8443), 5)
        held.append(context.wrap_socket(plain, server_hostname="localhost"))
        held[-1].sendall(start)
    except OSError:
        pass
print(len(held), flush=True)
time.sleep(3)
"""
FRONT: Final = "/srv/current/nginx/front.conf"
CHOSEN: Final = "/srv/current/nginx/templates/upstream.conf.template"
# As much as nginx has room for: each may hold a hundred connections, eight of them large.
ADDRESSES: Final = 14
UNFINISHED: Final = """
import socket, ssl, time
context = ssl._create_unverified_context()
head = (
    b"POST /api/v1/auth/token/ HTTP/1.1\\r\\nHost: localhost\\r\\n"
    b"Content-Type: application/json\\r\\nContent-Length: %d\\r\\n\\r\\n"
)
held = []
for number in range(95):
    length = 999999 if number < 8 else 99999
    try:
        plain = socket.create_connection(("nginx", 8443), 5)
        held.append(context.wrap_socket(plain, server_hostname="localhost"))
        held[-1].sendall(head % length + b" " * (length - 1))
    except OSError:
        pass
time.sleep(5)
"""
KEPT: Final = MEBIBYTE
# Sends and reads much, until the kernel trusts it with much; then it reads no more of what
# it asks for, and goes on sending what nginx does not read before that is answered.
UNREAD: Final = """
import socket, ssl, sys, time
context = ssl._create_unverified_context()
ask = f"GET {sys.argv[1]} HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n".encode()
write = b"POST /nowhere HTTP/1.1\\r\\nHost: localhost\\r\\nContent-Length: 999999\\r\\n\\r\\n"
plain = socket.create_connection(("nginx", 8443), 5)
with context.wrap_socket(plain, server_hostname="localhost") as secure:
    for _ in range(5):
        secure.sendall(write + b"a" * 999999)
        while b"HTTP/1.1" not in secure.recv(1 << 16):
            pass
    read = 0
    secure.sendall(ask * 3)
    while read < 3 * 1_500_000:
        read += len(secure.recv(1 << 20))
    secure.sendall(ask * 10)
    secure.settimeout(2)
    try:
        while True:
            secure.sendall(b"a" * 16384)
    except OSError:
        print("asked", flush=True)
    time.sleep(60)
"""
CONNECT: Final = """
import socket, sys
for name, port in (("{app}", 8000), ("{db}", 5432), ("{redis}", 6379)):
    try:
        socket.create_connection((name, port), 2).close()
        print("reached", name, port)
    except OSError:
        pass
"""


def handshake(stack: "Stack", context: ssl.SSLContext) -> tuple[str | None, str | None]:
    """Shake hands with nginx.

    Args:
        stack: The stack.
        context: How to speak TLS.

    Returns:
        The version of TLS and the protocol that both agreed on.
    """
    address = (LOOPBACK, stack.client.https_port)
    with (
        socket.create_connection(address, TIMEOUT) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as secure,
    ):
        return secure.version(), secure.selected_alpn_protocol()


def static_urls(stack: "Stack") -> list[str]:
    """List the static files that Swagger UI loads.

    Args:
        stack: The stack.

    Returns:
        Their paths.
    """
    page = stack.client.get("/api/docs/").body.decode()
    return re.findall(r'(?:src|href)="(/static/[^"]+\.(?:js|css))"', page)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_current_tls_is_spoken(stack: "Stack", version: ssl.TLSVersion) -> None:
    """Versions 1.2 and 1.3."""
    spoken, _ = handshake(stack, tls(version))
    assert spoken == version.name.replace("_", ".")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_old_tls_is_refused(stack: "Stack", version: ssl.TLSVersion) -> None:
    """Versions below 1.2, by nginx and not only by this client."""
    with pytest.raises(ssl.SSLError, match="alert protocol version"):
        handshake(stack, tls(version))


def test_http_2_is_spoken(stack: "Stack") -> None:
    """A client that offers it gets it."""
    _, protocol = handshake(stack, tls(protocols=("h2", "http/1.1")))
    assert protocol == "h2"


def test_connections_to_the_app_are_kept_where_nginx_can(stack: "Stack") -> None:
    """From 1.27.3 on it does so while it looks the app's addresses up again."""
    inside = ("exec", "-T", "nginx")
    chosen = stack.compose(*inside, "readlink", CHOSEN)
    said = stack.compose(*inside, "sh", "-c", "nginx -v 2>&1")
    version = tuple(map(int, re.findall(r"\d+", said)[:3]))
    expected = "keepalive.conf" if version >= (1, 27, 3) else "plain.conf"
    assert chosen.strip() == f"../upstream/{expected}"


def test_plain_http_is_redirected(stack: "Stack") -> None:
    """To the same path on the published port, and without HSTS, which is for TLS."""
    answer = stack.client.plain("/api/health/?a=b")
    assert answer.status == 308
    target = f"https://localhost:{stack.client.https_port}/api/health/?a=b"
    assert answer.one("location") == target
    assert answer.all("strict-transport-security") == []


def test_plain_http_redirects_to_no_foreign_host(stack: "Stack") -> None:
    """A name that is not listed gets an error, not a link to somebody else."""
    itself = "evil.example.net;,evil.example.net,"
    for host in ("evil.example.net", "localhost.evil.example.net", "ocalhost", itself):
        answer = stack.client.plain("/api/health/", Host=host)
        assert (answer.status, answer.error_code()) == (400, "bad_request")
        assert answer.all("location") == []


@pytest.mark.parametrize(
    "path",
    [
        "/api/health/",
        "/api/docs/",
        "/api/nowhere/",
        "/static/nowhere.js",
        "/admin/login/",
    ],
)
def test_every_security_header_is_sent_once(stack: "Stack", path: str) -> None:
    """By the app for its own answers and by nginx for its own, never by both."""
    answer = stack.client.get(path)
    assert {name: answer.one(name) for name in SECURITY_HEADERS} == SECURITY_HEADERS
    assert "frame-ancestors 'none'" in answer.one("content-security-policy")
    assert len(answer.one("x-request-id")) == 32


def test_static_files_carry_the_security_headers(stack: "Stack") -> None:
    """Found ones as well as missing ones."""
    answer = stack.client.get(static_urls(stack)[0])
    assert answer.status == 200
    assert {name: answer.one(name) for name in SECURITY_HEADERS} == SECURITY_HEADERS


def test_the_servers_version_is_hidden(stack: "Stack") -> None:
    """In the header and in error bodies; the app's server is not named at all."""
    for path in ("/api/health/", "/static/nowhere"):
        answer = stack.client.get(path)
        assert answer.one("server") == "nginx"
        assert b"nginx" not in answer.body


def test_cookies_are_secure(stack: "Stack") -> None:
    """Both of them; the session's is out of reach for scripts."""
    account = stack.account()
    prepared = stack.client.get("/api/v1/auth/csrf/")
    csrf_cookie = prepared.one("set-cookie")
    value = csrf_cookie.split(";")[0]
    origin = f"https://localhost:{stack.client.https_port}"
    answer = stack.client.request(
        "POST",
        "/api/v1/auth/login/",
        {"email": account.email, "password": account.password},
        {
            "Cookie": value,
            "X-CSRFToken": prepared.json()["csrf_token"],
            "Origin": origin,
            "Referer": f"{origin}/",
        },
    )
    assert answer.status == 200, answer
    cookies = [csrf_cookie, *answer.all("set-cookie")]
    assert all("; Secure" in cookie for cookie in cookies)
    session = next(cookie for cookie in cookies if cookie.startswith("sessionid="))
    assert "; HttpOnly" in session
    assert "; SameSite=Lax" in session


def test_static_files_are_kept_for_a_year(stack: "Stack") -> None:
    """Their names hold a hash of their content; other names are asked for again."""
    urls = static_urls(stack)
    assert len(urls) >= 3
    for url in urls:
        assert re.search(r"\.[0-9a-f]{12}\.(js|css)$", url)
        answer = stack.client.get(url)
        assert answer.status == 200
        assert answer.one("cache-control") == "public, max-age=31536000, immutable"
    plain = re.sub(r"\.[0-9a-f]{12}\.", ".", urls[0])
    assert stack.client.get(plain).one("cache-control") == "public, max-age=300"


def test_static_text_is_compressed(stack: "Stack") -> None:
    """Scripts and styles are; what the app writes may hold secrets, and never is."""
    script = stack.client.get(static_urls(stack)[0], Accept_Encoding="gzip")
    assert script.one("content-encoding") == "gzip"
    assert script.one("vary") == "Accept-Encoding"
    schema = stack.client.get("/api/schema/?format=json", Accept_Encoding="gzip")
    page = stack.client.get("/admin/login/?next=/a", Accept_Encoding="gzip")
    for answer in (schema, page):
        assert answer.all("content-encoding") == []
        assert len(answer.body) > 2048


def test_no_request_has_a_static_file_compressed(stack: "Stack") -> None:
    """A hundred a second of a large script would keep nginx from everybody else."""
    for url in static_urls(stack):
        answer = stack.client.get(url, Accept_Encoding="gzip")
        assert answer.one("content-encoding") == "gzip"
        # What nginx compresses while it sends has no length.
        assert int(answer.one("content-length")) == len(answer.body), url


def test_an_unknown_path_is_404(stack: "Stack") -> None:
    """The app's answer and nginx's look the same."""
    for path in ("/api/nowhere/", "/static/nowhere.js", "/static/"):
        answer = stack.client.get(path)
        assert answer.status in {403, 404}
        assert answer.error_code() in {"not_found", "permission_denied"}


def test_a_wrong_method_is_405(stack: "Stack") -> None:
    """The app's answer and nginx's look the same."""
    for path in ("/api/v1/auth/register/", static_urls(stack)[0]):
        answer = stack.client.request("DELETE", path)
        assert (answer.status, answer.error_code()) == (405, "method_not_allowed")


def test_malformed_json_is_400(stack: "Stack") -> None:
    """The app's answer passes through unchanged."""
    stack.forget_throttles()
    answer = stack.client.post("/api/v1/auth/token/", b"{not json")
    assert (answer.status, answer.error_code()) == (400, "parse_error")


def test_a_malformed_request_is_400(stack: "Stack") -> None:
    """What is not HTTP never reaches the app."""
    answer = stack.client.raw(b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")
    assert (answer.status, answer.error_code()) == (400, "bad_request")


def test_plain_http_at_the_tls_port_is_400(stack: "Stack") -> None:
    """In the envelope, and not nginx's page about it."""
    request = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    with socket.create_connection(
        (LOOPBACK, stack.client.https_port), TIMEOUT
    ) as plain:
        plain.sendall(request)
        with plain.makefile("rb") as file:
            content = file.read()
    head, _, body = content.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400")
    assert json.loads(body)["errors"][0]["code"] == "bad_request"


def test_a_foreign_host_is_400(stack: "Stack") -> None:
    """Host names that were not listed are refused."""
    answer = stack.client.get("/api/v1/auth/csrf/", Host="evil.example.net")
    assert (answer.status, answer.error_code()) == (400, "bad_request")


def test_a_body_over_one_mebibyte_is_413(stack: "Stack") -> None:
    """One byte over is refused by nginx; one byte less is the app's to judge."""
    stack.forget_throttles()
    refused = stack.client.post("/api/v1/auth/token/", b" " * (MEBIBYTE + 1))
    assert (refused.status, refused.error_code()) == (413, "request_too_large")
    judged = stack.client.post("/api/v1/auth/token/", b"{" + b" " * (MEBIBYTE - 2))
    assert (judged.status, judged.error_code()) == (400, "parse_error")


def test_a_body_over_one_mebibyte_is_413_over_http_2_too(stack: "Stack") -> None:
    """With a length that was announced and with one that was not."""
    url = f"https://localhost:{stack.client.https_port}/api/v1/auth/token/"
    curl = ("curl", "--silent", "--insecure", "--http2", "--max-time", "30", url)
    sent = ("--data-binary", "@-", "--header", "Content-Type: application/json")
    for length in ((), ("--header", "Transfer-Encoding: chunked")):
        done = subprocess.run(
            [*curl, *sent, *length, "--write-out", "\n%{http_code} %{http_version}"],
            input=b" " * (2 * MEBIBYTE),
            capture_output=True,
            check=False,
        )
        body, _, last = done.stdout.rpartition(b"\n")
        assert last == b"413 2", done
        assert json.loads(body)["errors"][0]["code"] == "request_too_large"


def test_unfinished_bodies_cost_no_worker_of_nginx(stack: "Stack") -> None:
    """From however many addresses they come: what they may fill is bounded."""
    before = stack.pids("nginx")
    run = ("run", "--detach", "--rm", "--network", f"{stack.name}_front")
    image = ("--entrypoint", "python3.12", stack.image("manage"), "-c", UNFINISHED)
    clients = [docker(*run, *image).strip() for _ in range(ADDRESSES)]
    try:
        for client in clients:
            docker("wait", client, check=False)
        assert stack.client.get("/api/health/").status == 200
    finally:
        docker("rm", "--force", *clients, check=False)
    assert stack.pids("nginx") == before


def test_half_sent_headers_lock_nobody_out(stack: "Stack") -> None:
    """One address keeps asking for more connections than nginx has; another is served."""
    before = stack.pids("nginx")
    run = ("run", "--detach", "--network", f"{stack.name}_front")
    image = ("--entrypoint", "python3.12", stack.image("manage"), "-c", HALF_SENT)
    flood = docker(*run, *image).strip()
    try:
        waited = time.monotonic()
        for _ in range(ASKED):
            time.sleep(1)
            assert stack.client.get("/api/health/").status == 200
        waited = time.monotonic() - waited - ASKED
        docker("wait", flood)
        opened, held = map(int, docker("logs", flood).split())
    finally:
        docker("rm", "--force", flood, check=False)
    assert opened > PLACES, "this was no flood"
    assert held <= PER_ADDRESS
    assert waited < ASKED, "others had to wait"
    assert "limiting connections" not in docker("logs", stack.container("nginx"))
    assert stack.pids("nginx") == before


@pytest.mark.parametrize(
    "what", ["resets", "streams", "settings", "pings", "continuations", "bombs"]
)
def test_floods_over_http_2_lock_nobody_out(stack: "Stack", what: str) -> None:
    """Of frames that cost their sender less than nginx; another address is served."""
    before = stack.pids("nginx")
    run = ("run", "--detach", "--network", f"{stack.name}_front")
    image = ("--entrypoint", "python3.12", stack.image("manage"), "-c", HTTP_2, what)
    flood = docker(*run, *image).strip()
    try:
        started = time.monotonic()
        while not (sent := docker("logs", flood)):
            assert stack.client.get("/api/health/").status == 200
            assert time.monotonic() - started < PATIENCE, "others had to wait"
        assert int(sent) >= FRAMES, "this was no flood"
    finally:
        docker("rm", "--force", flood, check=False)
    assert stack.pids("nginx") == before


def test_streams_that_nobody_reads_cost_no_worker_of_nginx(stack: "Stack") -> None:
    """The headers of each wait in memory, those of refused ones too."""
    before = stack.pids("nginx")
    image = ("--entrypoint", "python3.12", stack.image("manage"), "-c", HELD)
    network = ("--network", f"{stack.name}_front")
    held = docker("run", "--rm", *network, *image, str(HELD_CONNECTIONS))
    assert stack.pids("nginx") == before
    assert int(held) == HELD_CONNECTIONS, "this was no flood"
    assert stack.client.get("/api/health/").status == 200


def test_who_reads_nothing_costs_little_memory(every_stack: "Stack") -> None:
    """Of the kernel's: it would keep megabytes for each of two hundred connections."""
    script = next(url for url in static_urls(every_stack) if "bundle" in url)
    run = ("run", "--detach", "--network", f"{every_stack.name}_front")
    image = ("--entrypoint", "python3.12", every_stack.image("manage"), "-c", UNREAD)
    client = docker(*run, *image, script).strip()
    try:
        started = time.monotonic()
        while "asked" not in docker("logs", client):
            assert time.monotonic() - started < PATIENCE, "it has read too slowly"
            time.sleep(0.2)
        time.sleep(1)
        sockets = every_stack.compose("exec", "-T", "nginx", "cat", "/proc/net/tcp")
    finally:
        docker("rm", "--force", client, check=False)
    ours = [line.split() for line in sockets.splitlines() if ":20FB " in line]
    kept = [[int(number, 16) for number in fields[4].split(":")] for fields in ours]
    unsent, unread = map(max, zip(*kept, strict=True))
    assert 0 < unsent < KEPT
    assert 0 < unread < KEPT


def test_half_sent_headers_are_logged_with_their_address(stack: "Stack") -> None:
    """Not with the socket between the two halves of nginx."""
    with socket.create_connection((LOOPBACK, stack.client.http_port)) as slow:
        slow.sendall(b"GET /half-sent HTTP/1.1\r\nHost: loc")
        assert slow.recv(1) == b""
    lines = docker("logs", stack.container("nginx")).splitlines()
    entry = next(json.loads(line) for line in reversed(lines) if "half-sent" in line)
    assert entry["status"] == 408
    gateway = next(iter(stack.inspect("nginx")["NetworkSettings"]["Networks"].values()))
    assert entry["remote_addr"] == gateway["Gateway"]


def test_connections_are_counted_unless_the_image_cannot(every_stack: "Stack") -> None:
    """An nginx without ``stream`` listens itself."""
    sockets = every_stack.compose("exec", "-T", "nginx", "sh", "-c", "ls /tmp")
    said = docker("run", "--rm", every_stack.nginx, "sh", "-c", "nginx -V 2>&1")
    can = every_stack.nginx != NGINX or "--with-stream " in said
    assert ("8443" in sockets.split()) == can
    front = every_stack.compose("exec", "-T", "nginx", "cat", FRONT)
    assert f"worker_connections {6144 if can else 3072};" in front
    assert every_stack.client.plain("/api/health/").status == 308


def test_ipv6_is_listened_to(stack: "Stack") -> None:
    """On both ports, as soon as Docker gives the container an address."""
    listening = stack.compose("exec", "-T", "nginx", "cat", "/proc/net/tcp6")
    ports = {line.split()[1] for line in listening.splitlines()[1:]}
    assert {f"{'0' * 32}:1F90", f"{'0' * 32}:20FB"} <= ports


def test_a_redirect_that_repeats_a_long_path_is_sent(stack: "Stack") -> None:
    """Each character of it takes five there: no header of the app is so long otherwise."""
    answer = stack.client.get(f"/admin/?{'%22' * 2650}")
    assert answer.status == 302
    assert len(answer.one("location")) > 13_000


def test_a_request_line_over_8190_bytes_is_414(stack: "Stack") -> None:
    """The limit of the specification's gunicorn.conf.py."""
    around = len("GET /api/health/? HTTP/1.1\r\n")
    fits = stack.client.get(f"/api/health/?{'a' * (8190 - around)}")
    assert fits.status == 200
    too_long = stack.client.get(f"/api/health/?{'a' * (8191 - around)}")
    assert (too_long.status, too_long.error_code()) == (414, "uri_too_long")


def test_headers_that_are_too_large_are_431(stack: "Stack") -> None:
    """One large line, or many lines, however short."""
    large = stack.client.get("/api/health/", X_Large="a" * 9000)
    assert (large.status, large.error_code()) == (431, "headers_too_large")
    for number, line in ((90, b"X: %s\r\n" % (b"a" * 400)), (100, b"X: \r\n")):
        request = b"GET / HTTP/1.1\r\nHost: localhost\r\n" + line * number + b"\r\n"
        many = stack.client.raw(request)
        assert (many.status, many.error_code()) == (431, "headers_too_large")


def test_a_flood_is_429(stack: "Stack") -> None:
    """Beyond the burst, and with the time after which to try again."""

    def send(number: int) -> "Answer":
        """Ask for one file."""
        return stack.client.get(f"/static/{number}")

    with ThreadPoolExecutor(40) as pool:
        answers = list(pool.map(send, range(FLOOD)))
    stack.wait_until_healthy()
    refused = [answer for answer in answers if answer.status == 429]
    assert refused, "nothing was refused"
    assert {answer.error_code() for answer in refused} == {"throttled"}
    assert {answer.one("retry-after") for answer in refused} == {"1"}
    assert {answer.status for answer in answers} == {404, 429}


def test_too_many_logins_are_429(stack: "Stack") -> None:
    """The app's throttle counts by the client's address, which cannot be forged."""
    stack.forget_throttles()
    credentials = {"email": "nobody@example.com", "password": "wrong"}
    answers = [
        stack.client.request(
            "POST",
            "/api/v1/auth/token/",
            credentials,
            {"X-Forwarded-For": f"203.0.113.{number}"},
        )
        for number in range(12)
    ]
    assert answers[0].status in {400, 401}
    assert (answers[-1].status, answers[-1].error_code()) == (429, "throttled")
    stack.forget_throttles()


def test_a_request_id_is_passed_through_or_made(stack: "Stack") -> None:
    """A well-formed one comes back; any other is replaced."""
    for path in ("/api/health/", "/static/nowhere"):
        passed = stack.client.get(path, X_Request_ID="abc-123.DEF_456")
        assert passed.one("x-request-id") == "abc-123.DEF_456"
        forged = stack.client.get(path, X_Request_ID='a","status":200}')
        assert re.fullmatch(r"[0-9a-f]{32}", forged.one("x-request-id"))


def test_the_access_log_is_json_without_the_query(stack: "Stack") -> None:
    """One object for each request, with its id, and no place to forge a line."""
    sent = "log-test-0123456789"
    stack.client.get(
        "/static/nowhere?token=hidden", X_Request_ID=sent, User_Agent='a"b\\c'
    )
    lines = docker("logs", stack.container("nginx")).splitlines()
    line = next(line for line in lines if sent in line)
    entry = json.loads(line)
    assert entry["path"] == "/static/nowhere"
    assert entry["status"] == 404
    assert entry["user_agent"] == 'a"b\\c'
    assert "hidden" not in line


def test_no_client_writes_long_lines_into_the_access_log(stack: "Stack") -> None:
    """What Docker keeps would hold seconds of a flood, and nothing of before."""
    sent = secrets.token_hex(8)
    path = f"/static/{'%22' * 2600}"
    stack.client.get(path, X_Request_ID=sent, User_Agent='"' * 8000)
    lines = docker("logs", stack.container("nginx")).splitlines()
    line = next(line for line in lines if sent in line)
    assert len(line) < 1500
    entry = json.loads(line)
    assert entry["path"] == path[:256]
    assert entry["user_agent"] == '"' * 256


@pytest.mark.parametrize(
    "line", [f"{'M' * 7000} /x HTTP/1.1", f"GET /static/x HTTP/1.{'0' * 7000}1"]
)
def test_no_method_or_version_makes_a_line_of_the_access_log_long(
    stack: "Stack", line: str
) -> None:
    """Neither has a length of its own: zeros before the number are legal."""
    sent = secrets.token_hex(8)
    head = f"{line}\r\nHost: localhost\r\nX-Request-ID: {sent}\r\n\r\n"
    stack.client.raw(head.encode())
    lines = docker("logs", stack.container("nginx")).splitlines()
    assert [len(line) < 500 for line in lines if sent in line] == [True]


def test_a_refused_request_writes_one_line(stack: "Stack") -> None:
    """In the access log, and none of its own among nginx's errors."""
    path = f"/static/{secrets.token_hex(8)}"
    with ThreadPoolExecutor(40) as pool:
        list(pool.map(lambda _: stack.client.get(path), range(FLOOD)))
    stack.wait_until_healthy()
    lines = docker("logs", stack.container("nginx")).splitlines()
    entries = [json.loads(line) for line in lines if path in line]
    assert {entry["logger"] for entry in entries} == {"nginx.access"}
    assert {entry["status"] for entry in entries} == {404, 429}
    # The log keeps 300 of an address in a second, and the whole flood may fit into one.
    assert len(entries) == len({entry["request_id"] for entry in entries}) >= 300


@pytest.mark.parametrize("what", ["streams", "lengths", "resets"])
def test_no_flood_washes_away_what_was_logged(stack: "Stack", what: str) -> None:
    """Neither refusals at any rate, nor what nginx calls an error before it counts."""
    started = datetime.now(tz=UTC).isoformat()
    network = ("run", "--rm", "--network", f"{stack.name}_front")
    image = ("--entrypoint", "python3.12", stack.image("manage"), "-c", HTTP_2, what)
    sent = int(docker(*network, *image))
    assert sent >= 5 * FRAMES, "this was no flood"
    stack.wait_until_healthy()
    written = docker("logs", "--since", started, stack.container("nginx"))
    assert_json(written)
    assert len(written) < 500_000 + 60 * sent


def test_nothing_but_nginx_is_published(stack: "Stack") -> None:
    """Two ports, and both are nginx's."""
    listed = stack.compose("ps", "--format", "json").splitlines()
    published = {
        (entry["Service"], port["PublishedPort"])
        for entry in map(json.loads, listed)
        for port in entry["Publishers"] or []
        if port["PublishedPort"]
    }
    client = stack.client
    assert published == {("nginx", client.http_port), ("nginx", client.https_port)}


def test_other_containers_reach_nothing(stack: "Stack") -> None:
    """Neither the app nor the data can be reached from another network."""
    addresses = {
        service: next(
            network["IPAddress"]
            for name, network in stack.inspect(service)["NetworkSettings"][
                "Networks"
            ].items()
            if name.endswith("_back")
        )
        for service in ("app", "db", "redis")
    }
    code = CONNECT.format(**addresses)
    image = stack.image("manage")
    arguments = ("--rm", "--entrypoint", "python3.12", image, "-c", code)
    assert docker("run", "--network", "bridge", *arguments) == ""
    own = docker("run", "--network", f"{stack.name}_back", *arguments)
    assert own.count("reached") == 3


def test_nginx_reaches_no_data(stack: "Stack") -> None:
    """It shares a network with the app alone."""
    networks = stack.inspect("nginx")["NetworkSettings"]["Networks"]
    assert set(networks) == {f"{stack.name}_front"}
    for service in ("db", "redis"):
        networks = stack.inspect(service)["NetworkSettings"]["Networks"]
        assert set(networks) == {f"{stack.name}_back"}
