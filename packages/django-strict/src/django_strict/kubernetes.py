"""Judge what a cluster would be told (``deploy/kubernetes``), without one.

Each overlay is composed by kubectl's own Kustomize. What comes of it has to be known to the
schemas of Kubernetes to the last field, names and labels in it have to lead somewhere, and
its settings have to let the project start.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

import yaml
from kubernetes_validate import (
    SchemaNotFoundError,
    ValidationError,
    latest_version,
    validate,
)

from config.env import Env, read
from django_strict.environment import SETTING
from django_strict.gate_steps import production
from django_strict.project import CLUSTER, POLICIES, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

type Resource = dict[str, Any]

# The first version in which a container can wait before it stops without having a shell.
OLDEST: Final = "1.34"
BASE: Final = "base"
COMPOSERS: Final = (("kubectl", "kustomize"), ("kustomize", "build"))
MISSING: Final = (
    "Neither kubectl nor kustomize is installed: the base was judged, and no overlay. "
    "CI, which has to judge all, wants one of them on its PATH."
)
# Groups of Kubernetes itself; of others, such as cert-manager's, there is no schema here.
OWN_GROUP: Final = re.compile(
    r"[^.]*|([a-z]+|rbac\.authorization|flowcontrol\.apiserver)\.k8s\.io"
)
SELECTORS: Final = ("podSelector", "labelSelector", "selector")
PORTS: Final = ("port", "targetPort")
# checkov asks for versions that the project's own tools cannot live with, so it has an
# environment of its own, locked like everything else.
CHECKOV: Final = (
    *("uv", "run", "--quiet", "--isolated", "--frozen"),
    *("--only-group", POLICIES, "checkov"),
)


class UncomposedError(Exception):
    """Kustomize does not accept an overlay; the text is what it says."""


def composed(overlay: Path) -> str | None:
    """Let Kustomize put an overlay together.

    Args:
        overlay: Its folder.

    Raises:
        UncomposedError: If it cannot be put together.

    Returns:
        The resources as YAML; None where nothing is installed that could do it.
    """
    for program, command in COMPOSERS:
        if shutil.which(program):
            done = subprocess.run(
                (program, command, overlay), check=False, capture_output=True, text=True
            )
            if done.returncode:
                raise UncomposedError(done.stderr.strip())
            return done.stdout
    return None


def parsed(text: str) -> list[Resource]:
    """Read the resources of a text, without what is Kustomize's own."""
    documents = [one for one in yaml.safe_load_all(text) if isinstance(one, dict)]
    return [one for one in documents if one.get("kind") != "Kustomization"]


def title(resource: Resource) -> str:
    """Name a resource as kubectl does."""
    return f"{resource.get('kind')}/{resource.get('metadata', {}).get('name')}"


def unknown(resource: Resource) -> str | None:
    """Compare a resource with the schemas of the oldest and of the newest version.

    Args:
        resource: The resource.

    Returns:
        What is wrong with it, None if nothing is.
    """
    group, slash, _ = resource.get("apiVersion", "").partition("/")
    if slash and not OWN_GROUP.fullmatch(group):
        return None
    for version in (OLDEST, latest_version()):
        try:
            validate(resource, version, strict=True)
        except ValidationError as error:
            place = ".".join(map(str, error.path)) or "at its top"
            return f"{title(resource)}: {place}: {error.message} (Kubernetes {version})"
        except (SchemaNotFoundError, KeyError):
            return f"{title(resource)}: Kubernetes {version} knows no such kind."
    return None


def found(tree: object, *keys: str) -> Iterator[tuple[str, Any]]:
    """Find what stands behind certain keys, at any depth.

    Args:
        tree: A resource, or a part of it.
        *keys: The keys.

    Yields:
        Key and value.
    """
    if isinstance(tree, list):
        for part in tree:
            yield from found(part, *keys)
    if isinstance(tree, dict):
        for key, value in tree.items():
            if key in keys:
                yield key, value
            yield from found(value, *keys)


def wanted_labels(selector: Resource) -> Iterator[dict[str, str]]:
    """Take a selector apart: each part is to fit a pod."""
    for expression in selector.get("matchExpressions", []):
        for value in expression.get("values", []):
            yield {expression["key"]: value}
    labels = selector.get("matchLabels", {})
    if not selector.keys() & {"matchLabels", "matchExpressions"}:
        labels = selector
    yield labels


