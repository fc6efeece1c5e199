"""A document that is torn or was edited by hand is told apart, with what is wrong."""

import importlib
from typing import TYPE_CHECKING, Final

import pytest

from django_strict.openapi import document as document_file
from django_strict.openapi.document import UnreadableError, decode, parse
from django_strict.openapi.wellformed import inspect
from tests.openapi.documents import DOCUMENT, cases, patched

if TYPE_CHECKING:
    from pathlib import Path

    from tests.openapi.documents import Document
    from tests.openapi.history import History

FIX: Final = "`uv run poe openapi` writes it again"


@pytest.mark.parametrize(
    "case", cases("changes.yaml", "torn"), ids=lambda case: case["fault"]
)
def test_what_no_document_holds_is_named(case: "Document") -> None:
    """With the place where it stands."""
    with pytest.raises(UnreadableError) as raised:
        inspect(patched(case["patch"]))
    assert str(raised.value).endswith(case["fault"])
    assert "\n" not in str(raised.value)


def test_a_sound_document_is_no_finding() -> None:
    """With booleans for schemas, and with statuses that YAML reads as numbers."""
    inspect(DOCUMENT)
    unusual: dict[str, dict[str | int, object]] = {
        "Page properties results": {"items": True},
        "NewOrder": {"additionalProperties": False},
        "NewOrder properties amount": {"exclusiveMinimum": True},
        "LIST get responses": {404: {"description": "Nothing there"}},
    }
    inspect(patched(unusual))


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("", "it is empty or missing"),
        ("- 1\n", "it holds no OpenAPI document"),
        ("<<<<<<< HEAD\nopenapi: [", "it is no YAML: "),
        ("day: 2024-13-45\n", "it is no YAML: "),
        ("a: \x00", "it is no YAML: "),
    ],
)
def test_what_is_no_document_is_told_in_a_line(content: str, fault: str) -> None:
    """A conflict marker, say."""
    with pytest.raises(UnreadableError, match=fault) as raised:
        parse(content)
    assert "\n" not in str(raised.value)


def test_another_encoding_is_told_with_its_line() -> None:
    """UTF-8 is what the command writes."""
    with pytest.raises(UnreadableError, match="line 2 is not UTF-8"):
        decode("openapi: 3.0.3\n# café\n".encode("latin-1"))


def test_another_encoding_is_told_from_a_difference(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: "Path",
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The comparison with the code says how to mend it, too."""
    monkeypatch.setattr(document_file, "ROOT", tmp_path)
    (tmp_path / "openapi.yaml").write_bytes(b"# caf\xe9\n")
    # Imported by name: mypy would follow it to Django, which is not installed here.
    command = importlib.import_module("django_strict.openapi.__main__")
    monkeypatch.setattr(command, "generate", lambda: "# caf\n")
    assert command.main(["check"]) == 1
    assert FIX in capsys.readouterr().out


def test_another_encoding_is_written_over(
    monkeypatch: pytest.MonkeyPatch, tmp_path: "Path"
) -> None:
    """The command that mends a file need not read it."""
    monkeypatch.setattr(document_file, "ROOT", tmp_path)
    file = tmp_path / "openapi.yaml"
    file.write_bytes(b"# caf\xe9\n")
    assert document_file.write_file("# café\n")
    assert file.read_bytes() == "# café\n".encode()
    assert not document_file.write_file("# café\n")


@pytest.mark.parametrize(
    "content",
    [
        b"<<<<<<< HEAD\nopenapi: [",
        b"- 1\n",
        b"",
        b"openapi: 3.0.3\n# caf\xe9\n",
        b"paths:\n",
    ],
)
def test_a_broken_file_says_how_to_mend_it(history: "History", content: bytes) -> None:
    """In one line, without a traceback."""
    (history.folder / "openapi.yaml").write_bytes(content)
    status, output = history.compare()
    assert (status, output.count("\n")) == (1, 1)
    assert output.startswith("openapi.yaml: ")
    assert FIX in output


@pytest.mark.parametrize(
    "content", [b"<<<<<<< HEAD\nopenapi: [", b"# caf\xe9\n", b"paths:\n"]
)
def test_a_file_that_was_committed_broken_can_be_mended(
    history: "History", content: bytes
) -> None:
    """A gate that stays red would refuse the commit that mends it."""
    (history.folder / "openapi.yaml").write_bytes(content)
    history.git("commit", "--quiet", "--all", "--message=Broken")
    broken = history.git("rev-parse", "HEAD").strip()
    history.write(DOCUMENT)
    status, output = history.compare()
    assert (status, output.count("\n")) == (0, 1)
    assert f"HEAD ({broken})" in output
    assert "nothing to compare with" in output


def test_a_file_that_is_broken_still_is_red(history: "History") -> None:
    """Its state in the last commit is no excuse."""
    (history.folder / "openapi.yaml").write_text("<<<<<<< HEAD\nopenapi: [")
    history.git("commit", "--quiet", "--all", "--message=Broken")
    status, output = history.compare()
    assert (status, FIX in output) == (1, True)
