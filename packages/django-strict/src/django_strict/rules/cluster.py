"""Section 10: containers and required files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from django_strict.rules.credentials import is_literal, is_secret_name, no_secrets
from django_strict.rules.documents import documents, line_of, parsed, yaml_files
from django_strict.rules.model import rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_strict.rules.files import Project
    from django_strict.rules.model import Problem

WORKLOADS: Final = {
    *("Pod", "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob"),
    *("PodTemplate", "ReplicationController"),
}
# A key and the values that it must not have, wherever it stands.
FORBIDDEN: Final[dict[str, tuple[object, ...]]] = {
    "privileged": (True,),
    "allowPrivilegeEscalation": (True,),
    "runAsNonRoot": (False, None),
    "readOnlyRootFilesystem": (False,),
    "hostNetwork": (True,),
    "hostPID": (True,),
    "hostIPC": (True,),
    "hostUsers": (True,),
    "shareProcessNamespace": (True,),
    "runAsUser": (0, "0"),
    "runAsGroup": (0, "0"),
    "procMount": ("Unmasked",),
}
# Keys that must not be there at all.
NEVER: Final = ("hostPath", "hostPort", "volumeDevices")
# What each container must say, itself or by its pod.
DEMANDED: Final = {
    "runAsNonRoot": True,
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
}


def _manifests(project: Project) -> Iterator[tuple[str, dict[str, Any]]]:
    """List the documents of Kubernetes, patches and items inside of others among them."""
    for path in yaml_files(project, "kind"):
        for document in documents(project, path) or []:
            yield from ((path, one) for one in _inner(document))


def _inner(document: object) -> Iterator[dict[str, Any]]:
    """List a document and those that it consists of."""
    if not isinstance(document, dict) or "kind" not in document:
        return
    yield document
    for item in document.get("items") or []:
        yield from _inner(item)
    for patch in document.get("patches") or []:
        text = patch.get("patch") if isinstance(patch, dict) else None
        yield from map(_patch, parsed(text) or [] if isinstance(text, str) else [])


def _patch(content: object) -> dict[str, Any]:
    """Read a patch that is written as a text, operations as the keys that they set."""
    if isinstance(content, list):
        return {
            "operations": [
                {str(one.get("path")).rpartition("/")[2]: one.get("value")}
                for one in content
                if isinstance(one, dict) and one.get("op") != "remove"
            ]
        }
    return content if isinstance(content, dict) else {}


def _patches(project: Project) -> set[str]:
    """List the files that only change other documents."""
    found = set()
    for path, document in _manifests(project):
        folder = path.rpartition("/")[0]
        listed = [
            *(document.get("patches") or []),
            *(document.get("patchesStrategicMerge") or []),
        ]
        for one in listed if document.get("kind") == "Kustomization" else ():
            name = one.get("path") if isinstance(one, dict) else one
            found.add(f"{folder}/{name}".lstrip("/"))
    return found


@rule(
    "DS104",
    title="Pods are as restricted as the containers of the Compose stack.",
    why="A pod that is root, writes its own files or sees the node leads out of the cluster.",
    fix="Restore the value that the message names in the pod's or container's securityContext; give each container `resources.limits.memory`.",
    where="deploy/app.yaml",
    bad="""
apiVersion: v1
kind: Pod
spec:
  hostNetwork: true
""",
    good="""
apiVersion: v1
kind: Pod
spec:
  securityContext: {runAsNonRoot: true}
""",
)
def pods_are_restricted(project: Project) -> Iterator[Problem]:
    """Judge every manifest by what it must not say, each workload by what it must."""
    patches = _patches(project)
    for path, document in _manifests(project):
        for key, value in _walk(document):
            is_forbidden = key in FORBIDDEN and value in FORBIDDEN[key]
            is_added = (
                key == "capabilities" and isinstance(value, dict) and value.get("add")
            )
            is_unconfined = key == "type" and value == "Unconfined"
            if is_forbidden or is_added or is_unconfined or key in NEVER:
                line = line_of(project, path, rf"\b{key}\b")
                yield project.at(path, f"`{key}` is {value!r}", line)
        if document.get("kind") in WORKLOADS and path not in patches:
            pod = _pod(document)
            for kind in ("initContainers", "containers"):
                for container in pod.get(kind) or []:
                    name = str(container.get("name"))
                    line = line_of(project, path, rf"name:\s*[\"']?{re.escape(name)}\b")
                    for lack in _lacks(pod, container):
                        yield project.at(
                            path, f"the container `{name}` lacks {lack}", line
                        )


def _pod(document: dict[str, Any]) -> dict[str, Any]:
    """Find the pod of a workload."""
    spec = document.get("spec") or {}
    spec = (spec.get("jobTemplate") or {}).get("spec") or spec
    found = (spec.get("template") or document.get("template") or {}).get("spec") or spec
    return found if isinstance(found, dict) else {}


def _lacks(pod: dict[str, Any], container: dict[str, Any]) -> Iterator[str]:
    """List what a container and its pod leave out."""
    context = {
        **(pod.get("securityContext") or {}),
        **(container.get("securityContext") or {}),
    }
    for key, value in DEMANDED.items():
        if context.get(key) is not value:
            yield f"`{key}: {str(value).lower()}`"
    dropped = (context.get("capabilities") or {}).get("drop") or []
    if "ALL" not in dropped:
        yield "`capabilities: {drop: [ALL]}`"
    limits = (container.get("resources") or {}).get("limits") or {}
    if not limits.get("memory"):
        yield "`resources.limits.memory`"


def _walk(value: object) -> Iterator[tuple[str, object]]:
    """List every key of a document, at any depth, with its value."""
    if isinstance(value, dict):
        for key, one in value.items():
            yield str(key), one
            yield from _walk(one)
    for one in value if isinstance(value, list) else ():
        yield from _walk(one)


@no_secrets
def manifests_hold_no_secret(project: Project) -> Iterator[Problem]:
    """Find Secrets with their values, and variables that are given one."""
    for path, document in _manifests(project):
        for field in ("data", "stringData"):
            if document.get("kind") == "Secret" and document.get(field):
                line = line_of(project, path, rf"^\s*{field}:")
                yield project.at(path, f"a Secret is committed with its {field}", line)
        for name, text in _given(document):
            if isinstance(text, str) and is_literal(text) and is_secret_name(name):
                line = line_of(project, path, re.escape(name))
                yield project.at(path, f"`{name}` is written out", line)


def _given(document: dict[str, Any]) -> Iterator[tuple[str, object]]:
    """List the variables of containers and generators, and the values of a ConfigMap."""
    for key, value in _walk(document):
        if key in {"env", "literals"} and isinstance(value, list):
            yield from map(_variable, value)
        elif document.get("kind") == "ConfigMap":
            yield key, value


def _variable(entry: object) -> tuple[str, object]:
    """Read a variable of a container, or a literal of a generator."""
    if isinstance(entry, dict):
        return str(entry.get("name")), entry.get("value")
    name, _, value = str(entry).partition("=")
    return name, value
