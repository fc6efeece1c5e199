"""Shows the global fixtures of ``tests/conftest.py`` to the tests of all apps, too.

pytest shows them to ``tests/`` alone; importing them here, by name, shows them to
``apps/*/tests/``. The package django-strict brings those that every project needs.
"""

from tests.conftest import (  # noqa: F401 - pytest finds them by name
    api,
    as_staff,
    as_user,
    browser,
    login,
    staff,
    user,
)
