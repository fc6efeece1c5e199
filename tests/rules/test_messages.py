"""A person who breaks a rule learns from the message alone what to do."""

from dataclasses import dataclass
from typing import Final

import pytest

from django_strict.rules.engine import check_file
from django_strict.rules.reports import as_text
from tests.rules.breaks import LATER

VIEW: Final = """
from rest_framework.permissions import IsAuthenticated
from rest_framework.views import APIView


class OrderView(APIView):
    permission_classes = (IsAuthenticated,)
"""


@dataclass(frozen=True, slots=True)
class Story:
    """One mistake, what is said about it, and what a literal reader does.

    Attributes:
        path: The file.
        before: The mistake.
        words: Pieces of the message that the reader follows.
        after: The file, changed as these words say and no further.
    """

    path: str
    before: str
    words: tuple[str, ...]
    after: str


STORIES: Final = {
    "a marker": Story(
        "apps/orders/services.py",
        f"# {LATER}: add taxes\nTOTAL = 1\n",
        (f"holds {LATER}", "delete the marker"),
        "TOTAL = 1\n",
    ),
    "pass after a docstring": Story(
        "apps/orders/domain.py",
        'class OrderError(Exception):\n    """Wrong."""\n\n    pass\n',
        ("`pass`", "an exception needs only its docstring"),
        'class OrderError(Exception):\n    """Wrong."""\n',
    ),
    "a blanket suppression": Story(
        "apps/orders/services.py",
        "import subprocess  # noqa\n",
        ("`noqa`", "name the code, as in `# noqa: S603`"),
        "import subprocess  # noqa: S404\n",
    ),
    "a rival": Story(
        "apps/orders/services.py",
        "import aioredis\n",
        ("the stack has redis.asyncio",),
        "import redis.asyncio\n",
    ),
    "a misplaced class": Story(
        "apps/orders/services.py",
        "from django.db import models\n\n\nclass Order(models.Model):\n    x = 1\n",
        ("`Order` belongs into models.py", "Move it to the module"),
        "",
    ),
    "the environment": Story(
        "apps/orders/services.py",
        "import os\n\nX = os.environ['X']\n",
        ("config/env.py", "read it from django.conf.settings"),
        "from django.conf import settings\n\nX = settings.X\n",
    ),
    "a query in a view": Story(
        "apps/orders/views.py",
        "from apps.orders.models import Order\n\nX = Order.objects.all()\n",
        ("Move reads to selectors.py", "call those"),
        "from apps.orders import selectors\n\nX = selectors.order_list()\n",
    ),
    "an undeclared view": Story(
        "apps/orders/views.py",
        VIEW,
        ("declares no authentication_classes", "Add both to the class"),
        f"{VIEW}    authentication_classes = ()\n",
    ),
    "all fields": Story(
        "apps/orders/serializers.py",
        "class Meta:\n    fields = '__all__'\n",
        (
            "`fields = '__all__'`",
            "`fields: ClassVar[list[str]] = [...]` with the names",
        ),
        "from typing import ClassVar\n\n\nclass Meta:\n"
        "    fields: ClassVar[list[str]] = ['id']\n",
    ),
    "approved SQL": Story(
        "apps/orders/selectors.py",
        "X = Order.objects.raw('SELECT 1')\n",
        ("is raw SQL", "`# waive DS060 until YYYY-MM-DD: the reason in some words`"),
        "X = Order.objects.only('id')\n",
    ),
    "a blocking call": Story(
        "apps/orders/services.py",
        "import time\n\n\nasync def f() -> None:\n    time.sleep(1)\n",
        ("use asyncio.sleep",),
        "import asyncio\n\n\nasync def f() -> None:\n    await asyncio.sleep(1)\n",
    ),
    "a named logger": Story(
        "apps/orders/services.py",
        "import logging\n\nlogger = logging.getLogger('orders')\n",
        ("Write `logger = logging.getLogger(__name__)`",),
        "import logging\n\nlogger = logging.getLogger(__name__)\n",
    ),
}


@pytest.mark.parametrize("name", STORIES)
def test_following_the_message_ends_green(name: str) -> None:
    """The words say what to do, and doing it literally is enough."""
    story = STORIES[name]
    message = as_text(check_file(story.path, story.before))
    for words in story.words:
        assert words in message
    assert check_file(story.path, story.after) == []
