"""Serve a rendered project as its README says, and use it with the README's commands."""

import re
import subprocess
import time
from typing import TYPE_CHECKING, Final

from tests.helpers.readme import curl_script
from tests.helpers.serving import serving

if TYPE_CHECKING:
    from pathlib import Path

    from tests.helpers.project import Project
    from tests.helpers.serving import Server

LINK: Final = r"\?uid=(?P<uid>[\w-]+)&token=(?P<token>[\w-]+)"
MAIL_SECONDS: Final = 20.0
# Makes a task that has failed once, a long time before anybody would try it again.
FAILED_TASK: Final = """
from django.db.models import QuerySet
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
TRACEBACK = "Traceback:\\n  File\\nOSError: no route\\nFor more: https://example.com"
name, later = "apps.users.tasks.clear_sessions", {"hours": 1}
error = {"exception_class_path": "builtins.OSError", "traceback": TRACEBACK}
number = app.configure_task(name, schedule_in=later).defer(
    request_id="id-of-the-request", traceback=[error]
)
QuerySet(ProcrastinateJob).filter(pk=number).update(status="failed", attempts=1)
print("number", number)
"""


# Takes what a process may open, so that the kernel has no watch for it.
WITHOUT_WATCHES: Final = """
import os, resource
from django_strict.serve import poll_without_inotify
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
try:
    while True:
        os.open(os.devnull, os.O_RDONLY)
except OSError:
    poll_without_inotify()
print("polls:", os.environ.get("WATCHFILES_FORCE_POLLING"))
"""


def test_the_health_check_answers_as_specified(server: "Server") -> None:
    """One command leads from a copy to real PostgreSQL and Redis; both are asked."""
    answer = server.ask("/api/health/")
    assert answer.status == 200
    assert answer.kind == "application/json"
    assert answer.content == {"status": "healthy", "db": "ok", "cache": "ok"}


def test_serving_wrote_an_environment_file_once(server: "Server") -> None:
    """It holds a secret of its own, only its owner may read it, and git ignores it."""
    written = server.project.folder / ".env"
    assert "DJANGO_ENVIRONMENT=local" in written.read_text()
    assert written.stat().st_mode & 0o077 == 0
    assert server.project.changes() == ""


def test_the_output_names_the_three_urls(server: "Server") -> None:
    """Whoever looks at the terminal finds docs, health check and admin."""
    output = server.log.read_text()
    for path in ("api/docs/", "api/health/", "admin/"):
        assert f"http://127.0.0.1:{server.port}/{path}" in output


def test_the_first_page_leads_to_the_three_urls(server: "Server") -> None:
    """Whoever types the address alone is told where to go."""
    paths = server.ask("/").content
    assert paths == {"docs": "/api/docs/", "health": "/api/health/", "admin": "/admin/"}
    for path in paths.values():
        assert server.ask(path).status == 200


def test_without_a_second_language_everybody_reads_english(server: "Server") -> None:
    """Nothing is translated by halves: the project's own words have no translation."""
    answer = server.ask("/nothing/", language="de")
    assert answer.content["errors"][0]["detail"] == "Not found."


def test_a_changed_template_is_used_at_once(server: "Server") -> None:
    """A mail's text can be written while the project is served."""
    template = server.project.folder / "apps/users/templates/users/mails.txt"
    original = template.read_text()
    email = "reader@example.com"
    person: dict[str, object] = {"email": email, "password": "correct-horse-42"}
    assert server.ask("/api/v1/auth/register/", body=person).status == 202
    try:
        for words in ("First words.", "Second words."):
            template.write_text(original.replace("Choose it here", words))
            asked = server.ask("/api/v1/auth/password/reset/", body={"email": email})
            assert asked.status == 202
            deadline = time.monotonic() + MAIL_SECONDS
            while words not in server.log.read_text():
                assert time.monotonic() < deadline, "The old template was used."
                time.sleep(0.1)
    finally:
        template.write_text(original)


def test_a_model_without_a_migration_is_named_and_ipv6_is_served(
    project: "Project", tmp_path: "Path"
) -> None:
    """The start goes on, and says in one line what is missing."""
    copy = project.copy(tmp_path / "copy")
    with (copy.folder / "apps" / "users" / "models.py").open("a") as models:
        models.write("\n\nclass Draft(models.Model):\n    pass\n")
    with serving(copy, host="::1") as server:
        output = server.log.read_text()
    assert f"http://[::1]:{server.port}/api/docs/" in output
    assert "Models without a migration in: users. Write it: uv run poe manage" in output


