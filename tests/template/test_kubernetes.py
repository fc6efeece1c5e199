"""The files for Kubernetes: nothing without the answer, and what they promise with it."""

import re
import shutil
import subprocess
import tomllib
from typing import TYPE_CHECKING, Any, Final

import pytest
import yaml

from tests.helpers.rendering import files, render

if TYPE_CHECKING:
    from pathlib import Path

    from tests.helpers.rendering import Answer

type Resource = dict[str, Any]

MAX_CONNECTIONS: Final = 100  # PostgreSQL's default
RESERVED: Final = 10  # config/env.py
POOL: Final = 8  # of a worker, at most
QUEUE: Final = 8  # of the queue's worker
DEPLOYMENTS: Final = ["app", "nginx", "worker"]


@pytest.fixture(scope="module")
def folder(clone: "Path", tmp_path_factory: pytest.TempPathFactory) -> "Path":
    """Render the project with the answer.

    Args:
        clone: The template.
        tmp_path_factory: Where to put it.

    Returns:
        The project's folder.
    """
    answers: dict[str, Answer] = {
        "kubernetes": True,
        "project_slug": "shop",
        "database_port": 6432,
    }
    return render(clone, answers, tmp_path_factory.mktemp("on") / "project")


@pytest.fixture(scope="module")
def resources(folder: "Path") -> dict[tuple[str, str], Resource]:
    """Compose the overlay.

    Args:
        folder: The project.

    Returns:
        The resources by kind and name.
    """
    overlay = folder / "deploy" / "kubernetes" / "production"
    done = subprocess.run(
        ["kubectl", "kustomize", overlay], check=True, capture_output=True, text=True
    )
    listed = list(yaml.safe_load_all(done.stdout))
    return {(one["kind"], one["metadata"]["name"]): one for one in listed}


def pods(resources: dict[tuple[str, str], Resource]) -> dict[str, Resource]:
    """Find what pods are made from.

    Args:
        resources: All resources.

    Returns:
        Their specs by name.
    """
    return {
        name: one["spec"]["template"]["spec"]
        for (kind, name), one in resources.items()
        if kind in {"Deployment", "Job"}
    }


def test_without_the_answer_nothing_is_left_of_it(rendered: "Path") -> None:
    """No file, no mention and no dependency; only the answer itself is recorded.

    One step of the release names the path: workflows are the same for all answers, since
    GitHub's token may not push another one (record 31).
    """
    mentions = {
        name
        for name, content in files(rendered).items()
        if re.search(rb"kubernet|kustomiz|checkov", content, re.IGNORECASE)
        and not name.endswith(".whl")
    }
    assert mentions == {".copier-answers.yml", ".github/workflows/release.yml"}
    assert not (rendered / "deploy").exists()


def test_with_the_answer_nothing_else_changes(
    clone: "Path", tmp_path: "Path", rendered: "Path"
) -> None:
    """The files, what judges them, and not a line of the product."""
    on = files(render(clone, {"kubernetes": True}, tmp_path / "project"))
    off = files(rendered)
    changed = {name for name in off if on[name] != off[name]}
    assert changed == {".copier-answers.yml", "pyproject.toml"}
    project = tomllib.loads(on["pyproject.toml"].decode())["project"]
    assert project == tomllib.loads(off["pyproject.toml"].decode())["project"]


def test_its_page_names_no_file_that_is_not_there(folder: "Path") -> None:
    """Links and paths lead somewhere."""
    page = (folder / "docs" / "kubernetes.md").read_text()
    base = folder / "deploy" / "kubernetes"
    named = re.findall(
        r"`((?:base|production)/[a-z.-]*|[a-z.-]+\.(?:sh|example))`", page
    )
    assert len(named) > 5
    assert not [name for name in named if not (base / name).exists()]


def test_the_example_of_the_secret_is_one_that_kubectl_takes(folder: "Path") -> None:
    """As the page says, without the comments; every variable in it is a key."""
    example = folder / "deploy" / "kubernetes" / "secret.env.example"
    done = subprocess.run(
        [
            *("kubectl", "create", "secret", "generic", "environment"),
            *("--from-env-file", example, "--dry-run=client", "--output", "yaml"),
        ],
        check=True,
        capture_output=True,
        text=True,
    )
    keys = yaml.safe_load(done.stdout)["data"].keys()
    assert keys == set(re.findall(r"^(\w+)=", example.read_text(), re.MULTILINE))
    assert {"DJANGO_SECRET_KEY", "DATABASE_URL", "REDIS_URL"} <= keys


