"""The last word on an OpenAPI document of drf-spectacular: errors, examples and texts."""

import re
from dataclasses import dataclass, field
from http import HTTPMethod, HTTPStatus
from threading import Lock
from typing import TYPE_CHECKING, Any, ClassVar, Final, cast, override

from django.conf import settings
from django.http import HttpResponse
from django.utils.translation import get_language
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions as drf
from rest_framework.renderers import JSONRenderer
from rest_framework.views import APIView

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping

    from django.urls import ResolverMatch
    from rest_framework.request import Request
    from rest_framework.response import Response

ERROR_COMPONENT: Final = "ErrorResponse"
ERROR_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "description": "How every error of this API looks.",
    "required": ["type", "errors"],
    "properties": {
        "type": {
            "type": "string",
            "enum": ["validation_error", "client_error", "server_error"],
        },
        "errors": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["code", "detail", "attr"],
                "properties": {
                    "code": {"type": "string", "example": "required"},
                    "detail": {"type": "string", "example": "This field is required."},
                    "attr": {"type": "string", "nullable": True, "example": "email"},
                },
            },
        },
    },
}
ERROR_REFERENCE: Final = {"$ref": f"#/components/schemas/{ERROR_COMPONENT}"}
# Errors that any operation may answer.
COMMON: Final = (400, 405, 406, 408, 413, 414, 429, 431, 500, 503)
METHODS: Final = frozenset(method.lower() for method in HTTPMethod)
# PostgreSQL cannot store a NUL, so text from clients holds none.
WITHOUT_NUL: Final = r"^[^\u0000]*$"
EXCLUDES_NUL: Final = frozenset({"enum", "format", "pattern"})
# A docstring's sections are for developers; clients read what stands before them.
SECTION: Final = re.compile(
    r"\n\s*(Args|Returns|Raises|Yields|Attributes):\s*\n.*", re.S
)


type Error = tuple[int, str, str]


def described(error: drf.APIException) -> Error:
    """Say of an error what a client reads.

    Args:
        error: An exception that the API answers.

    Returns:
        Its status, its word for programs and its sentence for people.
    """
    return error.status_code, str(error.get_codes()), str(error.detail)


# What DRF itself answers.
RAISED: Final = (
    *(drf.ParseError(), drf.NotAuthenticated(), drf.PermissionDenied()),
    *(drf.NotFound(), drf.MethodNotAllowed("TRACE"), drf.NotAcceptable()),
    *(drf.UnsupportedMediaType("text/plain"), drf.Throttled(42)),
)


class Generator(SchemaGenerator):
    """drf-spectacular's, for one document at a time.

    It looks its extensions up while it writes the first document. Two threads that do so at
    once get 500, or leave one out of every later document.
    """

    _lock: Final = Lock()

    @override
    def get_schema(
        self, request: "Request | None" = None, public: bool = False
    ) -> dict[str, Any]:
        """Write a document.

        Args:
            request: Who asks.
            public: Whether all operations are in it, whoever asks.

        Returns:
            The document.
        """
        with self._lock:
            write = cast("Callable[..., dict[str, Any]]", super().get_schema)
            return write(request, public)


@dataclass(frozen=True, slots=True)
class CompleteDocument:
    """A post-processing hook: names every error, shows examples, cuts sections off.

    Attributes:
        errors: What the project answers besides DRF's errors: status, word, sentence.
        examples: Example texts by the name of the field that holds them.
    """

    errors: tuple[Error, ...] = ()
    examples: "Mapping[str, str]" = field(default_factory=dict)

    def __call__(
        self, result: dict[str, Any], generator: "SchemaGenerator", **kwargs: object
    ) -> dict[str, Any]:
        """Add error answers and what text may hold, and cut docstring sections off.

        Args:
            result: The OpenAPI document.
            generator: The generator, as drf-spectacular passes it.
            **kwargs: The request and whether the document is public.

        Returns:
            The document.
        """
        del generator, kwargs
        components = result.setdefault("components", {})
        schemas = components.setdefault("schemas", {})
        components["responses"] = self._errors()
        operations = [
            (path, operation)
            for path, item in result.get("paths", {}).items()
            for method, operation in item.items()
            if method in METHODS
        ]
        for path, operation in operations:
            _add_errors(path, operation, schemas)
        self._add_examples(schemas)
        for schema in _sent_by_clients(
            [operation for _, operation in operations], schemas
        ):
            _add_pattern(schema)
        for described in (
            *(operation for _, operation in operations),
            *schemas.values(),
        ):
            if "description" in described:
                described["description"] = SECTION.sub(
                    "", described["description"]
                ).strip()
        for _, operation in operations:
            # What a list of closed operations shows is not said again in an open one.
            first, _, rest = operation.pop("description", "").partition("\n\n")
            operation.setdefault("summary", " ".join(first.split()).removesuffix("."))
            if rest:
                operation["description"] = rest
        schemas[ERROR_COMPONENT] = ERROR_SCHEMA
        components["schemas"] = dict(sorted(schemas.items()))
        return result

    def _errors(self) -> dict[str, dict[str, Any]]:
        """Describe the errors of this API, each with its own example.

        Returns:
            Descriptions by name.
        """
        known = sorted((*(described(error) for error in RAISED), *self.errors))
        return {f"Error{error[0]}": _error(*error) for error in known}

    def _add_examples(self, schemas: dict[str, dict[str, Any]]) -> None:
        """Show what text may be like, which Swagger UI would make up from its pattern.

        Args:
            schemas: Descriptions of all bodies and answers.
        """
        for body in schemas.values():
            for name, value in body.get("properties", {}).items():
                if (
                    value.get("type") != "string"
                    or "enum" in value
                    or "example" in value
                ):
                    continue
                text = self.examples.get(name)
                if text is None and not EXCLUDES_NUL & value.keys():
                    text = name.replace("_", " ").capitalize()[: value.get("maxLength")]
                if text is not None and len(text) >= value.get("minLength", 0):
                    value["example"] = text


