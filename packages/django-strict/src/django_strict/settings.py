"""The project's settings with the tools' checks and commands."""

from config.settings import *  # noqa: F403 - a settings module is all its names
from config.settings import INSTALLED_APPS as PROJECT_APPS

INSTALLED_APPS = [*PROJECT_APPS, "django_strict"]
