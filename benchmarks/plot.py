"""The plot of the page: a bar for each contestant and kind of request."""

from html import escape
from typing import TYPE_CHECKING, Final

from benchmarks.figures import Figure
from benchmarks.names import CONTESTANTS, KINDS

if TYPE_CHECKING:
    from benchmarks.record import Record

# Told apart by lightness too, so that they differ in grey and to the colour-blind.
COLOURS: Final = ("#2a9d78", "#c3cad1", "#e2984a", "#a6c4ec", "#5b86c4")
WIDTH: Final = 800
BAR: Final = 17
GAP: Final = 20
LEFT: Final = 200
LENGTH: Final = 510
TOP: Final = 100
LEGEND: Final = 152
# Smaller values keep a decimal: logins would all look alike.
PRECISE: Final = 100
INK: Final = "#1b2733"
FAINT: Final = "#55616e"


def plot(record: "Record") -> str:
    """Draw requests per second, for each kind of request relative to the best.

    The panel brings its own light ground, so that it is as readable on a dark page.

    Args:
        record: What was found.

    Returns:
        The text of an SVG file.
    """
    lines, y = _legend(), TOP
    for kind, description in KINDS.items():
        found = {
            name: Figure.of(record.cells[name][kind].rates)
            for name in CONTESTANTS
            if kind in record.cells[name]
        }
        lines.append(_text(20, y + BAR - 4, description.title, size=13))
        most = max(figure.most for figure in found.values())
        for colour, name in zip(COLOURS, CONTESTANTS, strict=True):
            if name in found:
                lines += _bar(y, colour, found[name], LENGTH / most)
                y += BAR
        y += GAP
    lines.append(_text(20, y + 4, _note(record), size=11, ink=FAINT))
    return _panel(lines, y + 20)


def _note(record: "Record") -> str:
    """Say what bars and lines are.

    Args:
        record: What was found.

    Returns:
        The words, with the kinds of request that were measured for longer.
    """
    longer = "".join(
        f", {kind.title} {kind.seconds} s"
        for kind in KINDS.values()
        if kind.seconds > record.seconds
    )
    return (
        f"Bars: medians of interleaved rounds of {record.seconds} s{longer}; lines: "
        f"least to most. {record.date}"
    )


def _panel(lines: list[str], height: int) -> str:
    """Put marks on a ground of their own.

    Args:
        lines: The marks.
        height: Height of the ground.

    Returns:
        The text of an SVG file.
    """
    body = "\n".join(lines)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        f'viewBox="0 0 {WIDTH} {height}" font-family="Helvetica, Arial, sans-serif" '
        'role="img">\n<title>Requests per second, this template beside others</title>\n'
        f'<rect x="0.5" y="0.5" width="{WIDTH - 1}" height="{height - 1}" rx="8" '
        f'fill="#ffffff" stroke="#c9d1d9"/>\n{body}\n</svg>\n'
    )


def _legend() -> list[str]:
    """Say what is shown, and which colour is whose.

    Returns:
        The marks.
    """
    lines = [
        _text(20, 28, "Requests per second; longer is better", size=17),
        _text(
            20,
            48,
            "Each kind of request is drawn to its own scale: its largest value fills "
            "the width.",
            size=11,
            ink=FAINT,
        ),
    ]
    for index, (colour, title) in enumerate(
        zip(COLOURS, CONTESTANTS.values(), strict=True)
    ):
        x = 20 + index * LEGEND
        lines.append(f'<rect x="{x}" y="64" width="12" height="12" fill="{colour}"/>')
        lines.append(_text(x + 18, 74, title, size=12))
    return lines


def _bar(y: int, colour: str, figure: Figure, scale: float) -> list[str]:
    """Draw a value and its spread.

    Args:
        y: Its upper edge.
        colour: Its colour.
        figure: The value.
        scale: Points for each unit of the value.

    Returns:
        The marks.
    """
    middle = y + (BAR - 3) / 2
    ends = [LEFT + value * scale for value in (figure.least, figure.most)]
    value = number(figure.median)
    return [
        f'<rect class="bar" x="{LEFT}" y="{y}" width="{figure.median * scale:.1f}" '
        f'height="{BAR - 3}" fill="{colour}"/>',
        f'<line class="spread" x1="{ends[0]:.1f}" y1="{middle}" x2="{ends[1]:.1f}" '
        f'y2="{middle}" stroke="{INK}" stroke-width="1.5"/>',
        _text(round(ends[1]) + 8, y + BAR - 6, value, size=12),
    ]


def number(value: float) -> str:
    """Write a value as precisely as readers can tell it from its neighbours.

    Args:
        value: Requests per second.

    Returns:
        Below a hundred with one decimal.
    """
    return f"{value:.1f}" if value < PRECISE else f"{value:,.0f}"


def _text(x: int, y: int, text: str, *, size: int, ink: str = INK) -> str:
    """Write words.

    Args:
        x: Where they begin.
        y: Their base line.
        text: The words.
        size: Height of the letters.
        ink: Their colour.

    Returns:
        The mark.
    """
    return (
        f'<text x="{x}" y="{y}" font-size="{size}" fill="{ink}">{escape(text)}</text>'
    )
