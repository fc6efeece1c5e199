"""Compare the rendered tree with the template's: nothing leaks and nothing is left."""

import ast
import os
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from jinja2 import UndefinedError

from tests.helpers.rendering import files, render
from tests.helpers.repository import ROOT, TEMPLATE, git, tagged_clone, working_files

if TYPE_CHECKING:
    from pathlib import Path

# "${{ ... }}" belongs to GitHub's workflows.
JINJA = re.compile(r"\{%|\{#|(?<!\$)\{\{[-+]?\s*[a-z_\[(]")
# Django's own templates, of mails for one, are written in nearly the same language.
DJANGO_TEMPLATES = "templates"
ANSWERS_FILE = "{{ _copier_conf.answers_file }}.jinja"

TEMPLATE_FILES = [
    path.relative_to("template")
    for path in working_files()
    if path.is_relative_to("template")
]
PLAIN_OR_JINJA = [
    path
    for path in TEMPLATE_FILES
    if DJANGO_TEMPLATES not in path.parts and path.suffix != ".whl"
]
# What only those find who chose it; tests/template/test_kubernetes.py.
CHOSEN = re.compile(r"deploy/|docs/kubernetes\.md")
# What the owner of a copy has to read; openapi.yaml and the wheels are nobody's to read.
# Beyond 10,000 lines: what keeps accounts from attackers, and what makes them fit for the
# public (confirmed e-mails, devices, one's own data).
MOST_FILES = 116
MOST_LINES = 10_500
MOST_LINES_OF_CODE = 5_000


def test_a_project_holds_the_template_and_nothing_else(
    clone: "Path", tmp_path: "Path"
) -> None:
    """No file of the repository itself leaks into a project, and none is lost."""
    project = render(clone, {}, tmp_path / "project")
    expected = {path.as_posix().removesuffix(".jinja") for path in TEMPLATE_FILES}
    expected.remove(ANSWERS_FILE.removesuffix(".jinja"))
    expected.add(".copier-answers.yml")
    whole = render(clone, {"kubernetes": True}, tmp_path / "whole")
    assert files(whole).keys() == expected
    assert files(project).keys() == {
        name for name in expected if not CHOSEN.match(name)
    }


def test_a_default_copy_can_be_read_in_an_evening(rendered: "Path") -> None:
    """Weight is what holds a template back: whoever adds to it takes something out."""
    lines = {
        path.relative_to(rendered): len(path.read_text("utf-8").splitlines())
        for path in rendered.rglob("*")
        if path.is_file() and path.suffix != ".whl" and path.name != "openapi.yaml"
    }
    code = {
        path: count
        for path, count in lines.items()
        if path.suffix == ".py"
        and "tests" not in path.parts
        and path.name != "conftest.py"
    }
    assert len(lines) <= MOST_FILES
    assert sum(lines.values()) <= MOST_LINES
    assert sum(code.values()) <= MOST_LINES_OF_CODE


def test_no_folder_is_empty(rendered: "Path") -> None:
    """Exclusions leave no shells behind."""
    folders = [path for path in rendered.rglob("*") if path.is_dir()]
    assert not [folder for folder in folders if not any(folder.iterdir())]


@pytest.mark.parametrize("path", PLAIN_OR_JINJA, ids=str)
def test_the_suffix_marks_exactly_the_files_with_jinja(path: "Path") -> None:
    """A reader knows from its name whether a file is a template."""
    holds_jinja = JINJA.search((TEMPLATE / path).read_text("utf-8")) is not None
    assert holds_jinja == (path.suffix == ".jinja")


@pytest.mark.parametrize(
    "path", [path for path in TEMPLATE_FILES if ".py" in path.suffixes], ids=str
)
def test_python_files_are_python(path: "Path") -> None:
    """They can be opened, linted, typed and run as they lie in the template."""
    assert path.suffix == ".py"
    ast.parse((TEMPLATE / path).read_text("utf-8"))


def test_paths_hold_no_jinja_but_that_of_the_answers_file() -> None:
    """Package names are fixed, so no path has to be computed."""
    assert [str(path) for path in TEMPLATE_FILES if "{" in str(path)] == [ANSWERS_FILE]


def test_few_files_are_templates() -> None:
    """Less than 15 % of the files hold a placeholder."""
    templates = [path for path in TEMPLATE_FILES if path.suffix == ".jinja"]
    assert len(templates) < 0.15 * len(TEMPLATE_FILES)


