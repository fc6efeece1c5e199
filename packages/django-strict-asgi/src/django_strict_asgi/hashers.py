"""The password hash, and how many of them a worker computes at once."""

from threading import BoundedSemaphore, Lock
from typing import Final, override

from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher

# A hash takes memory for as long as it takes time: without a bound, a few logins at once
# would take more than a container has, and its kernel would kill a worker.
_slots: Final = BoundedSemaphore(settings.PASSWORD_HASHES_AT_ONCE)
# Hashes of other settings, Django's own take 100 MiB, are computed one at a time.
_foreign: Final = Lock()


class Argon2Hasher(Argon2PasswordHasher):
    """Argon2id at the cost that OWASP recommends: 19 MiB, two passes, one lane.

    Hashes of other costs still verify, and are replaced at the next login.
    """

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1

    @override
    def encode(self, password: str, salt: str) -> str:
        """Hash a password.

        Args:
            password: The password.
            salt: Random text.

        Returns:
            Algorithm, cost, salt and hash.
        """
        with _slots:
            return super().encode(password, salt)

    @override
    def verify(self, password: str, encoded: str) -> bool:
        """Compare a password with a hash.

        Args:
            password: What somebody typed.
            encoded: What ``encode`` returned, at any cost.

        Returns:
            Whether they fit.
        """
        with _foreign if self.must_update(encoded) else _slots:
            return super().verify(password, encoded)
