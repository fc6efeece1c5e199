"""Another language: a line of the settings, a locked package and a catalogue."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import pytest

from tests.helpers.project import Project
from tests.helpers.rendering import render
from tests.helpers.serving import Server, serving

if TYPE_CHECKING:
    from pathlib import Path

OFF: Final = 'LANGUAGES = [("en", "English")]'
ON: Final = 'LANGUAGES = [("en", "English"), ("de", "Deutsch")]'
# The project's own words; Django and DRF bring theirs.
CATALOGUE: Final = """\
msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8\\n"

msgid "Unable to log in with these credentials."
msgstr "Mit diesen Angaben ist keine Anmeldung möglich."
"""
TRANSLATED: Final = 'msgstr "Übersetzt"'
LOGIN: Final = "/api/v1/auth/token/"
NOBODY: Final[dict[str, object]] = {"email": "a@example.com", "password": "wrong"}


def compile_command(dockerfile: str, programs: "Path") -> str:
    """Find how the image compiles catalogues.

    Args:
        dockerfile: The project's Dockerfile.
        programs: Where the programs lie that the gate stage has in /opt/gate/bin.

    Returns:
        The command for a shell.
    """
    _, _, rest = dockerfile.partition("\nRUN for folder in apps/*/locale")
    command = f"for folder in apps/*/locale{rest[: rest.index('done')]}done"
    return command.replace("\\\n", "").replace("/opt/gate/bin", str(programs))


@pytest.fixture(scope="module")
def server(
    clone: "Path", environment_folder: "Path", tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """Switch a second language on as the README says, and serve the project.

    Args:
        clone: The template.
        environment_folder: The project's virtual environment.
        tmp_path_factory: Where to put the project.

    Yields:
        The running server.
    """
    folder = tmp_path_factory.mktemp("languages") / "project"
    project = Project(render(clone, {}, folder), environment_folder).commit()
    settings = folder / "config" / "settings.py"
    text = settings.read_text()
    assert text.count(OFF) == 1
    settings.write_text(text.replace(OFF, ON))
    catalogue = folder / "apps" / "users" / "locale" / "de" / "LC_MESSAGES"
    catalogue.mkdir(parents=True)
    (catalogue / "django.po").write_text(CATALOGUE, "utf-8")
    project.run("uv", "add", "--quiet", "--group", "lint", "babel")
    command = compile_command(
        (folder / "Dockerfile").read_text(), environment_folder / "bin"
    )
    subprocess.run(["sh", "-euc", command], cwd=folder, check=True)
    assert "django.mo" not in project.changes()
    with serving(project) as server:
        yield server


def test_errors_come_in_the_language_a_client_asks_for(server: Server) -> None:
    """The project's own words and those of its packages; English for all others."""
    for language, own, theirs in (
        (
            "de-CH,de;q=0.9",
            "Mit diesen Angaben ist keine Anmeldung möglich.",
            "Dieses Feld ist zwingend erforderlich.",
        ),
        ("fr", "Unable to log in with these credentials.", "This field is required."),
        ("", "Unable to log in with these credentials.", "This field is required."),
    ):
        refused = server.ask(LOGIN, body=NOBODY, language=language)
        assert refused.content["errors"][0]["detail"] == own
        incomplete = server.ask(LOGIN, body={}, language=language)
        assert incomplete.content["errors"][0]["detail"] == theirs


def test_errors_outside_of_the_api_s_views_are_translated_too(server: Server) -> None:
    """Nobody meets two languages in one client."""
    answer = server.ask("/nothing/", language="de")
    assert answer.status == 404
    assert answer.content["errors"][0]["detail"] == "Nicht gefunden."


def test_the_gate_stays_green(server: Server) -> None:
    """What was added breaks no rule."""
    server.project.run("uv", "run", "poe", "check")


def test_what_was_translated_stays_when_more_is_to_be(server: Server) -> None:
    """The README's commands are the way to new words, too."""
    folder = server.project.folder
    page = (folder / "README.md").read_text()
    commands = re.findall(r"^(uv run pybabel (?:extract|update|init) .+)$", page, re.M)
    assert len(commands) == 2
    locale = folder / "apps" / "core" / "locale"
    locale.mkdir()
    try:
        for command in commands:
            server.project.run("sh", "-c", command)
        catalogue = next(locale.rglob("*.po"))
        head, _, words = catalogue.read_text("utf-8").partition("\n\n")
        words = words.replace('msgstr ""', TRANSLATED, 1)
        catalogue.write_text(f"{head}\n\n{words}", "utf-8")
        for command in commands:
            server.project.run("sh", "-c", command)
        assert TRANSLATED in catalogue.read_text("utf-8")
    finally:
        shutil.rmtree(locale)