def _add_pattern(schema: dict[str, Any]) -> None:
    """Say what a text from a client may hold.

    Args:
        schema: A schema; one of a text is changed.
    """
    if schema.get("type") == "string" and not EXCLUDES_NUL & schema.keys():
        schema["pattern"] = WITHOUT_NUL
    if schema.get("format") == "decimal" and "pattern" in schema:
        # Not even DRF takes a number without digits.
        schema["pattern"] = schema["pattern"].replace("{0,", "{1,")


def _error(
    status: int, code: str, detail: str, attr: str | None = None
) -> dict[str, Any]:
    """Describe an error.

    Args:
        status: Its status.
        code: Word for programs.
        detail: Sentence for people.
        attr: The field that is wrong.

    Returns:
        The description, with these values as its example.
    """
    about = HTTPStatus(status)
    kind = "server_error" if about.is_server_error else "client_error"
    example = {
        "type": "validation_error" if attr else kind,
        "errors": [{"code": code, "detail": detail, "attr": attr}],
    }
    content = {"application/json": {"schema": ERROR_REFERENCE, "example": example}}
    return {"description": about.phrase, "content": content}


def _sent_by_clients(
    operations: list[dict[str, Any]], schemas: dict[str, dict[str, Any]]
) -> list[dict[str, Any]]:
    """List the values of queries and bodies.

    Args:
        operations: Descriptions of all operations.
        schemas: Descriptions of all bodies and answers.

    Returns:
        Description of each value.
    """
    parameters = [each for one in operations for each in one.get("parameters", [])]
    # The suffix of drf-spectacular's COMPONENT_SPLIT_REQUEST.
    bodies = [body for name, body in schemas.items() if name.endswith("Request")]
    return [
        *(each["schema"] for each in parameters if each["in"] == "query"),
        *(value for body in bodies for value in body.get("properties", {}).values()),
    ]


def _add_errors(
    path: str, operation: dict[str, Any], schemas: dict[str, dict[str, Any]]
) -> None:
    """Add the errors that an operation may answer.

    Args:
        path: Its path.
        operation: Its description.
        schemas: Descriptions of all bodies.
    """
    found, statuses = operation["responses"], [*COMMON]
    # drf-spectacular writes an empty requirement for operations without credentials.
    if any(operation.get("security", [])):
        statuses += [401, 403]
    names = {parameter["name"] for parameter in operation.get("parameters", [])}
    if "{" in path or {"page", "token"} & names:
        statuses.append(404)
    content = operation.get("requestBody", {}).get("content", {})
    if content:
        statuses += [409, 415]
        schema: dict[str, Any] = next(iter(content.values())).get("schema", {})
        body = schemas.get(schema.get("$ref", "").rpartition("/")[2], schema)
        required, known = body.get("required", []), body.get("properties", {})
        if fields := [*required, *known]:
            says = "is required" if required else "may not be null"
            code = "required" if required else "null"
            invalid = _error(400, code, f"This field {says}.", fields[0])
            found.setdefault("400", invalid)
    for status in statuses:
        reference = f"#/components/responses/Error{status}"
        found.setdefault(str(status), {"$ref": reference})
    operation["responses"] = dict(sorted(found.items()))


class JSONErrorsMixin(APIView):
    """Answers errors in JSON where the page itself is YAML or HTML."""

    @override
    def initial(self, request: "Request", *args: object, **kwargs: object) -> None:
        """Judge a request, and forget what of its query is not the project's own.

        Django keeps every language that somebody asks for, and a version gets into a header.

        Args:
            request: The request.
            *args: Of the path.
            **kwargs: Of the path.
        """
        super().initial(request, *args, **kwargs)
        query = request.query_params.copy()
        query.pop("version", None)
        if query.get("lang") not in dict(settings.LANGUAGES):
            query.pop("lang", None)
        request._request.GET = cast("Any", query)

    @override
    def handle_exception(self, exc: Exception) -> "Response":
        """Answer an exception.

        Args:
            exc: The exception.

        Returns:
            The answer, as any other view of the API would give it.
        """
        self.request.accepted_renderer = JSONRenderer()
        self.request.accepted_media_type = JSONRenderer.media_type
        return super().handle_exception(exc)


class DocumentMixin(JSONErrorsMixin):
    """Writes a document once: for all who ask in a language it is the same.

    Each time anew, a hundred requests would keep all threads busy, the longer the larger
    the API is.
    """

    serve_public: bool
    _written: ClassVar["dict[Hashable, tuple[bytes, dict[str, str]]]"] = {}

    @extend_schema(exclude=True)
    def get(self, request: "Request", *args: object, **kwargs: object) -> HttpResponse:
        """Answer the document.

        Args:
            request: The request.
            *args: Of the path.
            **kwargs: Of the path.

        Returns:
            The answer, which is rendered already but for the first time.
        """
        view = cast("Any", super())
        if request.version or not self.serve_public:
            return cast("HttpResponse", view.get(request, *args, **kwargs))
        kind = request.accepted_renderer.media_type
        language = request.query_params.get("lang") or get_language()
        match = cast("ResolverMatch", request.resolver_match)
        key = (match.route, kind, language)
        if written := self._written.get(key):
            return HttpResponse(written[0], headers=written[1])

        def keep(answer: HttpResponse) -> None:
            """Remember what was written."""
            self._written[key] = answer.content, dict(answer.headers)

        response: Response = view.get(request, *args, **kwargs)
        response.add_post_render_callback(keep)
        return response