def test_secrets_that_were_filled_in_stay_when_the_page_is_followed_again(
    folder: "Path", tmp_path: "Path"
) -> None:
    """Nobody else has them; and nobody else on the machine may read them."""
    page = (folder / "docs" / "kubernetes.md").read_text()
    command = re.findall(r"^ +(.+ cp .+secret\.env\.example .+)$", page, re.MULTILINE)[
        0
    ]
    place = tmp_path / "deploy" / "kubernetes"
    place.mkdir(parents=True)
    example = folder / "deploy" / "kubernetes" / "secret.env.example"
    shutil.copy(example, place)
    secrets = tmp_path / "secrets" / "production.env"
    subprocess.run(["sh", "-c", command], cwd=tmp_path, check=True)
    assert secrets.read_text() == example.read_text()
    assert secrets.stat().st_mode & 0o077 == 0
    secrets.write_text("filled in")
    subprocess.run(["sh", "-c", command], cwd=tmp_path, check=True)
    assert secrets.read_text() == "filled in"


def test_every_pod_is_restricted(resources: dict[tuple[str, str], Resource]) -> None:
    """As the namespace demands it, and without a token or a writable root beyond that."""
    labels = resources["Namespace", "shop"]["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
    assert set(pods(resources)) == {"app", "migrate", "nginx", "worker"}
    for spec in pods(resources).values():
        assert spec["automountServiceAccountToken"] is False
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert {key for one in spec["volumes"] for key in one} <= {
            *("name", "emptyDir", "secret"),
        }
        (container,) = spec["containers"]
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert container["resources"].keys() == {"requests", "limits"}


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_a_deployment_survives_the_loss_of_a_node(
    resources: dict[tuple[str, str], Resource], name: str
) -> None:
    """Two pods on different machines, and one of them at a time may be evicted."""
    deployment = resources["Deployment", name]
    spec = deployment["spec"]["template"]["spec"]
    scaler = resources.get(("HorizontalPodAutoscaler", name), {"spec": {}})
    replicas = deployment["spec"].get("replicas") or scaler["spec"]["minReplicas"]
    assert replicas >= 2
    spread = {one["topologyKey"] for one in spec["topologySpreadConstraints"]}
    assert "kubernetes.io/hostname" in spread
    assert resources["PodDisruptionBudget", name]["spec"]["maxUnavailable"] == 1
    assert {"readinessProbe", "livenessProbe"} <= spec["containers"][0].keys()


def test_the_autoscaler_alone_says_how_many_app_pods_there_are(
    resources: dict[tuple[str, str], Resource],
) -> None:
    """A number in the Deployment would undo its work with every release."""
    assert "replicas" not in resources["Deployment", "app"]["spec"]


def test_the_pods_leave_connections_to_others(
    resources: dict[tuple[str, str], Resource],
) -> None:
    """With all the autoscaler may start, in the middle of a rollout, as the page says."""
    settings = next(one for key, one in resources.items() if key[0] == "ConfigMap")
    concurrency = int(settings["data"]["WEB_CONCURRENCY"])
    app, worker = resources["Deployment", "app"], resources["Deployment", "worker"]
    scaler = resources["HorizontalPodAutoscaler", "app"]["spec"]
    pods_of_app = scaler["maxReplicas"] + surge_of(app)
    workers = worker["spec"]["replicas"] + surge_of(worker)
    connections = pods_of_app * concurrency * POOL + workers * QUEUE
    assert connections == 80
    assert connections <= MAX_CONNECTIONS - RESERVED


def surge_of(deployment: Resource) -> int:
    """Read how many pods more there are during a rollout."""
    surge: int = deployment["spec"]["strategy"]["rollingUpdate"]["maxSurge"]
    return surge


def test_only_what_is_listed_may_talk(
    resources: dict[tuple[str, str], Resource],
) -> None:
    """All pods are closed both ways; the data's ports are those of the answers."""
    closed = resources["NetworkPolicy", "default-deny"]["spec"]
    assert closed == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    outside = resources["NetworkPolicy", "services"]["spec"]["egress"][0]
    assert {one["port"] for one in outside["ports"]} == {6432, 6379, 587, 443}
    (app,) = resources["NetworkPolicy", "app"]["spec"]["ingress"]
    (source,) = app["from"]
    assert source["podSelector"]["matchLabels"] == {"app.kubernetes.io/name": "nginx"}


def test_a_release_step_is_a_label_of_every_deployment(
    resources: dict[tuple[str, str], Resource],
) -> None:
    """Of nothing else: release.sh applies those two halves, one before the migration."""
    late = {
        key
        for key, one in resources.items()
        if one["metadata"].get("labels", {}).get("release-step") == "rollout"
    }
    assert late == {("Deployment", name) for name in DEPLOYMENTS}


def test_every_image_is_named_by_the_overlay(
    resources: dict[tuple[str, str], Resource],
) -> None:
    """App and worker are one image."""
    images = {
        name: spec["containers"][0]["image"] for name, spec in pods(resources).items()
    }
    assert images["app"] == images["worker"]
    assert all(
        image.startswith("registry.example.com/shop-") for image in images.values()
    )
