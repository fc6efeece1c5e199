"""Password hashing for tests."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class CheapArgon2PasswordHasher(Argon2PasswordHasher):
    """The project's hasher at a cost that several hundred logins can pay.

    Tests of the hash itself use the configured one, through ``configured_hashers``.
    """

    time_cost = 1
    memory_cost = 8
    parallelism = 1