def test_a_migration_that_is_missed_is_named(
    project: "Project", tmp_path: "Path"
) -> None:
    """In a line, with what brings it back, and nothing else of what nobody committed."""
    copy = project.copy(tmp_path / "copy")
    for git in (("init", "-q"), ("add", "-A")):
        copy.run("git", *git)
    own = copy.folder / "apps/users/services.py"
    own.write_text(f"{own.read_text()}# my own\n")
    missed = copy.folder / "apps/users/migrations/0003_email.py"
    missed.unlink()
    for command in (("serve", "--port=0"), ("manage", "makemigrations")):
        said = copy.run("uv", "run", "poe", *command, check=False)
        assert "Traceback" not in said
        (helps,) = re.findall(r"\((git restore .*)\)\. If", said)
        copy.run("sh", "-c", helps)
        assert missed.is_file()
        missed.unlink()
    assert own.read_text().endswith("# my own\n")


def test_what_a_migration_and_the_data_do_not_agree_on_is_named(
    project: "Project", tmp_path: "Path"
) -> None:
    """One that the rows forbid, one that is applied and lost, one that never was."""
    copy = project.copy(tmp_path / "copy")
    copy.run("uv", "run", "poe", "manage", "migrate")
    name = "apps/users/migrations/0009_full_name.py"
    constraint = "models.CheckConstraint(condition=models.Q(pk__lt=0), name='none')"
    (copy.folder / name).write_text(
        "from django.db import migrations, models\n"
        "class Migration(migrations.Migration):\n"
        "    dependencies = [('users', '0004_accounts')]\n"
        f"    operations = [migrations.AddConstraint('User', {constraint})]\n"
    )
    make = (
        "from apps.users.models import User; User.objects.create(email='a@b.example')"
    )
    copy.run("uv", "run", "poe", "manage", "shell", "-c", make)
    said = copy.run("uv", "run", "poe", "serve", "--port=0", check=False)
    assert "does not fit the data" in said
    assert "Traceback" not in said
    copy.run("uv", "run", "poe", "manage", "migrate", "users", "0004", "--fake")
    copy.run("uv", "run", "poe", "manage", "migrate", "users", "0009", "--fake")
    (copy.folder / name).unlink()
    with serving(copy) as server:
        output = server.log.read_text()
    assert f"The database was made with {name}, too" in output
    assert f"(git restore {name})" in output
    forget = "DELETE FROM django_migrations WHERE app = 'users' AND name = '0003_email'"
    run = f"from django.db import connection as c; c.cursor().execute({forget!r})"
    copy.run("uv", "run", "poe", "manage", "shell", "-c", run)
    for command in (("serve", "--port=0"), ("manage", "migrate")):
        said = copy.run("uv", "run", "poe", *command, check=False)
        assert "Other files than these have made the database." in said
        assert "Traceback" not in said


def test_tables_of_an_app_that_is_undone_are_named(
    project: "Project", tmp_path: "Path"
) -> None:
    """Whether another app has its name now, or none."""
    copy = project.copy(tmp_path / "copy")
    startapp = ("uv", "run", "poe", "startapp", "notes", "--fields")
    copy.run(*startapp, "title:str")
    copy.run("uv", "run", "poe", "manage", "migrate")
    undo = ("git restore .", "git clean -qfdx apps/notes apps/core")
    for command in undo:
        copy.run(*command.split())
    copy.run(*startapp, "title:str rank:int")
    with serving(copy) as server:
        assert "The table notes_note was made by another" in server.log.read_text()
    for command in undo:
        copy.run(*command.split())
    with serving(copy) as server:
        assert "The database has the tables of notes" in server.log.read_text()


def test_a_question_that_nobody_answers_is_said(project: "Project") -> None:
    """In a pipe, say."""
    models = project.folder / "apps/users/models.py"
    before = models.read_text()
    place = "    full_name ="
    assert place in before
    field = "    nickname = models.CharField(max_length=9)\n"
    models.write_text(before.replace(place, field + place, 1))
    try:
        command = ("uv", "run", "poe", "manage", "makemigrations")
        said = project.run(*command, check=False)
    finally:
        models.write_text(before)
    assert "asks something" in said
    # Of a renamed column that means: drop it with what it holds, and add an empty one.
    assert "noinput" not in said
    assert "Traceback" not in said


