"""Uploads in a folder."""

import shutil
from typing import TYPE_CHECKING

import pytest
from django.core.files.base import ContentFile
from django.utils.module_loading import import_string

from django_strict_asgi import folder as module
from django_strict_asgi.folder import Folder, NoRoomError
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
    with pytest.raises(NoRoomError):
        folder.save("second", ContentFile(b"x"))
    assert folder.listdir("") == ([], ["first"])


def test_the_folder_is_one_that_leaves_room() -> None:
    """Of every project whose uploads lie in one."""
    assert import_string(uploads("media")["BACKEND"]) is Folder
