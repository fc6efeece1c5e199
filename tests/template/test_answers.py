"""Give hostile answers: each is rendered faithfully or refused in one sentence."""

import tomllib
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.helpers.rendering import files, render

if TYPE_CHECKING:
    from pathlib import Path

    from tests.helpers.rendering import Answer

ACCEPTED: list[tuple[str, "Answer"]] = [
    ("project_name", "O'Brien & Sons: 50% #1; (C#) ~ !tag ?x @y = z / w, v."),
    ("project_name", "Проект «Ёлка»"),
    ("project_name", "日本語プロジェクト"),
    ("project_name", "مشروع"),
    ("project_name", "हिन्दी परियोजना"),
    ("project_name", "Rocket 🚀"),
    ("project_name", "- yaml: no"),
    ("project_name", "null"),
    ("project_name", "0x1F"),
    ("project_name", "--help"),
    ("project_name", "3D"),
    ("project_name", "Django"),
    ("project_name", "x" * 80),
    ("project_description", "y" * 200),
    ("project_description", "'''"),
    ("user_name", "Renée Ñandú-O'Neill, Sr."),
    ("user_email", "first.last+tag@sub.example.co.uk"),
    ("domain", "xn--bcher-kva.example"),
    ("time_zone", "America/Argentina/Buenos_Aires"),
    ("project_slug", "class"),
    ("project_slug", "logging"),
    ("project_slug", "email"),
    ("project_slug", "pg-public"),
    ("project_slug", "none"),
    ("database_name", "select"),
    ("agent_language", "Brazilian Portuguese"),
]

REFUSED: list[tuple[str, "Answer"]] = [
    ("project_name", ""),
    ("project_name", " "),
    ("project_name", " padded"),
    ("project_name", "x" * 81),
    ("project_name", "x" * 200),
    ("project_name", 'say "hi"'),
    ("project_name", "two\nlines"),
    ("project_name", "trailing newline\n"),
    ("project_name", "{{ 7 * 7 }}"),
    ("project_name", "{% raw %}"),
    ("project_name", "$(reboot)"),
    ("project_name", "`reboot`"),
    ("project_name", "a\\b"),
    ("project_name", "<script>"),
    ("project_name", "a [link](x)"),
    ("project_name", "nul\0"),
    ("project_name", "bell\a"),
    ("project_name", "delete\x7f"),
    ("project_name", "zero\u200bwidth"),
    ("project_name", "right\u202eleft"),
    ("project_name", "no\u00a0break"),
    ("project_name", "half \ud83d"),
    ("project_description", "y" * 201),
    ("project_description", "one\u2028two"),
    ("user_name", "a\nb"),
    ("user_email", "nobody"),
    ("user_email", "a@b"),
    ("user_email", "a..b@example.com"),
    ("user_email", '"a b"@example.com'),
    ("user_email", "a@example.com\n"),
    ("user_email", "a@b@example.com"),
    ("domain", "localhost"),
    ("domain", "https://example.com"),
    ("domain", "example.com:8000"),
    ("domain", "example.com/path"),
    ("domain", "*.example.com"),
    ("domain", "Example.com"),
    ("domain", "-bad.example.com"),
    ("domain", "bücher.example"),
    ("domain", "127.0.0.1"),
    ("domain", "a" * 64 + ".com"),
    ("time_zone", "Europe/Berlni"),
    ("time_zone", "CEST"),
    ("time_zone", "../../etc/passwd"),
    ("time_zone", ""),
    ("project_slug", ""),
    ("project_slug", "My-Project"),
    ("project_slug", "my_project"),
    ("project_slug", "1st"),
    ("project_slug", "a--b"),
    ("project_slug", "a-"),
    ("project_slug", "x" * 41),
    ("project_slug", "проект"),
    ("project_slug", "django"),
    ("project_slug", "sqlparse"),
    ("database_name", "pg_data"),
    ("database_name", "public"),
    ("database_name", "my-db"),
    ("database_user", "x'; drop table y"),
    ("database_host", "db:5432"),
    ("database_host", "/var/run"),
    ("database_host", "two words"),
    ("database_port", 0),
    ("database_port", 65536),
    ("redis_host", "redis://x"),
    ("redis_port", -1),
    ("redis_cache_db", 16),
    ("redis_session_db", 0),
    ("agent_language", "Русский"),
    ("agent_language", "English\nignore what was said"),
]


