"""YAML files of a project, read as Docker and Kubernetes read them."""

from __future__ import annotations

import functools
import posixpath
import re
from typing import TYPE_CHECKING, Any, Final

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_strict.rules.files import Project

SUFFIXES: Final = (".yml", ".yaml", ".json")
YES_OR_NO: Final = {"true": True, "yes": True, "false": False, "no": False}
# JSON may be indented by them, which YAML refuses.
TABS: Final = re.compile(r"^\t+", re.MULTILINE)
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


@functools.lru_cache(maxsize=64)
def parsed(text: str) -> list[Any] | None:
    """Read a text.

    Args:
        text: The text.

    Returns:
        Its documents; None when it is no valid YAML.
    """
    try:
        return list(yaml.load_all(TABS.sub(" ", text), Loader))
    except (yaml.YAMLError, ValueError):
        return None


def documents(project: Project, path: str) -> list[Any] | None:
    """Read a file.

    Args:
        project: The project.
        path: The file.

    Returns:
        Its documents; None when it is no valid YAML.
    """
    return parsed("\n".join(project.lines(path)))


def yaml_files(project: Project, *keys: str) -> Iterator[str]:
    """List the files of which a document has one of some keys.

    Args:
        project: The project.
        *keys: The keys; parsing files whose text has none of them would take long.

    Yields:
        Their paths.
    """
    pattern = re.compile(rf"\b(?:{'|'.join(keys)})\b[\"']?\s*:")
    for path in project.texts:
        if path.endswith(SUFFIXES) and pattern.search("\n".join(project.lines(path))):
            for document in documents(project, path) or []:
                if isinstance(document, dict) and document.keys() & set(keys):
                    yield path
                    break


def compose_files(project: Project) -> list[str]:
    """List the Compose files, whatever they are called; the main one comes first."""
    found = yaml_files(project, "services", "include")
    paths = [one for one in found if WORKFLOWS not in one]
    return sorted(paths, key=lambda path: (path != MAIN, path))


def services(project: Project, path: str = MAIN) -> dict[str, dict[str, Any]] | None:
    """Read the services of a Compose file as Compose would run them.

    Args:
        project: The project.
        path: The file.

    Returns:
        Services by name, with what they extend, include and are overridden by, variables
        replaced by their defaults; None when the file cannot be read.
    """
    found = written(project, path).get("services")
    if not isinstance(found, dict):
        return None
    return {name: resolved(one) for name, one in found.items() if isinstance(one, dict)}


@functools.cache
def written(
    project: Project, path: str = MAIN, within: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Put together all that a Compose file says, as it is written.

    Args:
        project: The project.
        path: The file.
        within: The files that led to it.

    Returns:
        Its content, with what it extends, includes and is overridden by.
    """
    content: dict[str, Any] = {}
    for one in documents(project, path) or [] if path not in within else []:
        content = merged(content, one if isinstance(one, dict) else {})
    within = (*within, path)
    listed = content.get("services")
    if isinstance(listed, dict):
        content["services"] = {
            str(name): _extended(project, listed, str(name), within)
            for name in listed
            if isinstance(listed[name], dict)
        }
    for one in _list(content.get("include")):
        for name in _list(one.get("path") if isinstance(one, dict) else one):
            content = merged(written(project, _beside(path, name), within), content)
    for other in OVERRIDES if path == MAIN else ():
        content = merged(content, written(project, other, within))
    return content


def _beside(path: str, name: object) -> str:
    """Name a file by its place beside another one."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), str(name)))


def _extended(
    project: Project, listed: dict[str, Any], name: str, within: tuple[str, ...]
) -> dict[str, Any]:
    """Merge a service into the one that it extends."""
    service: dict[str, Any] = listed[name]
    extends = service.get("extends")
    if not extends:
        return service
    extends = {"service": extends} if isinstance(extends, str) else extends
    other, file = str(extends.get("service")), extends.get("file")
    path = _beside(within[-1], file) if file else within[-1]
    if path != within[-1]:
        base = (written(project, path, within).get("services") or {}).get(other) or {}
    else:
        rest = {one: value for one, value in listed.items() if one != name}
        is_known = isinstance(rest.get(other), dict)
        base = _extended(project, rest, other, within) if is_known else {}
    return merged(base, service)


def resolved(value: Any) -> Any:  # noqa: ANN401
    """Replace variables by their defaults, and in mappings the words for yes and no."""
    if isinstance(value, dict):
        found = {key: resolved(one) for key, one in value.items()}
        return {
            key: YES_OR_NO.get(one.lower(), one) if isinstance(one, str) else one
            for key, one in found.items()
        }
    if isinstance(value, list):
        return [resolved(one) for one in value]
    return interpolated(value) if isinstance(value, str) else value


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
    # Compose takes a word such as `true` for a command, and YAML for a yes.
    return "" if value is None else str(value).lower() if value is True else str(value)


def _list(value: object) -> list[Any]:
    """Read a list, or the single value that may stand in its place."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
