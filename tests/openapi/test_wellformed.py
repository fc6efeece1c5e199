"""A document that is torn or was edited by hand is told apart, with what is wrong."""

import importlib
from typing import TYPE_CHECKING, Any, Final

import pytest

from django_strict.openapi import document as document_file
from django_strict.openapi.document import UnreadableError, decode, parse
from django_strict.openapi.wellformed import inspect
from tests.helpers.repository import git
from tests.openapi.history import DOCUMENT, edited
from tests.openapi.places import LIST, field, get, post, schema

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.openapi.history import Document, History

FIX: Final = "`uv run poe openapi` writes it again"
TORN: Final[list[tuple["Callable[[Any], object]", str]]] = [
    (lambda d: d.update(paths=None), "paths holds nothing instead of a mapping"),
    (lambda d: d.pop("paths"), "paths holds nothing instead of a mapping"),
    (lambda d: d.update(info=[]), "info holds [] instead of a mapping"),
    (lambda d: d["paths"].update({1: {}}), "paths holds 1 instead of text"),
    (
        lambda d: d["paths"].update({LIST: None}),
        f"{LIST} holds nothing instead of a mapping",
    ),
    (
        lambda d: d["paths"][LIST].update(get=None),
        f"GET {LIST} holds nothing instead of a mapping",
    ),
    (
        lambda d: get(d).update(parameters=3),
        f"GET {LIST}: parameters holds 3 instead of a list",
    ),
    (
        lambda d: get(d)["parameters"][0].pop("name"),
        f"GET {LIST}: name of a parameter holds nothing instead of text",
    ),
    (
        lambda d: get(d)["responses"].update({"200": None}),
        f"GET {LIST}: answer 200 holds nothing instead of a mapping",
    ),
    (
        lambda d: get(d)["responses"]["200"].update(content=None),
        f"GET {LIST}: answer 200: content holds nothing instead of a mapping",
    ),
    (
        lambda d: get(d)["responses"]["200"].update(headers={"X": []}),
        f"GET {LIST}: answer 200: header X holds [] instead of a mapping",
    ),
    (
        lambda d: post(d)["requestBody"].update(content={"text/csv": None}),
        f"POST {LIST}: request: text/csv holds nothing instead of a mapping",
    ),
    (
        lambda d: get(d).update(security={"token": []}),
        f"GET {LIST}: security holds {{'token': []}} instead of a list",
    ),
    (
        lambda d: get(d).update(security=[{"token": None}]),
        f"GET {LIST}: security: token holds nothing instead of a list",
    ),
    (
        lambda d: d["components"].update(securitySchemes={"token": None}),
        "components: securitySchemes: token holds nothing instead of a mapping",
    ),
    (
        lambda d: d["components"]["schemas"].pop("State"),
        "#/components/schemas/State is referred to and not there",
    ),
    (
        lambda d: field(d, "NewOrder", "state").update({"$ref": "other.yaml#/State"}),
        "other.yaml#/State lies outside of the file",
    ),
    (
        lambda d: field(d, "NewOrder", "state").update({"$ref": 1}),
        "state: $ref holds 1 instead of text",
    ),
    (
        lambda d: schema(d, "State").update({"$ref": "#/components/schemas/State"}),
        "#/components/schemas/State refers to itself",
    ),
    (
        lambda d: schema(d, "State").update(
            oneOf=[{"$ref": "#/components/schemas/State"}]
        ),
        "a schema consists of itself",
    ),
    (
        lambda d: field(d, "NewOrder", "amount").update(minimum="2"),
        "amount: minimum holds 2 instead of a number",
    ),
    (
        lambda d: field(d, "NewOrder", "amount").update(type=[None]),
        "amount: type holds nothing instead of text",
    ),
    (
        lambda d: field(d, "NewOrder", "amount").update(enum="1"),
        "amount: enum holds 1 instead of a list",
    ),
    (
        lambda d: field(d, "NewOrder", "amount").update(required=True),
        "amount: required holds true instead of a list",
    ),
    (
        lambda d: field(d, "NewOrder", "mark").update(oneOf=[None]),
        "mark: oneOf holds nothing instead of a mapping",
    ),
    (
        lambda d: field(d, "Page", "results").update(items=[]),
        "results: items holds [] instead of a mapping",
    ),
    (
        lambda d: schema(d, "NewOrder").update(properties={None: {}}),
        "NewOrder holds nothing instead of text",
    ),
]


@pytest.mark.parametrize(("change", "fault"), TORN, ids=[fault for _, fault in TORN])
def test_what_no_document_holds_is_named(
    change: "Callable[[Any], object]", fault: str
) -> None:
    """With the place where it stands."""
    with pytest.raises(UnreadableError) as raised:
        inspect(edited(change))
    assert str(raised.value).endswith(fault)
    assert "\n" not in str(raised.value)


def with_unusual_parts(document: "Document") -> None:
    """Write what YAML and OpenAPI allow and the code does not make.

    Args:
        document: The document.
    """
    field(document, "Page", "results")["items"] = True
    schema(document, "NewOrder")["additionalProperties"] = False
    field(document, "NewOrder", "amount")["exclusiveMinimum"] = True
    get(document)["responses"][404] = {"description": "Nothing there"}


def test_a_sound_document_is_no_finding() -> None:
    """With booleans for schemas, and with statuses that YAML reads as numbers."""
    inspect(DOCUMENT)
    inspect(edited(with_unusual_parts))


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
    assert command.check("# caf\n") == 1
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
    git(history.folder, "commit", "--quiet", "--all", "--message=Broken")
    broken = git(history.folder, "rev-parse", "HEAD").strip()
    history.write(DOCUMENT)
    status, output = history.compare()
    assert (status, output.count("\n")) == (0, 1)
    assert f"HEAD ({broken})" in output
    assert "nothing to compare with" in output


def test_a_file_that_is_broken_still_is_red(history: "History") -> None:
    """Its state in the last commit is no excuse."""
    (history.folder / "openapi.yaml").write_text("<<<<<<< HEAD\nopenapi: [")
    git(history.folder, "commit", "--quiet", "--all", "--message=Broken")
    status, output = history.compare()
    assert (status, FIX in output) == (1, True)