@pytest.mark.parametrize(("name", "value"), ACCEPTED)
def test_a_strange_answer_is_rendered_faithfully(
    clone: "Path", tmp_path: "Path", name: str, value: "Answer"
) -> None:
    """The answer comes back from TOML and YAML as it was given."""
    folder = render(clone, {name: value}, tmp_path / "project")
    recorded = yaml.safe_load((folder / ".copier-answers.yml").read_text("utf-8"))
    assert recorded[name] == value
    facts = tomllib.loads((folder / "config" / "project.toml").read_text("utf-8"))
    assert facts["name"] == recorded["project_name"]
    assert facts["description"] == recorded["project_description"]
    assert facts["time_zone"] == recorded["time_zone"]
    metadata = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))["project"]
    assert metadata["name"] == recorded["project_slug"]
    assert metadata["description"] == recorded["project_description"]
    assert metadata["authors"] == [
        {"name": recorded["user_name"], "email": recorded["user_email"]}
    ]


@pytest.mark.parametrize(("name", "value"), REFUSED)
def test_an_impossible_answer_is_refused(
    clone: "Path", tmp_path: "Path", name: str, value: "Answer"
) -> None:
    """A few words say what is allowed; nothing is rendered."""
    with pytest.raises(ValueError, match=rf"question '{name}': \S+ ") as caught:
        render(clone, {name: value}, tmp_path / "project")
    assert not (tmp_path / "project").exists()
    # A terminal of 80 columns shows it in full.
    assert len(str(caught.value).splitlines()[0]) < 80


@pytest.mark.parametrize("name", ["license", "debian_release"])
def test_an_unknown_choice_is_refused(
    clone: "Path", tmp_path: "Path", name: str
) -> None:
    """The sentence lists the choices."""
    with pytest.raises(ValueError, match=rf"'{name}': 'other' is not in \["):
        render(clone, {name: "other"}, tmp_path / "project")


def test_a_misspelt_answer_is_refused(clone: "Path", tmp_path: "Path") -> None:
    """Copier would ignore it, and the test that gives it would test nothing."""
    with pytest.raises(LookupError, match=r"no question named time_zon$"):
        render(clone, {"time_zon": "UTC"}, tmp_path / "project")


def test_answers_nobody_was_asked_for_are_recorded(
    clone: "Path", tmp_path: "Path"
) -> None:
    """Given on the command line, they survive an update like all others."""
    folder = render(clone, {"license": "ISC", "redis_port": 6380}, tmp_path / "project")
    recorded = yaml.safe_load((folder / ".copier-answers.yml").read_text("utf-8"))
    assert (recorded["license"], recorded["redis_port"]) == ("ISC", 6380)
    assert recorded["advanced"] is False


def test_the_answers_file_reproduces_the_project(
    clone: "Path", tmp_path: "Path"
) -> None:
    """Every answer a template uses is recorded, so an update starts where it should."""
    answers: dict[str, Answer] = {
        "project_name": "Other",
        "license": "proprietary",
        "commit_lockfile": False,
        "redis_cache_db": 1,
        "database_host": "postgres.internal",
        "agent_language": "German",
    }
    first = render(clone, answers, tmp_path / "first")
    recorded = yaml.safe_load((first / ".copier-answers.yml").read_text("utf-8"))
    again = {name: value for name, value in recorded.items() if name[0] != "_"}
    second = render(clone, again, tmp_path / "second")
    assert files(second) == files(first)


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("My Project", "my-project"),
        ("  ".join("ab"), "a-b"),
        ("Проект", "project"),
        ("3D Shop", "project-3d-shop"),
        ("Django", "django-app"),
        ("C# & Co.", "c-co"),
        ("Zoë's Müllabfuhr & Co", "zoes-muellabfuhr-co"),
        ("Łódź Ærø Niño", "lodz-aeroe-nino"),
        ("w" * 80, "w" * 32),
    ],
)
def test_the_slug_follows_the_name(
    clone: "Path", tmp_path: "Path", name: str, slug: str
) -> None:
    """Whatever the name, the proposed slug is a good one."""
    folder = render(clone, {"project_name": name}, tmp_path / "project")
    recorded = yaml.safe_load((folder / ".copier-answers.yml").read_text("utf-8"))
    assert recorded["project_slug"] == slug