@pytest.fixture(scope="module")
def whole(clone: "Path", tmp_path_factory: pytest.TempPathFactory) -> "Path":
    """Render the project that has everything.

    Args:
        clone: The template.
        tmp_path_factory: Where to put it.

    Returns:
        The project's folder.
    """
    folder = tmp_path_factory.mktemp("whole") / "project"
    return render(clone, {"kubernetes": True}, folder)


@pytest.mark.parametrize("path", PLAIN_OR_JINJA, ids=str)
def test_no_placeholder_is_left(whole: "Path", path: "Path") -> None:
    """What was a placeholder has become its answer."""
    name = str(path).removesuffix(".jinja")
    if path.name == ANSWERS_FILE:
        name = ".copier-answers.yml"
    assert not JINJA.search((whole / name).read_text("utf-8"))


def test_the_same_answers_give_the_same_bytes(clone: "Path", tmp_path: "Path") -> None:
    """No date, no random value, no path of the machine."""
    once = render(clone, {}, tmp_path / "project")
    again = render(clone, {}, tmp_path / "somewhere else")
    assert files(again) == files(once)


def test_a_checkout_has_line_feeds_whatever_git_is_told(
    clone: "Path", rendered: "Path", tmp_path: "Path"
) -> None:
    """With the settings of Windows, scripts still run and wheels are still wheels."""
    project = tmp_path / "project"
    shutil.copytree(rendered, project)
    git(project, "init", "--quiet")
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "--message=first")
    windows = ("-c", "core.autocrlf=true", "-c", "core.eol=crlf")
    for source in (clone, project):
        checkout = tmp_path / "checkout" / source.name
        git(tmp_path, *windows, "clone", "--quiet", str(source), str(checkout))
        names = git(source, "ls-files", "-z").strip("\0").split("\0")
        for name in names:
            assert (checkout / name).read_bytes() == (source / name).read_bytes()


# Copier leaves its folder listing open when rendering fails.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_misspelt_placeholder_is_an_error(tmp_path: "Path") -> None:
    """Rendering stops instead of leaving an empty string."""
    clone = tagged_clone(tmp_path / "clone")
    license_file = clone / "template" / "LICENSE.jinja"
    license_file.write_text(license_file.read_text().replace("user_name", "user_nam"))
    git(clone, "commit", "--quiet", "--all", "--message=Misspell")
    git(clone, "tag", "v0.0.2")
    with pytest.raises(UndefinedError, match="'user_nam' is undefined"):
        render(clone, {}, tmp_path / "project")


def test_a_copy_needs_neither_trust_nor_a_terminal(
    clone: "Path", tmp_path: "Path"
) -> None:
    """The documented command works and ends with the next one."""
    target = tmp_path / "my app"
    done = subprocess.run(
        [sys.executable, "-m", "copier", "copy", "--defaults", str(clone), str(target)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        text=True,
        env=os.environ | {"COPIER_SETTINGS_PATH": str(tmp_path / "none.yml")},
    )
    assert done.returncode == 0, done.stderr
    assert f"cd '{target}' && uv run poe serve" in done.stderr
    assert (target / ".copier-answers.yml").is_file()


def test_the_gitignore_follows_the_lock_file_answer(
    clone: "Path", tmp_path: "Path", rendered: "Path"
) -> None:
    """The lock file is ignored only by those who asked for it."""
    other = render(clone, {"commit_lockfile": False}, tmp_path / "project")
    assert "uv.lock" not in (rendered / ".gitignore").read_text().splitlines()
    assert "uv.lock" in (other / ".gitignore").read_text().splitlines()


@pytest.mark.parametrize(
    ("choice", "sentence"),
    [
        ("MIT", "Permission is hereby granted, free of charge"),
        ("BSD-3-Clause", "Neither the name of the copyright holder"),
        ("ISC", "Permission to use, copy, modify, and/or distribute"),
        ("proprietary", "All rights reserved."),
    ],
)
def test_the_licence_is_the_chosen_one(
    clone: "Path", tmp_path: "Path", choice: str, sentence: str
) -> None:
    """Its text stands in LICENSE beside the holder's name."""
    folder = render(
        clone, {"license": choice, "user_name": "Ann Author"}, tmp_path / "project"
    )
    text = (folder / "LICENSE").read_text()
    assert sentence in text
    assert "Copyright (c) Ann Author" in text


def test_the_repository_names_its_own_licence() -> None:
    """The template itself is MIT."""
    assert (ROOT / "LICENSE").read_text().startswith("MIT License")
