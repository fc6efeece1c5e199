"""The worker of the queue beside a served project: a changed template is used at once."""

from django.tasks.signals import task_started
from django.template.autoreload import reset_loaders

from django_strict_asgi.queue_worker import main


def forget_templates(**_: object) -> None:
    """Read templates anew for each task: the server starts again for Python alone."""
    reset_loaders()


if __name__ == "__main__":
    task_started.connect(forget_templates)
    main()
