"""The release workflow's own commands: a real registry, a real SSH server, a real stack."""

import base64
import json
import os
import shlex
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from getpass import getuser
from typing import TYPE_CHECKING, Final
from urllib.request import Request, urlopen

import pytest
import yaml

from tests.helpers.repository import git
from tests.helpers.workflows import PROJECT, step, workflow
from tests.stack.conftest import free_port
from tests.stack.load import Load
from tests.stack.stack import FILE, docker
from tests.stack.test_redeploy import nginx_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.stack.stack import Stack

pytestmark = pytest.mark.docker
SERVICES = ("app", "nginx", "site", "migrate", "worker")
RELEASE: Final = PROJECT / "release.yml"
TAG: Final = "v0.1.0"
USER: Final = "octocat"
TOKEN: Final = "token-of-the-job"  # noqa: S105
PASSWORDS: Final = (
    f"{USER}:$2b$04$JRHLHF4o1pxzKx/p/.byBuvPJMd6zwgM5SC3UXRSw83WX8bNw7nFW\n"
)
KINDS: Final = ("app", "manage", "nginx")
REGISTRY: Final = """\
version: 0.1
storage: {{filesystem: {{rootdirectory: {folder}}}}}
http: {{addr: "{address}"}}
auth: {{htpasswd: {{realm: test, path: {passwords}}}}}
"""
SSHD: Final = """\
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host
AuthorizedKeysFile {folder}/key.pub
PasswordAuthentication no
StrictModes no
PidFile none
ForceCommand {folder}/login
"""
# A login shell of this machine has its administrator's path, not the one of these tests.
LOGIN: Final = """#!/bin/bash
[ "$SSH_ORIGINAL_COMMAND" = "bash -l" ] || exit 64
{exports}
exec bash
"""
# The lines of deploy/kubernetes/production/kustomization.yaml that a release changes.
OVERLAY: Final = """\
images:
  - {name: app, newName: registry.example.com/shop-app, newTag: "0.1.0"}
  - {name: manage, newName: registry.example.com/shop-manage, newTag: "0.1.0"}
  - {name: nginx, newName: registry.example.com/shop-nginx, newTag: "0.1.0"}
"""
PATIENCE: Final = 20.0  # seconds


@dataclass(frozen=True, slots=True)
class Release:
    """A release as the workflow published it.

    Attributes:
        stack: The stack of its project.
        registry: Address of the registry.
        scratch: The runner's own folder.
    """

    stack: "Stack"
    registry: str
    scratch: "Path"

    @property
    def image(self) -> str:
        """What the names of all images begin with."""
        return f"{self.registry}/octo/shop"

    def run(self, name: str, *, check: bool = True, **variables: str) -> str:
        """Run a command of the workflow.

        Args:
            name: Its step.
            check: Whether a failing one fails the test.
            **variables: The environment that its expressions make.

        Returns:
            What it printed.
        """
        assert workflow(RELEASE)["defaults"]["run"]["shell"] == "bash"
        chosen = step(RELEASE, name)
        assert chosen.environment.keys() <= variables.keys() | {"TOKEN"}
        shell = ("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", chosen.run)
        own = {
            "DOCKER_CONFIG": str(self.scratch / "docker"),
            "GH_LOG": str(self.scratch / "gh.log"),
            "GITHUB_ACTOR": USER,
            "GITHUB_REF_NAME": TAG,
            "GITHUB_REPOSITORY": "Octo/Shop",
            "GITHUB_SHA": "5" * 40,
            "PATH": f"{self.scratch / 'bin'}:{os.environ['PATH']}",
            "REGISTRY": self.registry,
            "RUNNER_TEMP": str(self.scratch),
            "TOKEN": TOKEN,
        }
        extra = self.stack.ports() | own | variables
        return self.stack.project.run(*shell, check=check, extra=extra)


def wait_for(port: int) -> None:
    """Wait until something listens.

    Args:
        port: Where.
    """
    deadline = time.monotonic() + PATIENCE
    while True:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        assert time.monotonic() < deadline, f"nobody listens at {port}"
        time.sleep(0.1)


