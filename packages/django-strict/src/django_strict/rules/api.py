"""Section 11: DRF baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django_strict.rules.files import CHOICES, fixed
from django_strict.rules.model import rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_strict.rules.model import Problem
    from django_strict.rules.running import Running


@rule(
    "DS105",
    title="REST_FRAMEWORK holds the baseline's values.",
    why="Authentication, permissions, paging, throttling, schema and errors follow from it.",
    fix="Restore the value that the message names in config/settings.py; `[tool.strict.page-size]` and `[tool.strict.throttle-rates]` in pyproject.toml choose another one, with a reason.",
    where="config/settings.py",
    bad='"PAGE_SIZE": 1000',
    good='"PAGE_SIZE": 20',
)
def rest_framework_is_the_baseline(running: Running) -> Iterator[Problem]:
    """A table may hold further keys; ``[tool.strict]`` may choose another value."""
    chosen = {setting: choice for choice, setting in CHOICES.items() if setting}
    for name, wanted in fixed("specification")["REST_FRAMEWORK"].items():
        actual = running.api.get(name)
        if isinstance(wanted, dict) and isinstance(actual, dict):
            actual = {key: actual.get(key) for key in wanted}
        if actual == wanted:
            continue
        if name in chosen and running.project.accepts(chosen[name], actual):
            continue
        message = f'REST_FRAMEWORK["{name}"] is {actual!r}, not {wanted!r}'
        if name in chosen:
            message += f" and not the `{chosen[name]}` of [tool.strict]"
        yield running.at_setting(name, message)


rule(
    "DS106",
    title="The OpenAPI document is generated without a warning.",
    why="A warning means an operation that clients read wrong.",
    fix="Describe the operation with @extend_schema.",
    enforced_by=("spectacular Failing as requested due to warnings",),
    where="apps/orders/views.py",
    bad='''
def get(self, request: "Request") -> Response:
    """A view without a serializer and without @extend_schema."""
''',
    good='''
@extend_schema(responses={200: OrderSerializer})
def get(self, request: "Request") -> Response:
    """List orders."""
''',
)
