"""How many connections a project's containers, workers and threads may open."""

from typing import TYPE_CHECKING, Final

from django_strict_asgi.container import processors

# Connections of PostgreSQL that workers leave to others. The stack's keeps as many for its
# superuser (superuser_reserved_connections): backups, and somebody looking at what is wrong.
RESERVED_CONNECTIONS: Final = 10
# What the worker of the queue opens at most (django_strict_asgi.queue_worker).
QUEUE_CONNECTIONS: Final = 8
# More connections than this make a worker slower, not faster: its views share one
# interpreter.
LARGEST_POOL: Final = 8


class Capacity:
    """What follows from an environment's sizes.

    Attributes:
        web_concurrency: Workers, where somebody chose a number.
        database_pool_max_size: Connections of each, where somebody chose a number.
        database_max_connections: Those of the server, or of a pooler's clients.
        database_pooler: ``none``, or what lends connections.
        app_replicas: Containers that share them, where there are several.
        worker_replicas: Workers of the queue.
    """

    if TYPE_CHECKING:
        web_concurrency: int | None
        database_pool_max_size: int | None
        database_max_connections: int
        database_pooler: str
        app_replicas: int | None
        worker_replicas: int

    @property
    def workers(self) -> int:
        """How many worker processes serve the project."""
        return self.web_concurrency or processors() * 2 + 1

    @property
    def pool_max_size(self) -> int:
        """How many connections a worker opens at most: its share of PostgreSQL's."""
        share = self.web_connections // self.workers
        return self.database_pool_max_size or max(1, min(LARGEST_POOL, share))

    @property
    def web_connections(self) -> int:
        """How many connections the workers of one container may open together."""
        kept = RESERVED_CONNECTIONS + QUEUE_CONNECTIONS * self.worker_replicas
        free = self.database_max_connections - kept * (self.database_pooler == "none")
        return max(0, free) // (self.app_replicas + 1 if self.app_replicas else 1)

    @property
    def too_many_connections(self) -> str:
        """What is wrong when the workers may open more than that; else nothing."""
        connections = self.workers * self.pool_max_size
        if connections <= self.web_connections:
            return ""
        return (
            f"leaves {self.web_connections} connections to each container, and "
            f"{self.workers} workers may open {connections}; raise it together with "
            "PostgreSQL's max_connections, lower DATABASE_POOL_MAX_SIZE, WEB_CONCURRENCY "
            "or APP_REPLICAS, or put a pooler in front (DATABASE_POOLER)"
        )