@contextmanager
def running(*command: str, port: int) -> Iterator[None]:
    """Run a server for as long as the block does.

    Args:
        *command: The server.
        port: Where it listens.

    Yields:
        Nothing.
    """
    program = shutil.which(command[0]) or shutil.which(command[0], path="/usr/sbin")
    assert program, (
        f"{command[0]} is not installed: `apt-get install` it, as .ci/run does"
    )
    server = subprocess.Popen(
        [program, *command[1:]], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_for(port)
        yield
    finally:
        server.terminate()
        server.wait()


@pytest.fixture(scope="module")
def release(
    stack: "Stack", tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Release]:
    """Publish a release of the stack's project, as the workflow does.

    Args:
        stack: The stack.
        tmp_path_factory: Where to put things.

    Yields:
        The release; it is gone from this machine, and in the registry alone.
    """
    scratch, port = tmp_path_factory.mktemp("runner"), free_port()
    made = Release(stack, f"127.0.0.1:{port}", scratch)
    (scratch / "passwords").write_text(PASSWORDS)
    (scratch / "registry.yml").write_text(
        REGISTRY.format(
            folder=scratch / "registry",
            address=made.registry,
            passwords=scratch / "passwords",
        )
    )
    gh = scratch / "bin" / "gh"
    gh.parent.mkdir()
    gh.write_text('#!/usr/bin/env bash\necho "$*" >> "$GH_LOG"\n')
    gh.chmod(0o755)
    serve = ("docker-registry", "serve", str(scratch / "registry.yml"))
    names = [f"release-{kind}" for kind in ("runtime", *KINDS)]
    with running(*serve, port=port):
        try:
            made.run("List packages and licences")
            made.run("Build the images", ARCH="amd64")
            docker("image", "rm", "--force", *names)
            # No machine for arm64 here: images of that architecture that hold a file.
            (scratch / "Dockerfile").write_text("FROM scratch\nCOPY passwords /\n")
            for name in names[1:]:
                build = ("build", "--quiet", "--platform=linux/arm64")
                docker(*build, "--provenance=false", "--tag", name, str(scratch))
            packed = scratch / "images" / "arm64.tar.gz"
            docker("save", "--output", str(packed), *names[1:])
            for path in (scratch / "images").iterdir():
                path.rename(scratch / "release" / path.name)
            made.run("Push the images")
            made.run("Publish the release", GH_TOKEN="none")  # noqa: S106
            docker("image", "rm", "--force", *names[1:])
            yield made
        finally:
            docker("image", "rm", "--force", *names, *pushed(made), check=False)


def pushed(release: Release) -> list[str]:
    """Name all that the workflow pushed.

    Args:
        release: The release.

    Returns:
        The images.
    """
    tags = ("0.1.0", "0.1.0-amd64", "0.1.0-arm64")
    return [f"{release.image}-{kind}:{tag}" for kind in KINDS for tag in tags]


def test_each_image_is_there_for_both_architectures(release: Release) -> None:
    """One name leads to the image of the machine that pulls it."""
    for kind in KINDS:
        command = ("buildx", "imagetools", "inspect", "--raw")
        config = {**os.environ, "DOCKER_CONFIG": str(release.scratch / "docker")}
        found = json.loads(
            docker(*command, f"{release.image}-{kind}:0.1.0", env=config)
        )
        machines = [it["platform"]["architecture"] for it in found["manifests"]]
        assert machines == ["amd64", "arm64"]


def test_what_is_signed_is_what_was_pushed(release: Release) -> None:
    """Each line has the digest that the registry answers with, and a name without a tag."""
    lines = (release.scratch / "release" / "images.sha256").read_text().splitlines()
    login = base64.b64encode(f"{USER}:{TOKEN}".encode()).decode()
    forms = ("docker.distribution.manifest.list.v2", "oci.image.index.v1")
    accepted = ", ".join(f"application/vnd.{form}+json" for form in forms)
    for line, kind in zip(lines, KINDS, strict=True):
        digest, name = line.split("  ")
        assert name == f"{release.image}-{kind}"
        url = f"http://{release.registry}/v2/octo/shop-{kind}/manifests/0.1.0"
        headers = {"Accept": accepted, "Authorization": f"Basic {login}"}
        with urlopen(Request(url, headers=headers)) as answer:
            assert answer.headers["Docker-Content-Digest"] == f"sha256:{digest}"


def test_the_release_has_the_bill_of_materials(release: Release) -> None:
    """With the licences and the digests, under the tag that was pushed."""
    asked = (release.scratch / "gh.log").read_text().splitlines()[0]
    assert asked.startswith(f"release create {TAG} --repo Octo/Shop --verify-tag")
    for name in ("sbom.cdx.json", "licences.txt", "images.sha256"):
        assert name in asked
        assert (release.scratch / "release" / name).stat().st_size > 0


@pytest.mark.parametrize(("tag", "fits"), [(TAG, True), ("v9.9.9", False)])
def test_a_tag_that_is_not_the_version_stops_the_release(
    release: Release, tag: str, *, fits: bool
) -> None:
    """With a sentence that says what to run."""
    name = "The tag is the version of pyproject.toml"
    output = release.run(f"{name}", check=False, GITHUB_REF_NAME=tag)
    assert ("uv version 9.9.9" in output) is not fits
    assert ("::error::" in output) is not fits


def test_only_signed_images_are_deployed(release: Release) -> None:
    """GitHub is asked about each image, and its workflow; a "no" ends the job."""
    name = "Only images that this workflow made"
    release.run(name, GH_TOKEN=TOKEN)
    asked = (release.scratch / "gh.log").read_text().splitlines()[-3:]
    signer = (
        "--repo Octo/Shop --signer-workflow Octo/Shop/.github/workflows/release.yml"
    )
    assert asked == [
        f"attestation verify oci://{release.image}-{kind}:0.1.0 {signer}"
        for kind in KINDS
    ]
    gh = release.scratch / "bin" / "gh"
    before = gh.read_text()
    gh.write_text("#!/bin/sh\nexit 1\n")
    try:
        ended = release.run(name, check=False, GH_TOKEN=TOKEN)
    finally:
        gh.write_text(before)
    assert "attestation" not in ended


def test_a_cluster_gets_the_digests_that_were_signed(release: Release) -> None:
    """The overlay names what was pushed, and its own script applies it."""
    folder = release.stack.folder / "deploy" / "kubernetes"
    overlay = folder / "production" / "kustomization.yaml"
    overlay.parent.mkdir(parents=True)
    overlay.write_text(OVERLAY)
    (folder / "release.sh").write_text('cp "$KUBECONFIG" applied\n')
    signed = (release.scratch / "release" / "images.sha256").read_text()
    gh = release.scratch / "bin" / "gh"
    before = gh.read_text()
    gh.write_text(f'#!/bin/sh\nprintf %s {shlex.quote(signed)} > "$9/images.sha256"\n')
    try:
        name = "Deploy to the cluster"
        release.run(name, CONFIGURATION="kind: Config", GH_TOKEN=TOKEN)
        found = yaml.safe_load(overlay.read_text())["images"]
        applied = (release.stack.folder / "applied").read_text()
        overlay.write_text("images: []\n")
        (release.stack.folder / "applied").unlink()
        release.run(name, check=False, CONFIGURATION="kind: Config", GH_TOKEN=TOKEN)
        assert not (release.stack.folder / "applied").exists()
    finally:
        gh.write_text(before)
        shutil.rmtree(release.stack.folder / "deploy")
        (release.stack.folder / "applied").unlink(missing_ok=True)
    assert applied == "kind: Config\n"
    assert found == [
        {"name": kind, "newName": name, "digest": f"sha256:{digest}"}
        for kind, line in zip(KINDS, signed.splitlines(), strict=True)
        for digest, name in [line.split("  ")]
    ]


@dataclass(frozen=True, slots=True)
class Host:
    """The machine that the workflow deploys to.

    Attributes:
        release: What is deployed.
        port: Where its SSH server listens.
    """

    release: Release
    port: int

    def deploy(self, **variables: str) -> str:
        """Run the workflow's step.

        Args:
            **variables: What differs from the right ones.

        Returns:
            What it printed, and its exit code on a last line.
        """
        folder = self.release.scratch / "ssh"
        known = (folder / "host.pub").read_text().split()[:2]
        right = {
            "HOST": f"ssh://{getuser()}@127.0.0.1:{self.port}",
            "FOLDER": str(self.release.stack.folder),
            "KNOWN_HOSTS": f"[127.0.0.1]:{self.port} {' '.join(known)}",
            "SSH_KEY": (folder / "key").read_text().strip(),
        }
        name = "Deploy to the host"
        return self.release.run(name, check=False, **(right | variables))


@pytest.fixture(scope="module")
def host(release: Release) -> Iterator[Host]:
    """Let the stack's folder be reached over SSH, as on a server.

    Args:
        release: The release.

    Yields:
        The host; the stack has its former images and settings afterwards.
    """
    stack, folder, port = release.stack, release.scratch / "ssh", free_port()
    folder.mkdir()
    for name in ("host", "key"):
        keygen = ("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f")
        subprocess.run([*keygen, folder / name], check=True)
    (folder / "sshd_config").write_text(SSHD.format(port=port, folder=folder))
    exports = "\n".join(
        f"export {name}={shlex.quote(value)}"
        for name, value in stack.variables().items()
        if name.isidentifier()
    )
    (folder / "login").write_text(LOGIN.format(exports=exports))
    (folder / "login").chmod(0o755)
    # Where the host fetches from.
    origin = release.scratch / "origin.git"
    git(stack.folder, "clone", "--quiet", "--bare", str(stack.folder), str(origin))
    git(origin, "tag", TAG)
    git(stack.folder, "remote", "add", "origin", str(origin))
    before = (stack.folder / FILE).read_text()
    (stack.folder / FILE).write_text(f"{before}IMAGE_NAME={release.image}\n")
    serve = ("sshd", "-D", "-e", "-f", str(folder / "sshd_config"))
    if os.getuid() == 0:
        os.makedirs("/run/sshd", exist_ok=True)  # noqa: PTH103
    try:
        with running(*serve, port=port):
            yield Host(release, port)
    finally:
        git(stack.folder, "checkout", "--quiet", "main")
        git(stack.folder, "remote", "remove", "origin")
        git(stack.folder, "tag", "--delete", TAG)
        (stack.folder / FILE).write_text(before)
        stack.poe("stack")


def test_a_host_that_names_no_registry_is_told_so(host: Host) -> None:
    """Nothing is pulled from a place that nobody meant."""
    path = host.release.stack.folder / FILE
    before = path.read_text()
    path.write_text(before.replace("IMAGE_NAME=", "#IMAGE_NAME="))
    try:
        output = host.deploy()
    finally:
        path.write_text(before)
    assert "add the line IMAGE_NAME=ghcr.io/OWNER/REPOSITORY" in output


def test_a_server_with_another_key_gets_no_token(host: Host) -> None:
    """Whoever sits between the runner and the host learns nothing."""
    known = f"[127.0.0.1]:{host.port} ssh-ed25519 {'A' * 68}"
    assert "Host key verification failed" in host.deploy(KNOWN_HOSTS=known)


def test_a_release_that_was_never_published_changes_nothing(host: Host) -> None:
    """The release that runs serves on, and stays the one that is named."""
    stack = host.release.stack
    before = stack.container("app"), (stack.folder / FILE).read_text()
    git(host.release.scratch / "origin.git", "tag", "v0.2.0")
    output = host.deploy(GITHUB_REF_NAME="v0.2.0")
    assert "There are no images of 0.2.0 to pull" in output
    assert (stack.container("app"), (stack.folder / FILE).read_text()) == before


def test_a_host_pulls_the_release_and_serves_on(host: Host) -> None:
    """By the job's own token, which does not stay; test_redeploy counts the requests."""
    stack = host.release.stack
    nginx = nginx_of(stack)
    with Load(stack.client, rate=20, limit=600.0) as load:
        output = host.deploy()
    assert nginx_of(stack) == nginx
    assert "IMAGE_TAG=0.1.0\n" in (stack.folder / FILE).read_text(), output
    assert len(load.errors) < len(load.answers) / 100
    assert {answer.status for answer in load.answers} == {200}
    for service, kind in {"app": "app", "worker": "app", "site": "nginx"}.items():
        image = stack.inspect(service)["Config"]["Image"]
        assert image == f"{host.release.image}-{kind}:0.1.0"
    labels = stack.inspect("app")["Config"]["Labels"]
    assert labels["org.opencontainers.image.version"] == "0.1.0"
    assert labels["org.opencontainers.image.revision"] == "5" * 40
    assert TOKEN not in output
    config = stack.project.run("bash", "-c", "cat ~/.docker/config.json || true")
    assert host.release.registry not in config
