"""Make a virtual environment smaller: drop what a running service never reads.

Called once by the builder stage. What goes: static files (collected by then, served by
nginx), sources of translations and of C extensions, and the debug information that some
wheels ship inside their shared libraries, 14 MB in uvloop's alone.
"""

import shutil
import struct
import sys
from pathlib import Path
from typing import Final

SOURCES: Final = frozenset({".c", ".h", ".po", ".pxd", ".pyx"})
# https://refspecs.linuxfoundation.org/elf/elf.pdf: a 64-bit, little-endian file.
ELF: Final = b"\x7fELF\x02\x01"
HEADER: Final = struct.Struct("<16sHHIQQQIHHHHHH")
SEGMENT: Final = struct.Struct("<IIQQQQQQ")
LOADED: Final = 1  # PT_LOAD


def without_debug_information(content: bytes) -> bytes:
    """Cut a shared library after the last byte that is ever loaded.

    Args:
        content: The file's content.

    Returns:
        A library that loads the same; the content itself when there is nothing to cut.
    """
    if not content.startswith(ELF) or b".debug_info\0" not in content:
        return content
    header = list(HEADER.unpack_from(content))
    offset, size, count = header[5], header[9], header[10]
    segments = [
        SEGMENT.unpack_from(content, offset + size * index) for index in range(count)
    ]
    end = max(
        start + length
        for kind, _, start, _, _, length, _, _ in segments
        if kind == LOADED
    )
    # The table of sections lay behind that end; say that there is none.
    header[6] = header[12] = header[13] = 0
    return HEADER.pack(*header) + content[HEADER.size : end]


def trim(environment: Path) -> None:
    """Delete and cut what is not needed.

    Args:
        environment: The virtual environment.
    """
    packages = environment / "lib"
    for folder in [path for path in packages.rglob("static") if path.is_dir()]:
        shutil.rmtree(folder, ignore_errors=True)
    for path in [path for path in packages.rglob("*") if path.is_file()]:
        if path.suffix in SOURCES:
            path.unlink()
        elif ".so" in path.suffixes:
            content = path.read_bytes()
            trimmed = without_debug_information(content)
            if len(trimmed) < len(content):
                path.write_bytes(trimmed)


if __name__ == "__main__":
    trim(Path(sys.argv[1]))