def loose_ends(resources: list[Resource]) -> Iterator[str]:
    """Find names and labels that lead nowhere, which no schema knows and no apply says.

    Args:
        resources: All resources of an overlay.

    Yields:
        A sentence for each.
    """
    names = {title(resource) for resource in resources}
    pods = [pod for resource in resources for _, pod in found(resource, "template")]
    labels = [pod.get("metadata", {}).get("labels", {}) for pod in pods]
    ports = {port.get("name") for _, listed in found(pods, "ports") for port in listed}
    for resource in resources:
        yield from (
            f"{title(resource)}: there is no {name}."
            for name in references(resource)
            if name not in names
        )
        yield from (
            f"{title(resource)}: no pod has the labels {wanted}."
            for _, selector in found(resource, *SELECTORS)
            for wanted in wanted_labels(selector)
            if not any(wanted.items() <= held.items() for held in labels)
        )
        yield from (
            f"{title(resource)}: no container has the {key} {port}."
            for key, port in found(resource, *PORTS)
            if isinstance(port, str) and port not in ports
        )


def references(resource: Resource) -> Iterator[str]:
    """List what a resource refers to; Secrets are made by hand and are none of it."""
    for _, name in found(resource, "serviceAccountName"):
        yield f"ServiceAccount/{name}"
    for _, one in found(resource, "configMapRef", "configMapKeyRef"):
        yield f"ConfigMap/{one.get('name')}"
    for _, one in found(resource, "scaleTargetRef"):
        yield f"{one.get('kind')}/{one.get('name')}"


def refused_settings(overlay: Path) -> list[str]:
    """Ask the project whether it would start with an overlay's settings.

    Args:
        overlay: Its folder. Values made up here stand for the Secret's.

    Returns:
        A sentence for each variable that is wrong.
    """
    file = overlay / "config.env"
    if not file.is_file():
        return []
    text = file.read_text("utf-8")
    values = (line.partition("=") for line in text.splitlines() if SETTING.match(line))
    os.environ.update(production() | {name: value for name, _, value in values})
    # What .env says is about this machine.
    Env.model_config["env_file"] = None
    _, problems = read()
    return [f"{file.relative_to(ROOT)}: {problem}" for problem in problems.values()]


def judged(overlay: Path) -> list[str]:
    """Judge an overlay.

    Args:
        overlay: Its folder.

    Returns:
        What is wrong with it.
    """
    problems = refused_settings(overlay)
    name = overlay.relative_to(ROOT)
    try:
        text = composed(overlay)
        complete = text is not None
        if text is None:
            files = sorted((CLUSTER / BASE).glob("*.yaml"))
            text = "\n---\n".join(file.read_text("utf-8") for file in files)
        resources = parsed(text)
    except (UncomposedError, yaml.YAMLError) as error:
        return [*problems, f"{name}: {error}"]
    refused = [one for one in map(unknown, resources) if one]
    try:
        # Names that a generator makes are there once Kustomize has run.
        ends = list(loose_ends(resources)) if complete else []
    except (AttributeError, TypeError):
        # A number where a list belongs: the schemas have said so.
        if not refused:
            raise
        ends = []
    problems += [f"{name}: {one}" for one in (*refused, *ends)]
    if not complete:
        print(MISSING, file=sys.stderr)
        if os.environ.get("CI") == "true":
            problems.append(f"{name}: not composed.")
    return problems


def unsafe(overlay: Path) -> list[str]:
    """Ask checkov about an overlay.

    Args:
        overlay: Its folder.

    Returns:
        What it says, if a policy does not hold.
    """
    name = overlay.relative_to(ROOT)
    try:
        text = composed(overlay)
    except UncomposedError as error:
        return [f"{name}: {error}"]
    if text is None:
        return [f"{name}: {MISSING}"]
    with TemporaryDirectory() as folder:
        file = Path(folder) / f"{overlay.name}.yaml"
        file.write_text(text, encoding="utf-8")
        options = ("--config-file", str(CLUSTER / "checkov.yaml"), "--file", str(file))
        done = subprocess.run(
            (*CHECKOV, *options),
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=ROOT,
            # Whoever keeps uv from changing the project's environment means that one.
            env={**os.environ, "UV_NO_SYNC": "false"},
        )
    return [f"{name}: {done.stdout.strip()}"] if done.returncode else []


def main() -> int:
    """Run the command.

    Returns:
        0 when nothing is wrong with any overlay, else 1.
    """
    parser = argparse.ArgumentParser(
        prog="django-strict kubernetes", description=__doc__
    )
    parser.add_argument(
        "--policies", action="store_true", help="ask checkov what is unsafe instead"
    )
    judge = unsafe if parser.parse_args().policies else judged
    overlays = sorted(
        file.parent
        for file in CLUSTER.glob("*/kustomization.yaml")
        if file.parent.name != BASE
    )
    if not overlays:
        print(f"There is no overlay in {CLUSTER}: a folder with a kustomization.yaml.")
        return 1
    problems = [problem for overlay in overlays for problem in judge(overlay)]
    print("\n".join(problems), end="\n" if problems else "")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
