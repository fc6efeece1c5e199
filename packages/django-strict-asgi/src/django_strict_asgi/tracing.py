"""Traces and metrics over OTLP: a span per request, statement, Redis call and task.

A span says what was done and never with which values: routes and no paths, statements
without their parameters, Redis commands without their arguments, kinds of errors without
their texts.
"""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import wraps
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any, Final, override

from django.apps import apps
from django.db import connections
from django.db.backends.signals import connection_created
from django.db.models import Q
from django.utils import timezone
from opentelemetry import metrics, propagate, trace
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.metrics import Observation
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, StatusCode
from redis import asyncio as async_redis, client as redis

from django_strict_asgi.handler import Handler
from django_strict_asgi.telemetry import sends

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from opentelemetry.metrics import CallbackOptions
    from opentelemetry.trace import Span
    from procrastinate.jobs import Job

    from django_strict_asgi.handler import Receive, Request, Send

PATIENCE: Final = 5.0  # seconds that a stop waits for a collector
# What an orchestrator asks every few seconds is nobody's request.
PROBES: Final = "/api/health/"
METHODS: Final = frozenset(
    ["CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"]
)
LONGEST_STATEMENT: Final = 2000
INTERNAL_SERVER_ERROR: Final = 500

logger: Final = logging.getLogger(__name__)
tracer: Final = trace.get_tracer("django-strict-asgi")
meter: Final = metrics.get_meter("django-strict-asgi")
requests: Final = meter.create_histogram("http.server.request.duration", "s")
tasks: Final = meter.create_histogram("messaging.process.duration", "s")


class TracedHandler(Handler):
    """The handler, with a span for each request."""

    @override
    async def serve(self, request: "Request", receive: "Receive", send: "Send") -> None:
        """Serve a request.

        Args:
            request: The request.
            receive: Tells when the client goes away.
            send: Takes the answer.
        """
        # In the first request and so behind every fork: threads do not survive one.
        start()
        if request.path_info.startswith(PROBES):
            await super().serve(request, receive, send)
            return
        known = request.method if request.method in METHODS else "_OTHER"
        attributes: dict[str, Any] = {"http.request.method": known}
        headers = {
            name.decode("latin-1"): value.decode("latin-1")
            for name, value in request.scope["headers"]
        }

        async def note(message: "Mapping[str, Any]") -> None:
            """Read the status off the answer."""
            if message["type"] == "http.response.start":
                attributes["http.response.status_code"] = message["status"]
            await send(message)

        began = time.perf_counter()
        with _span(
            str(known), SpanKind.SERVER, attributes, propagate.extract(headers)
        ) as span:
            try:
                await super().serve(request, receive, note)
            finally:
                if request.early_match:
                    attributes["http.route"] = f"/{request.early_match[1].route}"
                    span.update_name(f"{known} {attributes['http.route']}")
                status = attributes.get("http.response.status_code", 0)
                if status >= INTERNAL_SERVER_ERROR:
                    span.set_status(StatusCode.ERROR)
                    attributes["error.type"] = str(status)
                span.set_attributes(attributes)
                requests.record(time.perf_counter() - began, attributes)


@contextmanager
def task(job: "Job", stored: dict[str, Any]) -> Iterator[None]:
    """Follow a task, within the trace of the request that caused it.

    Args:
        job: Its row.
        stored: What it holds.

    Yields:
        Nothing.
    """
    attributes: dict[str, Any] = {
        "messaging.system": "postgresql",
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.destination.name": job.task_name,
    }
    began = time.perf_counter()
    try:
        with _span(
            f"process {job.task_name}",
            SpanKind.CONSUMER,
            {**attributes, "messaging.message.id": str(job.id)},
            propagate.extract(stored),
        ):
            yield
    except BaseException as error:
        attributes["error.type"] = _kind(error)
        raise
    finally:
        tasks.record(time.perf_counter() - began, attributes)


def carrier() -> dict[str, str]:
    """Say what goes with a task.

    Returns:
        The headers of the current trace.
    """
    headers: dict[str, str] = {}
    propagate.inject(headers)
    return {name: headers[name] for name in ("traceparent",) if name in headers}


class _Exporters:
    """Those of this process.

    Attributes:
        running: What has to be shut down.
    """

    running: "list[TracerProvider | MeterProvider] | None" = None


def start() -> None:
    """Start the exporters of this process, once, and follow what it does."""
    if _Exporters.running is not None:
        return
    _Exporters.running = []
    if sends("TRACES"):
        spans = TracerProvider()
        try:
            spans.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        except ValueError:
            logger.exception("No traces are sent: a variable OTEL_BSP_... is wrong.")
        trace.set_tracer_provider(spans)
        _Exporters.running.append(spans)
    if sends("METRICS"):
        reader = PeriodicExportingMetricReader(OTLPMetricExporter())
        numbers = MeterProvider([reader])
        metrics.set_meter_provider(numbers)
        _Exporters.running.append(numbers)
    logging.setLogRecordFactory(_with_ids(logging.getLogRecordFactory()))
    speaker = logging.getLogger("opentelemetry")
    speaker.addHandler(_Seldom())
    speaker.propagate = False
    connection_created.connect(_follow_statements)
    for client, name in (
        (redis.Redis, "execute_command"),
        (redis.Pipeline, "execute"),
        (async_redis.Redis, "execute_command"),
        (async_redis.client.Pipeline, "execute"),
    ):
        setattr(client, name, _followed(getattr(client, name)))


def watch_queue() -> None:
    """Tell with the other metrics how many tasks wait; for the process that runs them."""
    meter.create_observable_gauge(
        "messaging.queue.waiting", [_waiting], "{task}", "Tasks that are due"
    )


