"""How the API describes itself: the document at ``/api/schema/`` and Swagger UI."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from config.env import Project


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
        "VERSION": "1.0.0",
        "SERVE_INCLUDE_SCHEMA": False,
        "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
        "SWAGGER_UI_DIST": "SIDECAR",
        "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
        "COMPONENT_SPLIT_REQUEST": True,
        "ENUM_GENERATE_CHOICE_DESCRIPTION": False,  # each would only say its own name
        "SCHEMA_PATH_PREFIX": r"/api/v[0-9]+",
        "POSTPROCESSING_HOOKS": [
            "drf_spectacular.hooks.postprocess_schema_enums",
            "apps.core.schema.complete_document",
        ],
    }
