"""An own PostgreSQL 16 and Valkey for development, from wheels, without Docker.

All processes of the project share one pair of servers. The first call of `acquire`
starts them, and they stop soon after the last process that called it has ended,
however it ended. Data, passwords and ports stay in one folder.
"""

from django_strict.embedded.addresses import Addresses
from django_strict.embedded.client import acquire
from django_strict.embedded.errors import EmbeddedError

__all__ = ["Addresses", "EmbeddedError", "acquire"]
