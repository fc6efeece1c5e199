"""Containers as a cluster's manifests describe pods, in one network without Docker's DNS."""

import subprocess
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import yaml

from tests.stack.stack import docker

if TYPE_CHECKING:
    from pathlib import Path

NAMESPACE: Final = "shop"
PATIENCE: Final = 120.0  # seconds
# Knows one name, as a cluster's name server knows a Service; everything else is no name.
NAME_SERVER: Final = """
import socket
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 53))
while True:
    query, client = server.recvfrom(512)
    labels, rest = [], query[12:]
    while rest[0]:
        labels.append(rest[1 : rest[0] + 1])
        rest = rest[rest[0] + 1 :]
    question = query[12 : len(query) - len(rest) + 5]
    known = b".".join(labels) == NAME and rest[1:3] == b"\\0\\1"
    answer = b"\\xc0\\x0c\\0\\1\\0\\1\\0\\0\\0\\5\\0\\4\\x7f\\0\\0\\1" if known else b""
    flags = b"\\x81\\x80" if known else b"\\x81\\x83"
    counts = b"\\0\\1\\0" + bytes([known]) + b"\\0\\0\\0\\0"
    server.sendto(query[:2] + flags + counts + question + answer, client)
"""
ASK: Final = """
import http.client, ssl, sys
context = ssl._create_unverified_context()
connection = http.client.HTTPSConnection("127.0.0.1", 8443, timeout=10, context=context)
connection.request("GET", sys.argv[1], headers={"Host": sys.argv[2]})
answer = connection.getresponse()
print(answer.status, answer.read().decode())
"""
CERTIFICATE: Final = """
import ssl
print(ssl.get_server_certificate(("127.0.0.1", 8443)))
"""
# How the kubelet asks: plain HTTP to the pod, which is what it names as the host.
PROBE: Final = """
import http.client, sys
connection = http.client.HTTPConnection("127.0.0.1", 8000, timeout=10)
connection.request("GET", sys.argv[1], headers={"Host": "10.244.1.7:8000"})
print(connection.getresponse().status)
"""


