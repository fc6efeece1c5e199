"""Uploads in a folder."""

import errno
import os
import shutil
import stat
from typing import TYPE_CHECKING

import pytest
from django.core.files.base import ContentFile
from django.utils.module_loading import import_string

from django_strict_asgi import folder as module
from django_strict_asgi.answers import is_outage
from django_strict_asgi.folder import Folder
from django_strict_asgi.storage import uploads

if TYPE_CHECKING:
    from pathlib import Path


def test_uploads_leave_room_on_the_disk(
    tmp_path: "Path", monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL, which may lie there too, goes on; nothing is half-written."""
    folder = Folder(location=tmp_path / "media")
    folder.save("first", ContentFile(b"x"))
    disk = shutil.disk_usage(tmp_path)
    # All that is free, as if there were a small disk that is nearly full.
    monkeypatch.setattr(module, "LEAST_FREE", disk.total)
    monkeypatch.setattr(module, "LEAST_SHARE", 1)
    with pytest.raises(OSError, match="No space left") as refused:
        folder.save("second", ContentFile(b"x"))
    assert is_outage(refused.value)
    assert folder.listdir("") == ([], ["first"])


def test_a_file_outlives_a_power_cut(
    tmp_path: "Path", monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the row does that names it: its bytes are on the disk, and the way to them is."""
    synced = []
    fsync = os.fsync

    def record(descriptor: int) -> None:
        """Note what is written to the disk, and how long it is by then."""
        status = os.fstat(descriptor)
        synced.append((status.st_ino, status.st_size))
        if stat.S_ISDIR(status.st_mode):
            # As some file systems say.
            raise OSError(errno.EINVAL, "fsync")
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", record)
    name = Folder(location=tmp_path).save("orders/one", ContentFile(b"kept"))
    assert ((tmp_path / name).stat().st_ino, 4) in synced
    folders = {(tmp_path / "orders").stat().st_ino, tmp_path.stat().st_ino}
    assert folders <= {inode for inode, _ in synced}


def test_the_folder_is_one_that_leaves_room() -> None:
    """Of every project whose uploads lie in one."""
    assert import_string(uploads("media")["BACKEND"]) is Folder
