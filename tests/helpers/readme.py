"""The commands that a rendered README shows."""

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

BLOCK: Final = re.compile(
    r"^```(?:bash|sh)\n(?P<code>.*?)^```$", re.DOTALL | re.MULTILINE
)
# A reader sees an error in the answer; a script has to stop at it.
STRICT_CURL: Final = """
shopt -s inherit_errexit
curl() { command curl --fail-with-body --max-time 30 "$@"; }
"""


def curl_script(folder: "Path") -> str:
    """Join the blocks that talk to the API to one script.

    Args:
        folder: The project's folder.

    Returns:
        Code for bash that stops at the first failing request.
    """
    text = (folder / "README.md").read_text("utf-8")
    blocks = [match["code"] for match in BLOCK.finditer(text)]
    return STRICT_CURL + "".join(block for block in blocks if "curl" in block)
