"""A small HTTPS client that hides nothing: repeated headers, raw bytes, versions."""

import http.client
import json
import socket
import ssl
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

TIMEOUT: Final = 60.0  # seconds
LOOPBACK: Final = "127.0.0.1"


def tls(
    version: ssl.TLSVersion | None = None, protocols: tuple[str, ...] = ("http/1.1",)
) -> ssl.SSLContext:
    """Describe how to speak TLS with a self-signed server.

    Args:
        version: The only version to speak; by default any.
        protocols: What to offer through ALPN.

    Returns:
        The context.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(list(protocols))
    if version is not None:
        # OpenSSL itself refuses old versions at its usual level of security.
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = version
        context.maximum_version = version
    return context


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered.

    Attributes:
        status: Status code.
        headers: All headers in their order, names in lower case.
        body: The body's bytes.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def all(self, name: str) -> list[str]:
        """List the values of a header.

        Args:
            name: Its name, in lower case.

        Returns:
            A value for each time it was sent.
        """
        return [value for key, value in self.headers if key == name]

    def one(self, name: str) -> str:
        """Read a header that must be there exactly once.

        Args:
            name: Its name, in lower case.

        Returns:
            Its value.
        """
        values = self.all(name)
        assert len(values) == 1, f"{name} was sent {len(values)} times: {values}"
        return values[0]

    def json(self) -> Any:  # noqa: ANN401 - JSON has any type
        """Parse the body.

        Returns:
            Its content.
        """
        return json.loads(self.body)

    def error_code(self) -> str:
        """Read an error in the API's envelope.

        Returns:
            The error's code.
        """
        content = self.json()
        assert set(content) == {"type", "errors"}, content
        kinds = {"client_error", "validation_error", "server_error"}
        assert content["type"] in kinds, content
        error = content["errors"][0]
        assert set(error) == {"code", "detail", "attr"}, content
        assert error["detail"], content
        assert self.one("content-type").startswith("application/json")
        return str(error["code"])


@dataclass(frozen=True, slots=True)
class Client:
    """Sends requests to a stack through its nginx.

    Attributes:
        https_port: Port of HTTPS on this machine.
        http_port: Port of HTTP on this machine.
        context: How TLS is spoken; certificates are not checked, they are self-signed.
    """

    https_port: int
    http_port: int
    context: ssl.SSLContext = field(default_factory=tls)

    def request(
        self,
        method: str,
        path: str,
        content: object = None,
        headers: "Mapping[str, str] | None" = None,
    ) -> Answer:
        """Send a request over a connection of its own.

        Args:
            method: The method.
            path: Path and query.
            content: Sent as JSON, or as it is when it is bytes; None sends no body.
            headers: Further headers.

        Returns:
            The answer.
        """
        connection = http.client.HTTPSConnection(
            LOOPBACK, self.https_port, timeout=TIMEOUT, context=self.context
        )
        return exchange(
            connection, method, path, content, self._with_host(headers or {})
        )

    def get(self, path: str, **headers: str) -> Answer:
        """Get a path.

        Args:
            path: Path and query.
            **headers: Further headers; underscores stand for hyphens.

        Returns:
            The answer.
        """
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.request("GET", path, headers=named)

    def post(self, path: str, content: object, token: str = "") -> Answer:
        """Post JSON.

        Args:
            path: Path.
            content: What is sent.
            token: An API token.

        Returns:
            The answer.
        """
        headers = {"Authorization": f"Token {token}"} if token else {}
        return self.request("POST", path, content, headers)

    def plain(self, path: str, **headers: str) -> Answer:
        """Get a path over HTTP without TLS.

        Args:
            path: Path and query.
            **headers: Further headers, a host among them.

        Returns:
            The answer.
        """
        connection = http.client.HTTPConnection(
            LOOPBACK, self.http_port, timeout=TIMEOUT
        )
        host = {"Host": f"localhost:{self.http_port}"} | headers
        return exchange(connection, "GET", path, None, host)

    def raw(self, request: bytes) -> Answer:
        """Send bytes that no client library would send.

        Args:
            request: The whole request.

        Returns:
            The answer.
        """
        with (
            socket.create_connection((LOOPBACK, self.https_port), TIMEOUT) as plain,
            self.context.wrap_socket(plain, server_hostname="localhost") as secure,
        ):
            secure.sendall(request)
            response = http.client.HTTPResponse(secure)
            response.begin()
            return answer_of(response)

    def _with_host(self, headers: "Mapping[str, str]") -> dict[str, str]:
        """Name the host as a browser would.

        Args:
            headers: The request's headers.

        Returns:
            The headers with a host.
        """
        return {"Host": f"localhost:{self.https_port}", **headers}


def exchange(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    content: object,
    headers: "Mapping[str, str]",
) -> Answer:
    """Send one request and close the connection.

    Args:
        connection: A new connection.
        method: The method.
        path: Path and query.
        content: The body, see ``Client.request``.
        headers: All headers.

    Returns:
        The answer.
    """
    body = None
    sent = dict(headers)
    if content is not None:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        sent.setdefault("Content-Type", "application/json")
    try:
        connection.request(method, path, body, sent)
        return answer_of(connection.getresponse())
    finally:
        connection.close()


def answer_of(response: http.client.HTTPResponse) -> Answer:
    """Read a response to its end.

    Args:
        response: The response.

    Returns:
        What it holds.
    """
    headers = tuple((name.lower(), value) for name, value in response.getheaders())
    return Answer(response.status, headers, response.read())
