"""One run: everything in its order."""

import http.client
import json
from contextlib import ExitStack
from datetime import UTC, datetime
from time import monotonic
from typing import TYPE_CHECKING, Final

from benchmarks import growth as growing, record as terms
from benchmarks.contestants import Contestant, check_list, project, rivals
from benchmarks.load import repeat
from benchmarks.profiling import profile
from benchmarks.project import (
    commands,
    deployed,
    image_megabytes,
    rendered,
    revision,
)
from benchmarks.record import Counts, Measurements, Record, Service
from benchmarks.servers import Databases, Server

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from benchmarks.load import Request
    from benchmarks.project import (
        Deployment,
    )

COUNTED: Final = 20


type Served = list[tuple[Contestant, Server]]


def run(
    folder: "Path",
    progress: "Callable[[str], None]",
    *,
    seconds: int,
    rounds: int,
    growth: bool,
) -> Record:
    """Measure everything."""
    began = monotonic()
    # Whatever is edited meanwhile, this is what is measured.
    measured = revision()
    progress("copying the template and installing packages")
    with ExitStack() as stack:
        rendering, copies = stack.enter_context(rendered(folder))
        timed, image = {terms.COPY: copies}, None
        if growth:
            progress("the project's own commands")
            timed |= commands(rendering)
            progress("the production image, if there is a Docker engine")
            image = image_megabytes(rendering)
        deployment = stack.enter_context(deployed(rendering))
        databases = Databases(deployment.database_url, deployment.redis_url)
        record = Record(
            date="",
            revision=measured,
            seconds=seconds,
            rounds=rounds,
            users=terms.USERS,
            took=0.0,
            machine=deployment.machine(databases),
            commands=timed,
            image=image,
        )
        compare(record, deployment, databases, progress)
        if growth:
            record.lists = growing.lists(deployment, seconds, progress)
            progress("growth: routes")
            record.routes = growing.routes(
                deployment, deployment.seed(terms.USERS), seconds
            )
            token = deployment.seed(terms.USERS)
            record.apps = growing.apps(rendering, deployment, token, progress)
    record.date = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    record.took = monotonic() - began
    return record


def compare(
    record: Record,
    deployment: "Deployment",
    databases: Databases,
    progress: "Callable[[str], None]",
) -> None:
    """Measure the contestants, all of them served and one at a time under load."""
    progress(f"filling the databases with {terms.USERS:,} users")
    own = project(deployment, deployment.seed(terms.USERS))
    contestants = [own, *rivals(deployment)]
    progress("starting every contestant again and again")
    starts = growing.starts(contestants, record.rounds)
    progress("counting statements and round trips")
    record.counts = count(own, databases)
    with ExitStack() as stack:
        served = [(each, stack.enter_context(each.serve())) for each in contestants]
        progress("warming up")
        for contestant, server in served:
            record.cells[contestant.name] = warm_up(contestant, server, record.seconds)
        for number in range(record.rounds):
            progress(f"round {number + 1} of {record.rounds}")
            measure_round(record, served, databases, number)
        for contestant, server in served:
            memory = server.worker_memory()
            record.services[contestant.name] = Service(starts[contestant.name], memory)
        # After the memory was measured: whoever is sampled gets more of the list.
        for contestant, server in served:
            if contestant.name in {terms.PROJECT, terms.KEPT}:
                progress(f"profiling: {contestant.name}")
                request = contestant.requests["list"]
                found = profile(server, request, deployment.folder.parent)
                record.profiles[contestant.name] = found
                server.wait_until_idle()
    if not all(record.profiles.values()):
        progress("no profile: py-spy could not look into the workers")
        record.profiles = {}


def warm_up(
    contestant: Contestant, server: Server, seconds: int
) -> dict[str, Measurements]:
    """Send a contestant everything once, and see it answer like the others."""
    if "list" in contestant.requests:
        check_list(
            contestant, json.loads(send(contestant.requests["list"], server.port))
        )
    for kind, request in contestant.requests.items():
        repeat(request, server.port, max(seconds, terms.KINDS[kind].seconds))
    server.wait_until_idle()
    return {kind: Measurements() for kind in contestant.requests}


def measure_round(
    record: Record, served: Served, databases: Databases, number: int
) -> None:
    """Measure every contestant once, kind by kind."""
    for kind, description in terms.KINDS.items():
        if description.rounds is not None and number >= description.rounds:
            continue
        for contestant, server in served if number % 2 == 0 else served[::-1]:
            if kind not in contestant.requests:
                continue
            request = contestant.requests[kind]
            own, others = server.cpu_seconds(), databases.cpu_seconds()
            seconds = max(record.seconds, description.seconds)
            result = repeat(request, server.port, seconds)
            server.wait_until_idle()
            # At its end the load generator leaves each client's last request
            # unanswered; the server has worked for it all the same.
            sent = result.requests + request.clients
            cell = record.cells[contestant.name][kind]
            cell.rates.append(result.rate)
            cell.p50s.append(result.p50)
            cell.p99s.append(result.p99)
            cell.cpus.append(1000 * (server.cpu_seconds() - own) / sent)
            cell.databases.append(1000 * (databases.cpu_seconds() - others) / sent)


def count(contestant: Contestant, databases: Databases) -> dict[str, Counts]:
    """Count what one request asks of PostgreSQL and the Redis-protocol server."""
    found = {}
    with databases.statements() as statements, contestant.serve() as server:
        for kind, request in contestant.requests.items():
            if request.refused:
                continue
            # The first ones open connections, in all workers.
            for _ in range(COUNTED):
                send(request, server.port)
            before, messages = statements(), databases.messages()
            for _ in range(COUNTED):
                send(request, server.port)
            # The second look at the counter counts itself.
            messages = databases.messages() - messages - 1
            after = statements()
            found[kind] = Counts((after - before) / COUNTED, messages / COUNTED)
    return found


def send(request: "Request", port: int) -> bytes:
    """Send a request once, on a connection of its own; returns the body of the answer."""
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    method = "POST" if request.body else "GET"
    client.request(method, request.path, request.body or None, request.headers)
    answer = client.getresponse()
    body = answer.read()
    client.close()
    if answer.status != request.status:
        message = f"{request.path} answered {answer.status}, not {request.status}."
        raise RuntimeError(message)
    return body
