"""Settings of a project that has nothing but the queue that QUEUE names."""

import os
from urllib.parse import urlsplit

_DATABASE = urlsplit(os.environ["PLAIN_DATABASE_URL"])
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _DATABASE.path.strip("/"),
        "USER": _DATABASE.username,
        "PASSWORD": _DATABASE.password,
        "HOST": _DATABASE.hostname,
        "PORT": _DATABASE.port,
        "CONN_MAX_AGE": 600,
    }
}
INSTALLED_APPS = [os.environ["QUEUE"]]
PROCRASTINATE_IMPORT_PATHS = ["measured"]
SECRET_KEY = "x" * 64
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
USE_TZ = True
