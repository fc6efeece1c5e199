"""Gunicorn configuration for ASGI deployment."""  # noqa: N999 - gunicorn's name

import gc
import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django_strict_asgi.container import memory_problem

from config.env import HASHES_AT_ONCE, load
from config.logs import logging_config

# Read here once, so that a wrong environment stops the start with its sentences
# instead of one traceback per worker.
try:
    _env = load()
except ImproperlyConfigured as error:
    sys.exit(str(error))
if problem := memory_problem(_env.workers, HASHES_AT_ONCE):
    sys.exit(problem)

# ASGI worker class
worker_class = "django_strict_asgi.worker.Worker"

# Workers = (2 * CPU cores) + 1, counting the cores that the container may use; the
# connection pools were sized for this number.
workers = _env.workers

# Loaded once and then forked: workers start at once and share what never changes.
preload_app = True

# Binding: every interface of the container; only nginx is published.
bind = "0.0.0.0:8000"

# Logging
accesslog = "-"
errorlog = "-"
loglevel = "info"
logconfig_dict = logging_config(level=_env.log_level, log_format=_env.log_format)

# Timeouts
timeout = 120
graceful_timeout = 30
keepalive = 5

# Security. These two are for gunicorn's own parser, which uvicorn's worker does not use:
# nginx, which every request passes first, has the same limits.
limit_request_line = 8190
limit_request_fields = 100

# Heartbeat files in memory: a container's disk can stall, and its root is read-only.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108, PTH112
# Gunicorn's control socket would want a writable folder, and nothing here uses it.
control_socket_disable = True


def when_ready(server: object) -> None:
    """Keep the collector of each worker from touching, and so copying, shared memory.

    Args:
        server: gunicorn's main process, about to fork the workers.
    """
    del server
    gc.freeze()
