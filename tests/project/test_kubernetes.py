"""What a project does for Kubernetes once that was the answer: judge its files, release."""

import os
import shutil
from typing import TYPE_CHECKING, Final

import pytest

from tests.helpers.project import Project
from tests.helpers.repository import ROOT, git
from tests.helpers.vulnerabilities import vulnerabilities

if TYPE_CHECKING:
    from pathlib import Path

    from tests.helpers.rendering import Answer

type Mistake = tuple[str, str, str, str]

STEPS: Final = ("--only", "kubernetes", "--only", "generated files")
POLICIES: Final = ("uv", "run", "poe", "check", "--only", "kubernetes policies")
APP: Final = "base/app.yaml"
CONFIG: Final = "production/config.env"
OVERLAY: Final = "production/kustomization.yaml"
# What somebody writes, into which file in the place of what, and a word of the answer.
MISTAKES: Final[dict[str, Mistake]] = {
    "a field": (APP, "readinessProbe:", "readinesProbe:", "'readinesProbe' was unexp"),
    "a type": ("base/worker.yaml", "replicas: 2", 'replicas: "two"', "spec.replicas"),
    "a kind": ("base/migrate.yaml", "kind: Job", "kind: Jobb", "Jobb/migrate: Ku"),
    "a version": (
        "base/nginx.yaml",
        "policy/v1",
        "policy/v2",
        "PodDisruptionBudget/nginx: Ku",
    ),
    "a number": (APP, "maxReplicas: 3", "maxReplicas: 3.5", "maxReplicas"),
    "a label of a Service": (
        APP,
        "selector: {app.kubernetes.io/name: app}",
        "selector: {app.kubernetes.io/name: ap}",
        "Service/app: no pod has the labels {'app.kubernetes.io/name': 'ap'}",
    ),
    "a label of a budget": (
        "base/worker.yaml",
        "maxUnavailable: 1\n  selector:\n    matchLabels: {app.kubernetes.io/name: worker}",
        "maxUnavailable: 1\n  selector:\n    matchLabels: {app.kubernetes.io/name: works}",
        "PodDisruptionBudget/worker: no pod has",
    ),
    "a label of a policy": (
        "base/network.yaml",
        "values: [app, worker, migrate]",
        "values: [app, worker, migration]",
        "NetworkPolicy/services: no pod has",
    ),
    "a port of a Service": (
        "base/nginx.yaml",
        "targetPort: https}",
        "targetPort: htps}",
        "Service/nginx: no container has the targetPort htps",
    ),
    "a port of a policy": (
        "base/network.yaml",
        "ports: [{port: http}, {port: https}]",
        "ports: [{port: web}, {port: https}]",
        "NetworkPolicy/nginx: no container has the port web",
    ),
    "what is scaled": (
        APP,
        "kind: Deployment, name: app}",
        "kind: Deployment, name: api}",
        "there is no Deployment/api",
    ),
    "an account": (
        "base/worker.yaml",
        "serviceAccountName: project",
        "serviceAccountName: projct",
        "there is no ServiceAccount/projct",
    ),
    "a ConfigMap": (
        "base/worker.yaml",
        "configMapRef: {name: environment}",
        "configMapRef: {name: enviroment}",
        "there is no ConfigMap/enviroment",
    ),
    "a value": (CONFIG, "CONCURRENCY=2", "CONCURRENCY=two", "WEB_CONCURRENCY is not"),
    "a name that is not ours": (
        CONFIG,
        "DJANGO_ALLOWED_HOSTS=example.com",
        "DJANGO_ALLOWED_HOSTS=*.example.com",
        "DJANGO_ALLOWED_HOSTS holds a wildcard",
    ),
    "a debug page": (CONFIG, "DEBUG=false", "DEBUG=true", "DJANGO_DEBUG must be false"),
    "a variable": (
        CONFIG,
        "EMAIL_PORT=",
        "EMAIL_PROT=",
        "config.env sets EMAIL_PROT, which is no variable of config/env.py",
    ),
    "a secret in a ConfigMap": (
        CONFIG,
        "EMAIL_USE_TLS=",
        "EMAIL_HOST_PASSWORD=x\nEMAIL_USE_TLS=",
        "sets EMAIL_HOST_PASSWORD, which is not for this file",
    ),
    "a setting beside the secrets": (
        "secret.env.example",
        "DJANGO_SECRET_KEY=\n",
        "DJANGO_SECRET_KEY=\nEMAIL_HOST=\n",
        "sets EMAIL_HOST, which is not for this file",
    ),
}
# What keeps Kustomize from composing anything, or is said in the same words as another.
ALONE: Final[dict[str, Mistake]] = {
    "a number in the place of a list": (
        "base/migrate.yaml",
        "args: [migrate, --noinput]",
        "args: [migrate, --noinput]\n          ports: 8000",
        "ports: 8000 is not of type",
    ),
    "a file": ("base/kustomization.yaml", "- app.yaml", "- ap.yaml", "ap.yaml"),
    "what is patched": (
        "production/load-balancer.yaml",
        "name: nginx",
        "name: proxy",
        "no matches for Id",
    ),
    "a variable that is missing": (
        CONFIG,
        "MAX_BODY_MIB=1\n",
        "",
        "config.env differs from config/env.py; `uv run poe fix` fixes it",
    ),
    "a secret that is missing": (
        "secret.env.example",
        "DJANGO_SECRET_KEY=\n",
        "",
        "secret.env.example differs from config/env.py",
    ),
}
CERTIFICATE: Final = """
apiVersion: cert-manager.io/v1
kind: Certificate
metadata:
  name: certificate
spec:
  secretName: certificate
  dnsNames: [example.com]
  issuerRef: {name: letsencrypt, kind: ClusterIssuer}
"""
# Writes down what it is asked for, and refuses what the test names.
RECORDER: Final = """#!/bin/sh
echo "$*" >> "$RECORD"
case "$*" in *"$REFUSED"*) exit 1;; esac
"""


