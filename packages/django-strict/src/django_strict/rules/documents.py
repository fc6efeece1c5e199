"""YAML files of a project, read as Docker and Kubernetes read them."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Any, Final

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_strict.rules.files import Project

SUFFIXES: Final = (".yml", ".yaml")
SERVICES: Final = re.compile(r"^(services|include)\s*:", re.MULTILINE)
KIND: Final = re.compile(r"^kind\s*:", re.MULTILINE)
WORKFLOWS: Final = ".github/"
MAIN: Final = "docker-compose.yml"
# Compose adds the first of these without being asked.
OVERRIDES: Final = (
    *("docker-compose.override.yml", "docker-compose.override.yaml"),
    *("compose.override.yml", "compose.override.yaml"),
)
VARIABLE: Final = re.compile(r"\$\{(\w+)(?:(:?[-?+])([^{}]*))?\}|(?<!\$)\$(\w+)")


class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Reads anchors and merges, and what Compose adds: ``!reset`` and ``!override``."""


def _tagged(loader: Any, suffix: str, node: yaml.Node) -> Any:  # noqa: ANN401
    """Read a value with a tag as the value, and one that is reset as none."""
    if suffix == "reset":
        return None
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_scalar(node)


Loader.add_multi_constructor("!", _tagged)


@functools.cache
def documents(project: Project, path: str) -> list[Any] | None:
    """Read a file.

    Args:
        project: The project.
        path: The file.

    Returns:
        Its documents; None when it is no valid YAML.
    """
    try:
        text = "\n".join(project.lines(path))
        return list(yaml.load_all(text, Loader))
    except (yaml.YAMLError, ValueError):
        return None


def yaml_files(project: Project, pattern: re.Pattern[str]) -> Iterator[str]:
    """List the YAML files whose text has something in it.

    Args:
        project: The project.
        pattern: What a line of it must hold; parsing all of them would take long.

    Yields:
        Their paths.
    """
    for path in project.texts:
        if path.endswith(SUFFIXES) and pattern.search("\n".join(project.lines(path))):
            yield path


def compose_files(project: Project) -> list[str]:
    """List the Compose files, whatever they are called; the main one comes first."""
    paths = [one for one in yaml_files(project, SERVICES) if WORKFLOWS not in one]
    return sorted(paths, key=lambda path: (path != MAIN, path))


def services(project: Project, path: str = MAIN) -> dict[str, dict[str, Any]] | None:
    """Read the services of a Compose file as Compose would run them.

    Args:
        project: The project.
        path: The file.

    Returns:
        Services by name, with what they extend, include and are overridden by; None when
        the file cannot be read.
    """
    content = documents(project, path)
    if not content or not isinstance(content[0], dict):
        return None
    found = _included(project, content[0])
    listed = content[0].get("services")
    if not isinstance(listed, dict):
        return found or None
    for name, service in listed.items():
        if isinstance(service, dict):
            found[str(name)] = _extended(project, path, listed, service)
    for other in OVERRIDES if path == MAIN else ():
        for name, service in (services(project, other) or {}).items():
            found[name] = merged(found.get(name, {}), service)
    return found


def _included(project: Project, content: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Read the services of the files that a Compose file includes."""
    found: dict[str, dict[str, Any]] = {}
    for one in _list(content.get("include")):
        for name in _list(one.get("path") if isinstance(one, dict) else one):
            found |= services(project, str(name).removeprefix("./")) or {}
    return found


def _extended(
    project: Project, path: str, listed: dict[str, Any], service: dict[str, Any]
) -> dict[str, Any]:
    """Merge a service into the one that it extends."""
    extends = service.get("extends")
    if not extends:
        return service
    extends = {"service": extends} if isinstance(extends, str) else extends
    name, file = str(extends.get("service")), extends.get("file")
    is_here = not file or str(file).removeprefix("./") == path
    base = listed.get(name) if is_here else None
    if not is_here:
        base = (services(project, str(file).removeprefix("./")) or {}).get(name)
    return merged(base if isinstance(base, dict) else {}, service)


def merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """Merge two services as Compose does: mappings by key, lists one behind the other."""
    result = dict(base)
    for key, value in over.items():
        if isinstance(value, dict) and isinstance(result.get(key), dict):
            result[key] = merged(result[key], value)
        elif isinstance(value, list) and isinstance(result.get(key), list):
            is_replaced = key in {"command", "entrypoint", "test"}
            result[key] = value if is_replaced else [*result[key], *value]
        else:
            result[key] = value
    return result


def line_of(project: Project, path: str, pattern: str) -> int:
    """Find the first line that matches, 1 when none does."""
    for number, line in enumerate(project.lines(path), 1):
        if re.search(pattern, line):
            return number
    return 1


def interpolated(value: object) -> str:
    """Replace variables by their defaults, and those that have none by nothing."""
    return VARIABLE.sub(
        lambda found: (found[3] or "") if (found[2] or "").endswith("-") else "",
        "" if value is None else str(value),
    )


def pairs(value: object) -> dict[str, Any]:
    """Read a mapping, or the list of ``NAME=value`` that may stand in its place."""
    if isinstance(value, dict):
        return {str(key): one for key, one in value.items()}
    found = {}
    for item in value if isinstance(value, list) else ():
        name, sign, text = str(item).partition("=")
        found[name] = text if sign else None
    return found


def words(value: object) -> str:
    """Read a command, which is a text or a list of them."""
    if isinstance(value, list):
        return " ".join(str(one) for one in value)
    return "" if value is None else str(value)


def _list(value: object) -> list[Any]:
    """Read a list, or the single value that may stand in its place."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