def stop() -> None:
    """Send what waits; a collector that does not answer is not waited for."""
    threads = [
        threading.Thread(target=provider.shutdown, daemon=True)
        for provider in _Exporters.running or ()
    ]
    for thread in threads:
        thread.start()
    end = time.monotonic() + PATIENCE
    for thread in threads:
        thread.join(max(0, end - time.monotonic()))


def _kind(error: BaseException) -> str:
    """Name the kind of an error.

    Args:
        error: The error; its text may quote values.

    Returns:
        The path of its class.
    """
    return f"{type(error).__module__}.{type(error).__qualname__}"


@contextmanager
def _span(
    name: str,
    kind: SpanKind,
    attributes: dict[str, Any],
    context: Any = None,  # noqa: ANN401
) -> Iterator["Span"]:
    """Follow something that may fail.

    Args:
        name: What it is called.
        kind: Its place in the trace.
        attributes: What is known of it before.
        context: What it belongs to, if not to the current span.

    Yields:
        The span.
    """
    with tracer.start_as_current_span(
        name,
        context,
        kind,
        attributes,
        record_exception=False,
        set_status_on_exception=False,
    ) as span:
        try:
            yield span
        except BaseException as error:
            span.set_status(StatusCode.ERROR)
            span.set_attribute("error.type", _kind(error))
            raise


def _first_word(text: str) -> str:
    """Say what a statement or a command does.

    Args:
        text: The statement or command.

    Returns:
        Its first word.
    """
    return "".join(text.split(maxsplit=1)[:1]).upper()


def _follow_statements(connection: Any, **_: object) -> None:  # noqa: ANN401 - Django's
    """Follow the statements of a connection of Django's.

    Args:
        connection: The connection; the wrapper of a thread comes here again and again.
    """
    if _statement not in connection.execute_wrappers:
        connection.execute_wrappers.append(_statement)


def _statement(
    execute: "Callable[..., Any]",
    sql: Any,  # noqa: ANN401 - a text, or one that psycopg composes
    *rest: Any,  # noqa: ANN401
) -> Any:  # noqa: ANN401
    """Execute a statement, within a request or a task in a span.

    Args:
        execute: What does it.
        sql: The statement with places for its parameters.
        *rest: The parameters, which are nobody's business, and Django's context.

    Returns:
        What the execution returns.
    """
    if not isinstance(sql, str) or not trace.get_current_span().is_recording():
        return execute(sql, *rest)
    verb = _first_word(sql)
    attributes = {
        "db.system.name": "postgresql",
        "db.operation.name": verb,
        "db.query.text": sql[:LONGEST_STATEMENT],
    }
    with _span(verb, SpanKind.CLIENT, attributes):
        return execute(sql, *rest)


def _followed(method: "Callable[..., Any]") -> "Callable[..., Any]":
    """Wrap a method that sends something to Redis.

    Args:
        method: The method.

    Returns:
        The same with a span, within a request or a task.
    """

    def command(arguments: tuple[Any, ...]) -> Any:  # noqa: ANN401
        """Begin a span named like the command, or none."""
        names = [part for part in arguments[1:2] if isinstance(part, str)]
        verb = _first_word(names[0]) if names else "PIPELINE"
        attributes = {"db.system.name": "redis", "db.operation.name": verb}
        return _span(verb, SpanKind.CLIENT, attributes)

    if iscoroutinefunction(method):

        @wraps(method)
        async def awaited(*arguments: Any, **options: Any) -> Any:  # noqa: ANN401
            """Send it from the event loop."""
            if not trace.get_current_span().is_recording():
                return await method(*arguments, **options)
            with command(arguments):
                return await method(*arguments, **options)

        return awaited

    @wraps(method)
    def called(*arguments: Any, **options: Any) -> Any:  # noqa: ANN401
        """Send it from a thread."""
        if not trace.get_current_span().is_recording():
            return method(*arguments, **options)
        with command(arguments):
            return method(*arguments, **options)

    return called


def _waiting(options: "CallbackOptions") -> list[Observation]:
    """Count the tasks that are due.

    Args:
        options: OpenTelemetry's.

    Returns:
        The number.
    """
    del options
    try:
        rows = apps.get_model("procrastinate", "ProcrastinateJob").objects
        due = Q(scheduled_at=None) | Q(scheduled_at__lte=timezone.now())
        return [Observation(rows.filter(due, status="todo").count())]
    finally:
        connections.close_all()


def _with_ids(
    factory: "Callable[..., logging.LogRecord]",
) -> "Callable[..., logging.LogRecord]":
    """Let each log line name its trace.

    Args:
        factory: Makes records.

    Returns:
        Makes records with ``trace_id`` and ``span_id``, within a span.
    """

    def make(*arguments: Any, **options: Any) -> logging.LogRecord:  # noqa: ANN401
        """Make a record."""
        record = factory(*arguments, **options)
        context = trace.get_current_span().get_span_context()
        if context.is_valid:
            record.trace_id = trace.format_trace_id(context.trace_id)
            record.span_id = trace.format_span_id(context.span_id)
        return record

    return make


class _Seldom(logging.Handler):
    """Hands one line a minute on: an exporter has much to say of a dead collector."""

    PAUSE: Final = 60.0
    _last = float("-inf")

    @override
    def emit(self, record: logging.LogRecord) -> None:
        """Hand a line on, or not.

        Args:
            record: The line.
        """
        if time.monotonic() - self._last >= self.PAUSE:
            self._last = time.monotonic()
            logging.getLogger().handle(record)