@pytest.fixture(scope="module")
def answers() -> "dict[str, Answer]":
    """Return the answers of a project with these files."""
    return {"kubernetes": True, "project_slug": "shop"}


def gate(project: Project, *steps: str, check: bool = True, **extra: str) -> str:
    """Run steps of the gate.

    Args:
        project: The project.
        *steps: Which.
        check: Whether a finding fails the test.
        **extra: Variables to add.

    Returns:
        What they said.
    """
    command = ("uv", "run", "poe", "check", *steps)
    return project.run(*command, check=check, extra={"CI": ""} | extra)


def test_its_files_pass(own: Project) -> None:
    """Whatever a developer's own settings are; the judgement changes nothing."""
    written = own.folder / ".env"
    written.write_text("REDIS_SESSION_URL=nowhere\n")
    try:
        assert "All 2 steps passed" in gate(own, *STEPS)
    finally:
        written.unlink()
    assert own.changes() == ""


def mistaken(project: Project, *mistakes: Mistake) -> str:
    """Make mistakes, run the gate, and take them back.

    Args:
        project: The project.
        *mistakes: The mistakes.

    Returns:
        What the gate said.
    """
    folder = project.folder / "deploy" / "kubernetes"
    names = {name for name, _, _, _ in mistakes}
    before = {
        one: (folder / one).read_text() for one in names if (folder / one).exists()
    }
    try:
        for name, right, wrong, _ in mistakes:
            text = before.get(name, "") and (folder / name).read_text()
            assert right in text
            (folder / name).write_text(text.replace(right, wrong, 1))
        return gate(project, *STEPS, check=False)
    finally:
        for name in names:
            (folder / name).unlink()
        for name, text in before.items():
            (folder / name).write_text(text)


@pytest.fixture(scope="module")
def judgement(own: Project) -> str:
    """Make all mistakes at once.

    Args:
        own: The project.

    Returns:
        What the gate said.
    """
    said = mistaken(own, *MISTAKES.values())
    assert "2 of 2 steps failed" in said
    return said


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_named_by_the_gate(judgement: str, mistake: str) -> None:
    """In one sentence that says where it stands."""
    assert MISTAKES[mistake][-1] in judgement


@pytest.mark.parametrize("mistake", ALONE)
def test_a_mistake_alone_fails_the_gate(own: Project, mistake: str) -> None:
    """One is enough."""
    said = mistaken(own, ALONE[mistake])
    assert ALONE[mistake][-1] in said
    assert "1 of 2 steps failed" in said


def test_a_resource_of_somebody_else_is_left_to_them(own: Project) -> None:
    """Nobody here has cert-manager's schema."""
    said = mistaken(
        own,
        (OVERLAY, "resources:\n", "resources:\n  - certificate.yaml\n", ""),
        ("production/certificate.yaml", "", CERTIFICATE, ""),
    )
    assert "All 2 steps passed" in said


def test_a_fix_adds_what_is_new_and_keeps_what_was_set(own: Project) -> None:
    """Values in ``config.env`` are the owner's."""
    file = own.folder / "deploy" / "kubernetes" / CONFIG
    before = file.read_text()
    written = before.replace("WEB_CONCURRENCY=2", "# many\nWEB_CONCURRENCY=4")
    file.write_text(written.replace("MAX_BODY_MIB=1\n", ""))
    try:
        own.run("uv", "run", "django-strict", "env-files", "--write")
        written = file.read_text()
        assert "All 2 steps passed" in gate(own, *STEPS)
    finally:
        file.write_text(before)
    assert "# many\nWEB_CONCURRENCY=4\n" in written
    assert written.endswith("\nMAX_BODY_MIB=1\n")


