"""The last words of the test suite: which house rules its failures are about."""

from typing import TYPE_CHECKING

from django_strict.rules.model import related

if TYPE_CHECKING:
    import pytest

# The words with which pytest-cov ends; they are not ours to read.
COVERAGE_WORDS = "Required test coverage"


def pytest_terminal_summary(
    terminalreporter: "pytest.TerminalReporter", config: "pytest.Config"
) -> None:
    """Name the rules behind failed tests and missing coverage.

    Args:
        terminalreporter: Where pytest prints.
        config: Its configuration.
    """
    reports = [
        report
        for outcome in ("failed", "error")
        for report in terminalreporter.stats.get(outcome, [])
    ]
    words = [report.nodeid for report in reports]
    if _is_uncovered(config.pluginmanager.get_plugin("_cov")):
        words.append(COVERAGE_WORDS)
    for rule in related("\n".join(words)):
        terminalreporter.write_line(f"rule: {rule.id} {rule.title}", red=True)


def _is_uncovered(plugin: object) -> bool:
    """Tell whether the tests cover too little.

    Args:
        plugin: That of pytest-cov, None when it is not there.

    Returns:
        True when the total lies below the floor.
    """
    total = getattr(plugin, "cov_total", None)
    floor = getattr(getattr(plugin, "options", None), "cov_fail_under", None)
    return total is not None and floor is not None and total < floor
