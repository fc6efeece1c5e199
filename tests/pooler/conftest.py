"""Fixtures of the tests of poolers and of Redis elsewhere."""

# These need a rendered project around them; test_redis.py runs them in one.
collect_ignore = ["inside"]
