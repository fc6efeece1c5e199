"""A folder of uploads that does not fill its disk, and keeps what it was given."""

import errno
import os
import shutil
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import IO, Any, Final, override

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage

# What uploads leave free, of a small disk a tenth: PostgreSQL may lie on the same one.
LEAST_FREE: Final = 1024**3
LEAST_SHARE: Final = 0.1


class Folder(FileSystemStorage):
    """A folder whose files do not fill the disk, and are on it."""

    @override
    def save(
        self, name: str | None, content: IO[Any], max_length: int | None = None
    ) -> str:
        """Store a file, unless that leaves others too little room.

        Args:
            name: What it shall be called.
            content: The file.
            max_length: Of the name.

        Raises:
            OSError: If the disk would be nearly full, as if it were: ``ENOSPC``.

        Returns:
            What it is called.
        """
        folder = Path(self.location)
        folder.mkdir(parents=True, exist_ok=True)
        disk = shutil.disk_usage(folder)
        least = min(LEAST_FREE, disk.total * LEAST_SHARE)
        file = content if isinstance(content, File) else File(content, name)
        if disk.free - file.size < least:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder))
        stored = super().save(name, file, max_length)
        path = folder / stored
        # PostgreSQL's commit outlives a power cut, and so does the file that its row names.
        for place in (path, *path.parents[: len(Path(stored).parts)]):
            descriptor = os.open(place, os.O_RDONLY)
            try:
                # Some file systems know it of files alone.
                with nullcontext() if place == path else suppress(OSError):
                    os.fsync(descriptor)
            finally:
                os.close(descriptor)
        return stored
