"""The page about conformance tells what the proofs of this very run said."""

import os
from typing import TYPE_CHECKING

from extensions.conformance import PAGE, render, rows, without_date
from tests.rules.escapes import ONE_SHAPE, listed

if TYPE_CHECKING:
    from extensions.conformance import Proof


def test_the_page_is_current_and_has_no_empty_cell(proofs: list["Proof"]) -> None:
    """Every rule is proved; `uv run poe conformance` writes the page."""
    table = rows(proofs)
    assert all(proof.passed for proof in proofs)
    varied = {proof.rule for proof in proofs if proof.shape.startswith("as ")}
    assert {row.id for row in table} - varied == set(ONE_SHAPE)
    text = render(table, escapes=listed(), one_shape=ONE_SHAPE)
    if os.environ.get("WRITE_CONFORMANCE") == "1":
        PAGE.write_text(text, "utf-8")
    demands, _, _ = text.partition("## What escapes")
    lines = [line for line in demands.splitlines() if line.startswith("| DS")]
    assert len(lines) == len(table)
    assert all(part.strip() for line in lines for part in line.strip("|").split("|"))
    assert without_date(PAGE.read_text("utf-8")) == without_date(text), (
        "docs/conformance.md is stale: uv run poe conformance"
    )
