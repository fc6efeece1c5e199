"""What a project may add to the rules and choose beside them."""

from typing import TYPE_CHECKING, Final

import pytest

from django_strict.rules.engine import check
from tests.rules.breaks import Edited, edit, new
from tests.rules.repository_breaks import PROJECT, SOON, STRICT, choice

if TYPE_CHECKING:
    from pathlib import Path

    from tests.helpers.project import Project
    from tests.rules.breaks import Break

OWN_RULE: Final = '''
"""Rules of the shop."""

from collections.abc import Iterator

from django_strict.rules import Module, Problem, rule


@rule(
    "SHOP001",
    title="No function is called process.",
    why="The name says nothing.",
    fix="Say what it does.",
    where="apps/orders/services.py",
    bad="def process() -> None: ...",
    good="def order_ship() -> None: ...",
    waivable=True,
)
def functions_are_named(module: Module) -> Iterator[Problem]:
    """Look at every function."""
    for function in module.functions:
        if function.name == "process":
            yield module.at(function, "`process` says nothing")
'''
BREACH: Final = (
    '"""Shipping."""\n\n\ndef process() -> int:\n    """Do it."""\n    return 1\n'
)
CODES: Final = '"apps/users/*" = ["C901"]'
# What is chosen, and the edit that makes it necessary.
CHOSEN: Final[dict[str, tuple[str, "Break"]]] = {
    "coverage-omit": (
        '["apps/users/admin.py"]',
        edit("DS049", "", PROJECT, 'omit = ["', 'omit = ["apps/users/admin.py", "'),
    ),
    "coverage-exclude": (
        '["raise AssertionError"]',
        edit("DS049", "", PROJECT, 'also = ["', 'also = ["raise AssertionError", "'),
    ),
    "mypy-overrides": (
        '["legacy.*"]',
        edit(
            "DS049",
            "",
            PROJECT,
            "[tool.django-stubs]",
            '[[tool.mypy.overrides]]\nmodule = ["legacy.*"]\nignore_errors = true\n\n'
            "[tool.django-stubs]",
        ),
    ),
    "ruff-ignores": (
        f"{{ {CODES} }}",
        edit(
            "DS047",
            "",
            STRICT,
            "[lint.per-file-ignores]\n",
            f"[lint.per-file-ignores]\n{CODES}\n",
        ),
    ),
}


@pytest.mark.parametrize("name", CHOSEN)
def test_a_chosen_exception_is_green_with_a_reason_and_a_day(
    files: "Path", name: str
) -> None:
    """And red without the entry, which then is nobody's choice."""
    value, needed = CHOSEN[name]
    entry = choice("", "", name, f'value = {value}\nreason = "Old."\nuntil = {SOON}')
    with Edited(files, needed):
        assert {finding.rule for finding in check(files)} == {needed.rule}
        with Edited(files, entry):
            assert check(files) == []


def test_a_page_size_of_ones_own_is_accepted(runnable: "Project") -> None:
    """The value stands in the settings; a smaller one needs no day."""
    smaller = edit("", "", "config/settings.py", '"PAGE_SIZE": 20', '"PAGE_SIZE": 10')
    entry = choice("", "", "page-size", 'value = 10\nreason = "Small screens."')
    step = ("poe", "check", "--only", "django", "--only", "house rules")
    with Edited(runnable.folder, smaller):
        assert "(DS105)" in runnable.run("uv", "run", *step, check=False)
        with Edited(runnable.folder, entry):
            runnable.run("uv", "run", *step)


def test_a_rule_of_ones_own_is_found_in_its_folder(runnable: "Project") -> None:
    """It is listed, explained, run and waived like all others."""
    module = new("", "", "rules/naming.py", OWN_RULE)
    breach = new("", "", "apps/users/shipping.py", BREACH)
    waiver = "# waive SHOP001 until " + SOON + ": an older client calls it\n"
    with Edited(runnable.folder, module), Edited(runnable.folder, breach):
        output = runnable.run("uv", "run", "django-strict", "house-rules", check=False)
        assert "apps/users/shipping.py:4:1 SHOP001 `process` says nothing" in output
        assert "fix: Say what it does." in output
        assert "rules/naming.py:" in runnable.run("uv", "run", "poe", "rule", "shop001")
        waived = edit("", "", breach.path, "def process", f"{waiver}def process")
        with Edited(runnable.folder, waived):
            runnable.run("uv", "run", "django-strict", "house-rules")


def test_a_rule_of_ones_own_has_an_id_of_its_own(runnable: "Project") -> None:
    """Letters other than the template's."""
    module = new("", "", "rules/naming.py", OWN_RULE.replace("SHOP001", "DS901"))
    with Edited(runnable.folder, module):
        output = runnable.run("uv", "run", "poe", "rules", check=False)
    assert (
        "rules/naming.py:8: the id DS901 must consist of letters other than" in output
    )


def test_a_package_offers_rules_by_an_entry_point(
    runnable: "Project", tmp_path: "Path"
) -> None:
    """Whatever is installed beside the project is asked."""
    (tmp_path / "shop_rules.py").write_text(OWN_RULE.replace("SHOP001", "SHOP002"))
    folder = tmp_path / "shop_rules-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Name: shop-rules\nVersion: 1.0\n")
    (folder / "entry_points.txt").write_text(
        "[django_strict.rules]\nshop = shop_rules\n"
    )
    output = runnable.run(
        "uv", "run", "django-strict", "rules", extra={"PYTHONPATH": str(tmp_path)}
    )
    assert "SHOP002  No function is called process." in output


def test_help_tells_how_to_add_and_to_choose(runnable: "Project") -> None:
    """With an example of each."""
    output = runnable.run("uv", "run", "poe", "rules", "--help")
    assert "[tool.strict.page-size]" in output
    assert '@rule("SHOP001"' in output
