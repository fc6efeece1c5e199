"""The threads that sync views run on: few, bounded, and used again."""

import asyncio
import threading
from collections import Counter, deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress


class OverloadedError(Exception):
    """The server could not answer in time; the message is for the log alone."""


class Turns:
    """A semaphore whose turns go to the clients that have fewest of them.

    One client that asks for a thousand waits for itself; the next one comes first.
    """

    def __init__(self, size: int, *, kept: int = 0) -> None:
        """Prepare the turns.

        Args:
            size: How many there are.
            kept: How many of them are for clients that have none.
        """
        self._free = size
        self._kept = kept
        self._taken: Counter[str] = Counter()
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {}

    async def acquire(self, client: str) -> None:
        """Wait for a turn.

        Args:
            client: Who wants it.

        Raises:
            CancelledError: If it is not waited for any longer.
        """
        turn = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(client, deque()).append(turn)
        self._pass_on()
        try:
            await turn
        except asyncio.CancelledError:
            # Given already, or still in the queue.
            if turn.cancelled():
                self._leave(client, turn)
            else:
                self.release(client)
            raise

    def release(self, client: str) -> None:
        """Give a turn back.

        Args:
            client: Who had it.
        """
        self._free += 1
        self._taken[client] -= 1
        if not self._taken[client]:
            del self._taken[client]
        self._pass_on()

    def _pass_on(self) -> None:
        """Give turns to those who wait, as long as there are any for them."""
        while self._waiting:
            # Of several, the one that has waited longest.
            client = min(self._waiting, key=lambda who: self._taken[who])
            if self._free <= (self._kept if self._taken[client] else 0):
                break
            turn = self._waiting[client][0]
            self._leave(client, turn)
            if client in self._waiting:
                self._waiting[client] = self._waiting.pop(client)
            if not turn.done():
                self._free -= 1
                self._taken[client] += 1
                turn.set_result(None)

    def _leave(self, client: str, turn: "asyncio.Future[None]") -> None:
        """Take somebody out of the queue.

        Args:
            client: Whose place it is.
            turn: What was waited for.
        """
        queue = self._waiting.get(client, deque())
        with suppress(ValueError):
            queue.remove(turn)
        if not queue:
            self._waiting.pop(client, None)


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
        # However long the work takes that a client asks for, others find a thread.
        self._free = Turns(size, kept=size // 4)
        # The other half serves others, however many large bodies come.
        self._large = Turns(max(1, size // 2))
        # Of JSON and forms, which take thirty times their length once they are parsed: in
        # each thread one, a few clients would take all memory.
        self._parsed = Turns(1)
        self._idle: list[ThreadPoolExecutor] = []
        self._lent: dict[ThreadPoolExecutor, ExitStack] = {}

    async def borrow(
        self, client: str, *, large: bool = False, parsed: bool = False
    ) -> ThreadPoolExecutor:
        """Borrow a thread; the next one goes to the client that has fewest.

        Args:
            client: Who asks.
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
                        await turn.acquire(client)
                        taken.callback(turn.release, client)
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