def test_the_commands_of_the_readme_work(server: "Server") -> None:
    """Register, token, me, password change, reset and delete, as a reader copies them."""
    script = curl_script(server.project.folder)
    for part in (
        "/health/",
        "/auth/register/",
        "/auth/token/",
        "/users/me/",
        "/auth/password/change/",
        "/auth/password/reset/",
        "-X DELETE",
    ):
        assert part in script
    api = f"http://127.0.0.1:{server.port}/api"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=server.project.folder,
        env=server.project.variables({"API": api}),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert "Ada Lovelace" in done.stdout


def test_a_reset_link_from_the_terminal_sets_a_new_password(server: "Server") -> None:
    """Without a mail server the mail is printed, and its link works."""
    email, old, new = "reset@example.com", "correct-horse-42", "battery-staple-43"
    person: dict[str, object] = {"email": email, "password": old}
    registered = server.ask(
        "/api/v1/auth/register/", body=person | {"full_name": "Ann Author"}
    )
    assert registered.status == 202, registered.text
    asked = server.ask("/api/v1/auth/password/reset/", body={"email": email})
    assert asked.status == 202, asked.text
    confirmed = server.ask(
        "/api/v1/auth/password/reset/confirm/",
        body={**mailed_link(server, email), "new_password": new},
    )
    assert confirmed.status == 204, confirmed.text
    refused = server.ask("/api/v1/auth/token/", body=person)
    assert refused.status in {400, 401}
    granted = server.ask("/api/v1/auth/token/", body=person | {"password": new})
    assert granted.status == 200


def test_a_task_that_failed_is_shown_and_run_again(server: "Server") -> None:
    """With its request and its last error; a worker runs beside the server."""
    project = server.project
    shell = ("uv", "run", "poe", "manage", "shell", "-v0", "-c", FAILED_TASK)
    number = project.run(*shell).rpartition("number ")[2].strip()
    tasks = ("uv", "run", "poe", "tasks")
    shown = [line.split() for line in project.run(*tasks).splitlines()]
    (line,) = [words for words in shown if words[:2] == [number, "failed"]]
    wanted = "id-of-the-request apps.users.tasks.clear_sessions: OSError: no route"
    assert line[-5:] == wanted.split()
    project.run(*tasks, "retry", number)
    deadline = time.monotonic() + MAIL_SECONDS
    while "is succeeded" not in project.run(*tasks, "retry", number, check=False):
        assert time.monotonic() < deadline, "It did not run again."
    assert "is not there" in project.run(*tasks, "retry", "99999", check=False)


def test_an_e_mail_is_confirmed_with_the_link_from_the_terminal(
    server: "Server",
) -> None:
    """Without a mail server the mail is printed, and its link works once."""
    email, password = "confirm@example.com", "correct-horse-42"
    person: dict[str, object] = {"email": email, "password": password}
    assert server.ask("/api/v1/auth/register/", body=person).status == 202
    link = mailed_link(server, email, "email-confirmation")
    body = {**link, "current_password": password}
    confirmed = server.ask("/api/v1/auth/email/confirm/", body=body)
    assert confirmed.status == 204, confirmed.text
    again = server.ask("/api/v1/auth/email/confirm/", body=body)
    assert again.status == 400, again.text


def mailed_link(
    server: "Server", email: str, page: str = "password-reset"
) -> dict[str, object]:
    """Wait for a mail with a link in the server's output.

    Args:
        server: The project being served.
        email: To whom the mail goes; others may arrive in between.
        page: Where the link leads.

    Raises:
        TimeoutError: If there is none.

    Returns:
        The ``uid`` and ``token`` of its link.
    """
    deadline = time.monotonic() + MAIL_SECONDS
    while time.monotonic() < deadline:
        mail = server.log.read_text().partition(f"\nTo: {email}\n")[2]
        if link := re.search(page + LINK, mail):
            return dict(link.groupdict())
        time.sleep(0.1)
    message = "No such link was printed."
    raise TimeoutError(message)


def test_a_second_server_shares_the_database(server: "Server") -> None:
    """Two processes of one project use one PostgreSQL, which neither takes away."""
    with serving(server.project) as second:
        assert second.ask("/api/health/").status == 200
    time.sleep(3)
    assert server.ask("/api/health/").status == 200


def test_a_machine_without_watches_serves_with_polling(project: "Project") -> None:
    """Other programs use them all up: an editor, a synchronised folder."""
    extra = {"DJANGO_ENVIRONMENT": "local", "DJANGO_SECRET_KEY": "x" * 60}
    output = project.run("uv", "run", "python", "-c", WITHOUT_WATCHES, extra=extra)
    assert "Changes are found by reading the files again and again: " in output
    assert "polls: true" in output
