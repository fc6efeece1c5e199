"""A first product is built as the README says, with a handful of files by hand."""

import shutil
from pathlib import Path
from typing import Final

from tests.helpers.project import Project
from tests.helpers.rendering import render
from tests.helpers.repository import git

# Every command; what they write, nobody touches by hand.
COMMANDS: Final = (
    ("startapp", "projects", "--fields", "name:str:unique note:text?"),
    (
        *("startapp", "tasks", "--fields"),
        "title:str project:fk(projects.Project) state:choice(open,done) due_on:date?",
    ),
    ("startapp", "attachments", "--upload", "--fields", "task:fk(tasks.Task)"),
)
# Files that are new, and where they lie in the project.
NEW: Final = {
    "tasks.py": "apps/tasks/tasks.py",
    "test_tasks.py": "apps/tasks/tests/test_tasks.py",
}
# Lines that are added to files which are there, before or behind one of theirs.
SETTING: Final = '''\
    # --- Other services.
    tracker_url: str = ""
    """Address that is told which tasks are done; empty tells nobody."""

'''
CLEAR: Final = '''\

    @classmethod
    def clear_done(cls) -> None:
        """Delete what was done long ago."""
        before = timezone.now() - KEPT
        cls.objects.filter(state=TaskState.DONE, updated_at__lt=before).delete()
'''
EDITS: Final = (
    ("config/env.py", "    # --- Logging.\n", f"{SETTING}    # --- Logging.\n"),
    (
        "config/settings.py",
        "MEDIA_ROOT = env.media_root\n",
        "MEDIA_ROOT = env.media_root\nTRACKER_URL = env.tracker_url\n",
    ),
    (
        "apps/tasks/models.py",
        "from django.db import models\n",
        "from django.db import models\nfrom django.utils import timezone\n",
    ),
    (
        "apps/tasks/models.py",
        "TITLE_LENGTH: Final = 120\n",
        "KEPT: Final = timedelta(days=90)\nTITLE_LENGTH: Final = 120\n",
    ),
    (
        "apps/tasks/models.py",
        "from typing import",
        "from datetime import timedelta\nfrom typing import",
    ),
    (
        "apps/tasks/models.py",
        "        return self.title\n",
        f"        return self.title\n{CLEAR}",
    ),
    (
        "apps/tasks/services.py",
        "    task.save(update_fields=changed)\n",
        "    task.save(update_fields=changed)\n"
        "    if task.state == TaskState.DONE:\n"
        "        tell_tracker.enqueue(task_id=task.pk)\n",
    ),
    (
        "apps/tasks/services.py",
        "from apps.tasks.models import Task\n",
        "from apps.tasks.models import Task, TaskState\n"
        "from apps.tasks.tasks import tell_tracker\n",
    ),
)
MOST_BY_HAND: Final = 14


def test_a_first_product_needs_few_files_by_hand(clone: Path, tmp_path: Path) -> None:
    """Projects, tasks, attachments, a nightly clean-up and a call to another service."""
    # An environment of its own: it gets a package more.
    folder = render(clone, {}, tmp_path / "project")
    project = Project(folder, tmp_path / "environment").commit()
    for command in COMMANDS:
        project.run("uv", "run", "poe", *command)
    project.run("uv", "add", "--quiet", "httpx")
    project.run("git", "add", "--all")
    for path, before, after in EDITS:
        file = project.folder / path
        text = file.read_text()
        assert text.count(before) == 1, path
        file.write_text(text.replace(before, after))
    for name, path in NEW.items():
        shutil.copy(Path(__file__).parent / "first" / name, project.folder / path)
    by_hand = git(project.folder, "status", "--porcelain", "--untracked-files=all")
    touched = [line for line in by_hand.splitlines() if line[1] in "M?"]
    project.run("uv", "run", "poe", "fix")
    gate = project.run("uv", "run", "poe", "check")
    tests = project.run("uv", "run", "poe", "test")
    assert len(touched) <= MOST_BY_HAND, touched
    assert "steps passed" in gate
    assert " passed" in tests
    assert "  TRACKER_URL: " in (project.folder / "docker-compose.yml").read_text()