def test_without_kubectl_the_base_is_judged_and_ci_wants_more(
    own: Project, tmp_path: "Path"
) -> None:
    """Whoever never deploys can commit; nothing is merged that was not composed."""
    uv = shutil.which("uv")
    assert uv is not None
    (tmp_path / "uv").symlink_to(uv)
    where = {"PATH": str(tmp_path)}
    command = ("uv", "run", "django-strict", "kubernetes")
    said = own.run(*command, extra=where | {"CI": ""})
    assert "the base was judged, and no overlay" in said
    said = own.run(*command, check=False, extra=where | {"CI": "true"})
    assert "production: not composed." in said
    file = own.folder / "deploy" / "kubernetes" / APP
    before = file.read_text()
    file.write_text(before.replace("readinessProbe", "readinesProbe"))
    try:
        said = own.run(*command, check=False, extra=where | {"CI": ""})
    finally:
        file.write_text(before)
    assert "'readinesProbe' was unexpected" in said


def test_the_policies_hold(own: Project) -> None:
    """They are judged in CI, whatever keeps uv from changing the environment."""
    in_ci = {"CI": "true", "UV_NO_SYNC": "1"}
    assert "1 steps passed" in own.run(*POLICIES, extra=in_ci)
    assert own.changes() == ""


def test_a_pod_that_may_become_root_breaks_a_policy(own: Project) -> None:
    """Schemas allow it."""
    file = own.folder / "deploy" / "kubernetes" / APP
    before = file.read_text()
    right = "allowPrivilegeEscalation: false"
    file.write_text(before.replace(right, "allowPrivilegeEscalation: true"))
    try:
        assert "All 2 steps passed" in gate(own, *STEPS)
        said = own.run(*POLICIES, check=False, extra={"CI": "true"})
    finally:
        file.write_text(before)
    assert "CKV_K8S_20" in said
    assert "Deployment.shop.app" in said


def test_what_judges_policies_is_no_dependency_to_audit(own: Project) -> None:
    """It asks for old packages, and reads only what the project wrote itself."""
    command = ("uv", "run", "poe", "audit", "--service-url")
    with vulnerabilities({"checkov", "ecdsa"}) as url:
        assert "no known vulnerabilities" in own.run(*command, url)
    with vulnerabilities({"kubernetes-validate"}) as url:
        assert "kubernetes-validate" in own.run(*command, url, check=False)


def released(project: Project, folder: "Path", refused: str) -> list[str]:
    """Release with a recorder in the place of kubectl.

    Args:
        project: The project.
        folder: Where to put the recorder.
        refused: What kubectl fails at.

    Returns:
        What it was asked for, one line each.
    """
    kubectl, record = folder / "kubectl", folder / "record"
    kubectl.write_text(RECORDER)
    kubectl.chmod(0o755)
    project.run(
        *("sh", "deploy/kubernetes/release.sh"),
        check=not refused,
        extra={
            "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}",
            "RECORD": str(record),
            "REFUSED": refused or "nothing",
        },
    )
    return record.read_text().splitlines()


def test_a_release_migrates_before_it_rolls_out(own: Project, tmp_path: "Path") -> None:
    """Settings, the Job made anew, its end, the new pods, their rollouts."""
    overlay = "--kustomize deploy/kubernetes/production --selector"
    assert released(own, tmp_path, "") == [
        "--namespace shop delete job/migrate --ignore-not-found",
        f"apply {overlay} release-step!=rollout",
        "--namespace shop wait job/migrate --for condition=complete --timeout 920s",
        f"apply {overlay} release-step=rollout",
        "--namespace shop rollout status deployment/worker --timeout 600s",
        "--namespace shop rollout status deployment/app --timeout 600s",
        "--namespace shop rollout status deployment/nginx --timeout 600s",
    ]


def test_a_failed_migration_rolls_nothing_out(own: Project, tmp_path: "Path") -> None:
    """Yesterday's pods serve on."""
    asked = released(own, tmp_path, "wait job/migrate")
    assert "wait job/migrate" in asked[-1]
    assert not any("release-step=rollout" in line for line in asked)


def test_nothing_it_locks_shares_the_name_of_a_project(own: Project) -> None:
    """What judges policies included."""
    lines = (own.folder / "uv.lock").read_text().splitlines()
    locked = {line[8:-1] for line in lines if line.startswith('name = "')}
    reserved = (ROOT / "questions" / "reserved-names.txt").read_text().split()
    assert "checkov" in locked
    assert locked - {"shop"} <= set(reserved)


def test_its_files_are_updated_like_all_others(own: Project) -> None:
    """Git sees them; secrets beside them it does not."""
    tracked = git(own.folder, "ls-files", "deploy")
    assert "deploy/kubernetes/production/config.env" in tracked
    assert "deploy/kubernetes/secret.env.example" in tracked
    secret = own.folder / "secrets" / "production.env"
    secret.parent.mkdir()
    secret.write_text("DJANGO_SECRET_KEY=x\n")
    assert own.changes() == ""