@dataclass(frozen=True, slots=True)
class Pods:
    """A composed overlay, and the containers made of it.

    Attributes:
        name: What all containers are called, before a dash.
        resources: What Kustomize composed.
        images: Images by the names that the base gives them.
        mounts: Folders of this machine by the Secret they stand for.
        started: Containers that run.
    """

    name: str
    resources: list[dict[str, Any]]
    images: dict[str, str]
    mounts: "dict[str, Path]"
    started: list[str] = field(default_factory=list)

    def network(self, name: str) -> None:
        """Make the network that all share, with a name server that knows the app.

        Args:
            name: What the app's Service is called, in full.
        """
        code = NAME_SERVER.replace("NAME", repr(name.encode()))
        options = ("--network", "none", "--dns", "127.0.0.1", "--user", "0")
        self._run(
            "network", *options, "python:3.12-slim-bookworm", "python3", "-c", code
        )

    def beside(self, name: str, image: str, *command: str, **environment: str) -> None:
        """Start a server that a cluster has outside.

        Args:
            name: What to call it.
            image: Its image.
            *command: What it runs.
            **environment: Its variables.
        """
        variables = [f"--env={key}={value}" for key, value in environment.items()]
        self._run(name, *self._joined(), *variables, image, *command)

    def start(self, kind: str, name: str, *, wait: bool = False) -> str:
        """Run the container of a pod.

        Args:
            kind: Its owner's kind.
            name: Its owner's name.
            wait: Whether to wait for its end.

        Returns:
            What Docker said, or with ``wait`` what the container did.
        """
        spec = self.find(kind, name)["spec"]["template"]["spec"]
        (container,) = spec["containers"]
        command = container.get("command", [])
        entry = [f"--entrypoint={command[0]}"] if command else []
        image = self.images[container["name"]]
        options = [*self._joined(), *self._secured(spec, container), *entry, image]
        words = [*command[1:], *container.get("args", [])]
        return self._run(name, *options, *words, wait=wait)

    def find(self, kind: str, name: str) -> dict[str, Any]:
        """Find a resource.

        Args:
            kind: Its kind.
            name: Its name, or how it begins.

        Returns:
            The resource.
        """
        return next(
            one
            for one in self.resources
            if one["kind"] == kind and one["metadata"]["name"].startswith(name)
        )

    def ask(self, path: str, host: str) -> str:
        """Send a request to nginx, over TLS.

        Args:
            path: What to ask for.
            host: The host it names.

        Returns:
            The status and the body.
        """
        return self._python(ASK, path, host)

    def certificate(self) -> str:
        """Ask nginx for its certificate.

        Returns:
            What it shows.
        """
        return self._python(CERTIFICATE)

    def probe(self, name: str, which: str) -> bool:
        """Probe a pod as the kubelet would.

        Args:
            name: The Deployment.
            which: The probe's name.

        Returns:
            Whether it succeeds.
        """
        spec = self.find("Deployment", name)["spec"]["template"]["spec"]
        probe = spec["containers"][0][which]
        if "exec" in probe:
            command = [
                "docker",
                "exec",
                f"{self.name}-{name}",
                *probe["exec"]["command"],
            ]
            return (
                subprocess.run(command, check=False, capture_output=True).returncode
                == 0
            )
        said = self._python(PROBE, probe["httpGet"]["path"])
        return said.strip() == "200"

    def wait_for(self, name: str, which: str) -> None:
        """Wait until a probe succeeds.

        Args:
            name: The Deployment.
            which: The probe's name.
        """
        deadline = time.monotonic() + PATIENCE
        while not self.probe(name, which):
            assert time.monotonic() < deadline, self.log(name)
            time.sleep(0.5)

    def log(self, name: str) -> str:
        """Read what a container wrote."""
        return docker("logs", f"{self.name}-{name}", check=False)

    def stop(self) -> None:
        """Remove all containers."""
        docker("rm", "--force", *reversed(self.started), check=False)

    def _run(self, name: str, *words: str, wait: bool = False) -> str:
        """Run a container."""
        full = f"{self.name}-{name}"
        self.started.append(full)
        how = ("run",) if wait else ("run", "--detach")
        return docker(*how, "--name", full, *words)

    def _joined(self) -> tuple[str, ...]:
        """Share the network."""
        return ("--network", f"container:{self.name}-network")

    def _python(self, code: str, *arguments: str) -> str:
        """Run Python in the network."""
        name = f"{self.name}-network"
        return docker("exec", name, "python3", "-c", code, *arguments, check=False)

    def _secured(self, spec: dict[str, Any], container: dict[str, Any]) -> list[str]:
        """Say to Docker what a pod says to the kubelet."""
        who, how = spec["securityContext"], container["securityContext"]
        assert how["readOnlyRootFilesystem"]
        assert how["capabilities"] == {"drop": ["ALL"]}
        limit = container["resources"]["limits"]["memory"].removesuffix("i")
        options = [
            *("--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges"),
            *("--user", f"{who['runAsUser']}:{who['runAsGroup']}", "--memory", limit),
        ]
        volumes = {one["name"]: one for one in spec["volumes"]}
        for mount in container["volumeMounts"]:
            volume, path = volumes[mount["name"]], mount["mountPath"]
            if "emptyDir" in volume:
                size = volume["emptyDir"]["sizeLimit"].removesuffix("i")
                options += ["--tmpfs", f"{path}:mode=0777,size={size}"]
            else:
                folder = self.mounts[volume["secret"]["secretName"]]
                options += ["--volume", f"{folder}:{path}:ro"]
        values = dict(self.find("ConfigMap", "environment")["data"])
        for one in container.get("env", []):
            value = one.get("value", NAMESPACE)
            values[one["name"]] = value.replace("$(NAMESPACE)", NAMESPACE)
        return options + [f"--env={name}={value}" for name, value in values.items()]


def composed(overlay: "Path") -> list[dict[str, Any]]:
    """Compose an overlay.

    Args:
        overlay: Its folder.

    Returns:
        Its resources.
    """
    done = subprocess.run(
        ["kubectl", "kustomize", overlay], check=True, capture_output=True, text=True
    )
    return list(yaml.safe_load_all(done.stdout))
