"""The template's document is a project's, with two placeholders."""

import json
import warnings
from typing import TYPE_CHECKING

import pytest

from maintenance.openapi import (
    ANSWERS,
    TARGET,
    UnexpectedDocumentError,
    project_document,
    with_placeholders,
)

if TYPE_CHECKING:
    from pathlib import Path

DOCUMENT = (
    "info:\n"
    f"  title: {json.dumps(ANSWERS['project_name'])}\n"
    f"  description: {json.dumps(ANSWERS['project_description'])}\n"
)


def test_answers_become_placeholders() -> None:
    """As they stand in the file that is rendered."""
    lines = with_placeholders(DOCUMENT).splitlines()
    assert lines[0] == "info:"
    assert set(lines) <= set(TARGET.read_text(encoding="utf-8").splitlines())


@pytest.mark.parametrize(
    "document",
    [
        "info:\n",
        DOCUMENT * 2,
        DOCUMENT.replace('"', "'"),
        f"{DOCUMENT}# {ANSWERS['project_name']}",
    ],
)
def test_an_answer_in_another_place_is_refused(document: str) -> None:
    """It would be the same for all projects."""
    with pytest.raises(UnexpectedDocumentError, match="once"):
        with_placeholders(document)


def test_the_templates_document_is_current(
    tmp_path: "Path", monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fresh project describes the same API, whatever the caller's variables say."""
    monkeypatch.setenv("UV_PROJECT_ENVIRONMENT", str(tmp_path / "of-the-caller"))
    with warnings.catch_warnings():
        # Copier says that it renders uncommitted work too, which is meant.
        warnings.simplefilter("ignore")
        document = project_document(tmp_path / "project")
    assert with_placeholders(document) == TARGET.read_text(encoding="utf-8")
    assert not (tmp_path / "of-the-caller").exists()
