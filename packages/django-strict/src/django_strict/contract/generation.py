"""The OpenAPI document as the code makes it."""

import io
import json
import logging
import os

import django
from django.core.management import CommandError, call_command

from django_strict.contract.document import FILE, text
from django_strict.gate_steps import local


def generated() -> str:
    """Describe the API that the code offers.

    Raises:
        SystemExit: If an operation cannot be described without a guess, or if the
            document is not valid OpenAPI.

    Returns:
        Content for ``openapi.yaml``.
    """
    # The document is the same on every machine, and needs no server.
    os.environ.update(local(), DJANGO_SETTINGS_MODULE="config.settings")
    django.setup()
    # Only what is wrong with the document is worth a line.
    logging.getLogger("django").setLevel(logging.ERROR)
    stream = io.StringIO()
    options = ("--validate", "--fail-on-warn", "--format", "openapi-json")
    try:
        call_command("spectacular", *options, stdout=stream)
    except CommandError as error:
        message = (
            f"{FILE} cannot be made: {error}\nThe lines above say what is missing."
        )
        raise SystemExit(message) from error
    return text(json.loads(stream.getvalue()))
