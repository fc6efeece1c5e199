"""The threads that sync views run on: few, bounded, and used again."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress


class OverloadedError(Exception):
    """The server could not answer in time; the message is for the log alone."""


class RequestThreads:
    """Lends threads to requests, each to one request at a time.

    Django starts a thread for each request and ends it afterwards. Here a thread goes
    from one request to the next, and a request waits when all of them are busy: more
    threads than database connections would only wait there.
    """

    def __init__(self, *, size: int, patience: float) -> None:
        """Prepare the loan; a thread is started when it is first needed.

        Args:
            size: Most threads at the same time.
            patience: Seconds that a request waits for one.
        """
        self._patience = patience
        self._free = asyncio.Semaphore(size)
        # The other half serves others, however many large bodies come.
        self._large = asyncio.Semaphore(max(1, size // 2))
        # Of JSON and forms, which take thirty times their length once they are parsed: in
        # each thread one, a few clients would take all memory.
        self._parsed = asyncio.Semaphore(1)
        self._idle: list[ThreadPoolExecutor] = []
        self._lent: dict[ThreadPoolExecutor, ExitStack] = {}

    async def borrow(
        self, *, large: bool = False, parsed: bool = False
    ) -> ThreadPoolExecutor:
        """Borrow a thread; the longest waiting request gets the next one.

        Args:
            large: Whether it is for a large body.
            parsed: Whether that is one that is parsed as a whole.

        Raises:
            OverloadedError: If none became free in time, or none can be started.

        Returns:
            An executor with one thread.
        """
        turns = [*[self._parsed] * parsed, *[self._large] * large, self._free]
        with ExitStack() as taken:
            try:
                async with asyncio.timeout(self._patience):
                    for turn in turns:
                        await turn.acquire()
                        taken.callback(turn.release)
            except TimeoutError as error:
                message = f"No thread became free within {self._patience:g} s."
                raise OverloadedError(message) from error
            try:
                # The one that was used last: its database connection and caches are warm.
                thread = self._idle.pop() if self._idle else _start()
            except RuntimeError as error:
                message = "The machine starts no further thread."
                raise OverloadedError(message) from error
            self._lent[thread] = taken.pop_all()
            return thread

    def give_back(self, thread: ThreadPoolExecutor) -> None:
        """Let the next request have a thread.

        Args:
            thread: The thread, with nothing left to do.
        """
        self._idle.append(thread)
        self._lent.pop(thread).close()

    def give_back_later(self, thread: ThreadPoolExecutor) -> None:
        """Let the next request have a thread when it has done its work.

        A thread cannot be interrupted: the view of a client that went away runs on.

        Args:
            thread: The thread, possibly in the middle of a view.
        """
        loop = asyncio.get_running_loop()

        def give_back(_: object) -> None:
            """Return the thread once its work has ended."""
            # The server may have stopped meanwhile, and its loop with it.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(self.give_back, thread)

        # Runs last: a thread does its work in the order in which it came. What is called
        # does not matter, only that its turn has come.
        thread.submit(threading.get_ident).add_done_callback(give_back)


def _start() -> ThreadPoolExecutor:
    """Make an executor and start its thread, which then stays.

    Raises:
        RuntimeError: If the machine has no thread left.

    Returns:
        The executor.
    """
    executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="request")
    executor.submit(threading.get_ident)
    return executor
