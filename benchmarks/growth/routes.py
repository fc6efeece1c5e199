"""A request behind a growing number of routes."""

from contextlib import ExitStack
from typing import TYPE_CHECKING, Final

from benchmarks import contestants
from benchmarks.growth.interleaved import interleaved

if TYPE_CHECKING:
    from benchmarks.place import Place

COUNTS: Final = (1, 50, 100, 200)


def grow(place: "Place", token: str, seconds: int) -> dict[str, list[float]]:
    """Measure a request while the project gets more and more routes before it.

    Args:
        place: The project with its servers.
        token: A token of staff.
        seconds: How long each measurement lasts.

    Returns:
        Requests per second, round by round, by the number of added routes.
    """
    urls = place.folder / "config" / "urls.py"
    original = urls.read_text(encoding="utf-8")
    asked = {}
    with ExitStack() as stack:
        stack.callback(urls.write_text, original, encoding="utf-8")
        for count in COUNTS:
            extra = (
                f"\nurlpatterns[:0] = [path(f'extra/{{i}}/<int:pk>/', live) "
                f"for i in range({count})]\n"
            )
            urls.write_text(original + extra, encoding="utf-8")
            contestant = contestants.project(place, token)
            # It has read its routes when it answers, so the file may change again.
            running = stack.enter_context(contestant.serve())
            asked[str(count)] = (contestant.requests["me"], running)
        return interleaved(asked, seconds)
