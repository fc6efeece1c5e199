"""How the API describes itself: the document at ``/api/schema/`` and Swagger UI."""

from typing import TYPE_CHECKING, Any, Final

from django_strict_asgi.swagger import SWAGGER_UI

if TYPE_CHECKING:
    from django_strict_asgi.project import Project

# What a field of a name holds in the examples; other text repeats the field's name.
EXAMPLES: Final = {
    "csrf_token": "Qw8vT2nXk5Lr9YbZc3Mf7HgJd1Ps6Rae",
    "current_password": "correct-horse-42",
    "email": "ada@example.com",
    "full_name": "Ada Lovelace",
    "new_password": "battery-staple-43",
    "password": "correct-horse-42",
    "token": "9944b09199c62bcf9418ad846dd0e4bbdfc6ee4b",
    "uid": "MQ",
}


def openapi(project: "Project") -> dict[str, Any]:
    """Say how drf-spectacular writes and shows the document.

    Args:
        project: Whose API it is.

    Returns:
        The value for Django's ``SPECTACULAR_SETTINGS``.
    """
    return {
        "TITLE": project.name,
        "DESCRIPTION": project.description,
        # From 1.0.0 on the gate refuses what breaks clients.
        "VERSION": "0.1.0",
        "DEFAULT_GENERATOR_CLASS": "django_strict_asgi.openapi.Generator",
        "SERVE_INCLUDE_SCHEMA": False,
        "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
        "SWAGGER_UI_SETTINGS": SWAGGER_UI,
        "SWAGGER_UI_DIST": "SIDECAR",
        "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
        "COMPONENT_SPLIT_REQUEST": True,
        "ENUM_GENERATE_CHOICE_DESCRIPTION": False,  # each would only say its own name
        "SCHEMA_PATH_PREFIX": r"/api/v[0-9]+",
        "POSTPROCESSING_HOOKS": [
            "drf_spectacular.hooks.postprocess_schema_enum_id_removal",
            "apps.core.schema.complete_document",
        ],
    }
