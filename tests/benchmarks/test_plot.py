"""The plot is a readable picture of the record."""

import xml.etree.ElementTree as ET  # the text is our own
from typing import TYPE_CHECKING

from benchmarks.figures import Figure
from benchmarks.names import ASGI, CONTESTANTS, KINDS
from benchmarks.plot import number, plot
from tests.benchmarks.records import record

if TYPE_CHECKING:
    from benchmarks.record import Record

SVG = "{http://www.w3.org/2000/svg}"


def uneven() -> "Record":
    """Make a record in which one contestant was slow in one round.

    Returns:
        The record.
    """
    found = record()
    for cells in found.cells[ASGI].values():
        cells.rates = [90.0, 9.0]
    return found


def drawn() -> ET.Element:
    """Draw the record.

    Returns:
        The root of the picture.
    """
    return ET.fromstring(plot(uneven()))  # noqa: S314 - written by ourselves


def marks(kind: str, name: str) -> list[ET.Element]:
    """Find marks.

    Args:
        kind: Kind of element.
        name: Their class.

    Returns:
        The marks, from top to bottom.
    """
    return [mark for mark in drawn().iter(SVG + kind) if mark.get("class") == name]


def rates() -> list[Figure]:
    """List what is to be drawn.

    Returns:
        The values, from top to bottom.
    """
    found = uneven().cells
    return [
        Figure.of(found[name][kind].rates)
        for kind in KINDS
        for name in CONTESTANTS
        if kind in found[name]
    ]


def test_every_value_has_one_bar_and_one_spread() -> None:
    """Nothing is left out, nothing is drawn twice."""
    assert len(marks("rect", "bar")) == len(rates())
    assert len(marks("line", "spread")) == len(rates())


def test_bars_are_as_long_as_their_values() -> None:
    """All values of a kind of request have the same scale."""
    lengths = [float(bar.attrib["width"]) for bar in marks("rect", "bar")]
    first = [
        length / rate.median for length, rate in zip(lengths, rates(), strict=True)
    ]
    scales = {round(scale, 2) for scale in first[: len(CONTESTANTS)]}
    assert len(scales) == 1


def test_every_value_is_written_beside_its_bar() -> None:
    """A number can be read without a ruler."""
    texts = [text.text for text in drawn().iter(SVG + "text")]
    for rate in rates():
        assert number(rate.median) in texts


def test_small_values_keep_a_decimal() -> None:
    """Logins do not look all alike."""
    assert [number(7.14), number(99.9), number(1234.5)] == ["7.1", "99.9", "1,234"]


def test_the_plot_says_what_it_shows() -> None:
    """Title, unit, direction, contestants and kinds of request stand in it."""
    texts = [text.text or "" for text in drawn().iter(SVG + "text")]
    assert texts[0] == "Requests per second; longer is better"
    assert set(CONTESTANTS.values()) <= set(texts)
    assert {kind.title for kind in KINDS.values()} <= set(texts)
    assert drawn().findtext(SVG + "title")


def test_the_plot_names_what_was_measured_for_longer() -> None:
    """Few logins fit into two seconds."""
    texts = [text.text or "" for text in drawn().iter(SVG + "text")]
    assert "rounds of 2 s, Login (Argon2) 4 s; lines: least to most" in texts[-1]


def test_the_plot_brings_its_own_ground() -> None:
    """Dark letters stay readable on a dark page."""
    root = drawn()
    ground = next(root.iter(SVG + "rect"))
    assert ground.get("fill") == "#ffffff"
    assert float(ground.attrib["width"]) >= float(root.attrib["width"]) - 1
    assert float(ground.attrib["height"]) >= float(root.attrib["height"]) - 1


def test_nothing_is_drawn_outside_the_ground() -> None:
    """The last bar and the longest value fit in."""
    root = drawn()
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    for line in root.iter(SVG + "line"):
        assert float(line.attrib["x2"]) < width - 60  # room for the number
    for text in root.iter(SVG + "text"):
        assert float(text.attrib["y"]) < height
