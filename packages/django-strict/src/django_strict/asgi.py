"""The project as it is served during development: with static files."""

from typing import Final

from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler

from config.asgi import application as project

# In production nginx serves them.
application: Final = ASGIStaticFilesHandler(project)
