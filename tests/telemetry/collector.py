"""A collector on loopback: takes OTLP over HTTP and Sentry's envelopes, and reads them."""

import gzip
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Final, override

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
)

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE: Final = 30.0  # seconds
STEP: Final = 0.05


class Collector:
    """What came in.

    Attributes:
        port: Where it listens.
        raw: All bodies, for whoever looks for a word in them.
        spans: Each span as a dictionary.
        metrics: Each point of each metric as a dictionary.
        events: What Sentry was told.
        delay: Seconds that each answer takes.
        asked: How many requests came.
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self.port = 0
        self.raw: list[bytes] = []
        self.spans: list[dict[str, Any]] = []
        self.metrics: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []
        self.delay = 0.0
        self.asked = 0

    @property
    def variables(self) -> dict[str, str]:
        """The environment of who shall send here, and at once."""
        return {
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{self.port}",
            "OTEL_SERVICE_NAME": "under-test",
            "OTEL_BSP_SCHEDULE_DELAY": "200",
            "OTEL_METRIC_EXPORT_INTERVAL": "500",
            "SENTRY_DSN": f"http://key@127.0.0.1:{self.port}/1",
        }

    def take(self, path: str, body: bytes) -> None:
        """Read what somebody sent.

        Args:
            path: Where to.
            body: What.
        """
        if path.endswith("/v1/traces"):
            self._take_spans(body)
        elif path.endswith("/v1/metrics"):
            self._take_metrics(body)
        elif path.endswith("/envelope/"):
            self.events += [
                event
                for line in body.splitlines()
                if "level" in (event := json.loads(line))
            ]
        self.raw.append(body)

    def _take_spans(self, body: bytes) -> None:
        """Read spans.

        Args:
            body: What was sent.
        """
        for part in ExportTraceServiceRequest.FromString(body).resource_spans:
            resource = values(part.resource.attributes)
            self.spans += [
                {
                    "name": span.name,
                    "trace": span.trace_id.hex(),
                    "id": span.span_id.hex(),
                    "parent": span.parent_span_id.hex(),
                    "kind": span.kind,
                    "status": span.status.code,
                    "resource": resource,
                    **values(span.attributes),
                }
                for scope in part.scope_spans
                for span in scope.spans
            ]

    def _take_metrics(self, body: bytes) -> None:
        """Read metrics.

        Args:
            body: What was sent.
        """
        for part in ExportMetricsServiceRequest.FromString(body).resource_metrics:
            resource = values(part.resource.attributes)
            for scope in part.scope_metrics:
                for metric in scope.metrics:
                    points = [*metric.histogram.data_points, *metric.gauge.data_points]
                    self.metrics += [
                        {
                            "name": metric.name,
                            "count": getattr(point, "count", 0),
                            "value": getattr(point, "as_int", 0),
                            "resource": resource,
                            **values(point.attributes),
                        }
                        for point in points
                    ]

    def trace(self, trace: str, enough: int = 1) -> list[dict[str, Any]]:
        """Wait for the spans of a trace.

        Args:
            trace: Its id.
            enough: How many there must be.

        Returns:
            The spans.
        """

        def found() -> list[dict[str, Any]]:
            """Look for them."""
            spans = [span for span in self.spans if span["trace"] == trace]
            return spans if len(spans) >= enough else []

        return until(found)


def values(attributes: Any) -> dict[str, Any]:  # noqa: ANN401 - protobuf's
    """Read attributes.

    Args:
        attributes: As they are sent.

    Returns:
        Their values by their names.
    """
    return {
        pair.key: getattr(pair.value, str(pair.value.WhichOneof("value")))
        for pair in attributes
    }


def until[Found](look: "Callable[[], Found]") -> Found:
    """Look again and again.

    Args:
        look: Finds something.

    Raises:
        TimeoutError: If it never does.

    Returns:
        What it found.
    """
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if found := look():
            return found
        time.sleep(STEP)
    message = "What was waited for never came."
    raise TimeoutError(message)


@contextmanager
def collecting() -> Iterator[Collector]:
    """Listen.

    Yields:
        What comes in.
    """
    collector = Collector()

    class Receiver(BaseHTTPRequestHandler):
        """Takes what is posted."""

        def do_POST(self) -> None:
            """Take it."""
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers["Content-Encoding"] == "gzip":
                body = gzip.decompress(body)
            collector.asked += 1
            time.sleep(collector.delay)
            collector.take(self.path, body)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        @override
        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        """Is not waited for at the end."""

        daemon_threads = True
        block_on_close = False

        @override
        def handle_error(self, request: object, client_address: object) -> None:
            """Say nothing of clients that went away."""

    with Server(("127.0.0.1", 0), Receiver) as server:
        collector.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, args=(STEP,))
        thread.start()
        try:
            yield collector
        finally:
            server.shutdown()
            thread.join()
