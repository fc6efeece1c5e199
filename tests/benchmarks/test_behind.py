"""Reading the counters of the servers behind a project."""

import socket
import threading
from typing import TYPE_CHECKING

from benchmarks.behind import Behind, Log

if TYPE_CHECKING:
    from pathlib import Path

LOG = b"""\
2026-11-23 20:00:00.000 UTC [1] LOG:  statement: BEGIN
2026-11-23 20:00:00.001 UTC [1] LOG:  execute <unnamed>: select $1
2026-11-23 20:00:00.001 UTC [1] DETAIL:  parameters: $1 = '1'
2026-11-23 20:00:00.002 UTC [1] LOG:  execute _pg3_0: SELECT "a"
\tFROM "b"
2026-11-23 20:00:00.003 UTC [1] LOG:  statement: COMMIT
2026-11-23 20:00:00.004 UTC [1] ERROR:  canceling statement due to user request
"""
INFO = "# Stats\r\ntotal_reads_processed:7\r\nused_cpu_sys:0.5\r\n"


def test_statements_of_both_protocols_are_counted(tmp_path: "Path") -> None:
    """Parameters, further lines and errors are no statements."""
    path = tmp_path / "postgres.log"
    path.write_bytes(LOG)
    assert Log(path).statements() == 4


def test_the_counters_are_read_with_the_password(tmp_path: "Path") -> None:
    """A percent sign in the address stands for itself, and the answer may be long."""
    received: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        thread = threading.Thread(target=_answer, args=(server, received))
        thread.start()
        behind = Behind(tmp_path, f"redis://:se%2Fcret@127.0.0.1:{port}/0")
        found = behind.information()
        thread.join()
    assert b"\r\nse/cret\r\n" in b"".join(received)
    assert found == {"total_reads_processed": "7", "used_cpu_sys": "0.5"}


def _answer(server: socket.socket, received: list[bytes]) -> None:
    """Answer one client as the Redis protocol has it.

    Args:
        server: Listens for it.
        received: Takes what it sends.
    """
    client, _ = server.accept()
    with client:
        received.append(client.recv(1000))
        client.sendall(b"+OK\r\n")
        received.append(client.recv(1000))
        client.sendall(b"$%d\r\n%s\r\n" % (len(INFO), INFO.encode()))
