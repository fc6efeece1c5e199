"""Uploads in a bucket: stored, linked to, and gone."""

import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import boto3
import pytest
from apps.attachments import selectors
from apps.attachments.models import Attachment
from botocore.config import Config
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from config.databases import storages
from config.env import load, read
from django_strict.environments import install, run, with_value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django import DjangoCaptureOnCommitCallbacks, Settings
    from rest_framework.test import APIClient

pytestmark = pytest.mark.django_db
REGION = "eu-central-1"
PAGE = b"<script>alert(document.domain)</script>"
KEY = "key"
# With characters that a URL gives a meaning.
SECRET = f"{secrets.token_hex(16)}/+@?#"
FORBIDDEN = 403


class Bucket:
    """An empty bucket of a server of its own."""

    def __init__(self, port: int) -> None:
        """Make it."""
        host = f"127.0.0.1:{port}"
        secret = quote(SECRET, safe="")
        self.url = f"s3+http://{KEY}:{secret}@{host}/uploads?region={REGION}"
        self.s3: Any = boto3.client(
            "s3",
            endpoint_url=f"http://{host}",
            region_name=REGION,
            aws_access_key_id=KEY,
            aws_secret_access_key=SECRET,
            config=Config(s3={"addressing_style": "path"}),
        )
        where = {"LocationConstraint": REGION}
        self.s3.create_bucket(Bucket="uploads", CreateBucketConfiguration=where)

    def names(self) -> list[str]:
        """List what is in it."""
        found = self.s3.list_objects_v2(Bucket="uploads").get("Contents", [])
        return [each["Key"] for each in found]


@pytest.fixture(scope="module")
def bucket(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Bucket]":
    """Start a server and make a bucket."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    folder = tmp_path_factory.mktemp("s3")
    command = (sys.executable, "-m", "nanio", "serve", "--host=127.0.0.1")
    server = subprocess.Popen(
        [*command, f"--port={port}", f"--data-dir={folder}", f"--region={REGION}"],
        env=os.environ | {"NANIO_ACCESS_KEY": KEY, "NANIO_SECRET_KEY": SECRET},
    )
    try:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=1)
            except urllib.error.HTTPError:
                break
            except OSError:
                time.sleep(0.1)
        yield Bucket(port)
    finally:
        server.terminate()
        server.wait()


@pytest.fixture(autouse=True)
def in_the_bucket(
    bucket: Bucket, settings: "Settings", monkeypatch: pytest.MonkeyPatch
) -> None:
    """Name the bucket in the environment."""
    with monkeypatch.context() as patch:
        install(patch, with_value(MEDIA_STORAGE_URL=bucket.url))
        media = storages(load())["default"]
    settings.STORAGES = {**settings.STORAGES, "default": media}


@pytest.fixture
def stored(as_user: "APIClient") -> dict[str, Any]:
    """Upload a page and return what the API says of it."""
    body = {"file": SimpleUploadedFile("page.html", PAGE)}
    answer = as_user.post(reverse("attachments:list"), body, format="multipart")
    parsed: dict[str, Any] = answer.json()
    return parsed


def opened(url: str) -> tuple[int, str, bytes]:
    """Open an address without credentials, as a browser does."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own server
            disposition = answer.headers["Content-Disposition"]
            return answer.status, disposition, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, "", error.read()


def test_a_file_lies_in_the_bucket_under_a_name_nobody_chose(
    bucket: Bucket, stored: dict[str, Any]
) -> None:
    """And a browser that gets it any way stores it."""
    name = str(Attachment.objects.get(pk=stored["id"]).file)
    assert name in bucket.names()
    assert "page" not in name
    found = bucket.s3.get_object(Bucket="uploads", Key=name)
    assert found["Body"].read() == PAGE
    assert found["ContentDisposition"] == "attachment"
    assert found["ContentType"] != "text/html"


def test_a_link_leads_to_the_bucket_and_needs_no_credentials(
    bucket: Bucket, stored: dict[str, Any]
) -> None:
    """The API is not asked, and the secret is not shown."""
    url = stored["url"]
    assert urlsplit(url).netloc == urlsplit(bucket.url).netloc.rpartition("@")[2]
    assert SECRET not in url
    assert quote(SECRET, safe="") not in url
    assert "page.html" in url
    status, disposition, content = opened(url)
    assert (status, content) == (200, PAGE)
    assert disposition.startswith("attachment")


def test_without_its_signature_a_file_is_refused(stored: dict[str, Any]) -> None:
    """Also with the one of something else."""
    url = urlsplit(stored["url"])
    other = url._replace(path=f"{url.path[:-1]}{'0' if url.path[-1] != '0' else '1'}")
    for forged in (url._replace(query=""), other):
        assert opened(forged.geturl())[0] == FORBIDDEN


def test_a_link_ends(stored: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """By the clock of the bucket."""
    monkeypatch.setattr(selectors, "LINK_SECONDS", 1)
    attachment = Attachment.objects.get(pk=stored["id"])
    url = selectors.attachment_url(attachment=attachment)
    assert url is not None
    assert opened(url)[0] != FORBIDDEN
    time.sleep(2.1)
    assert opened(url)[0] == FORBIDDEN


def test_a_deleted_file_is_gone(
    bucket: Bucket,
    stored: dict[str, Any],
    as_user: "APIClient",
    django_capture_on_commit_callbacks: "DjangoCaptureOnCommitCallbacks",
) -> None:
    """From the bucket too."""
    name = str(Attachment.objects.get(pk=stored["id"]).file)
    with django_capture_on_commit_callbacks(execute=True):
        as_user.delete(reverse("attachments:detail", args=[stored["id"]]))
    assert name not in bucket.names()


@pytest.mark.parametrize(
    "url",
    [
        "s3://key:q7xz/@s3.example.com/bucket",
        "s3://key@s3.example.com/bucket",
        "s3://key:q7xz@s3.example.com",
        "s3://key:q7xz@s3.example.com/bucket/folder",
        "s3://key:q7xz@s3.example.com/bucket?zone=eu",
        "https://key:q7xz@s3.example.com/bucket",
    ],
)
def test_what_is_no_bucket_is_refused_without_its_secret(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sentence says what is meant."""
    install(monkeypatch, with_value(MEDIA_STORAGE_URL=url))
    _, problems = read()
    assert problems.keys() == {"MEDIA_STORAGE_URL"}
    assert "s3://KEY:SECRET@" in problems["MEDIA_STORAGE_URL"]
    assert "q7xz" not in str(problems)


@pytest.mark.parametrize(
    ("url", "endpoint", "key"),
    [
        ("s3://k:s%2F@s3.example.com/b", "https://s3.example.com", "k"),
        ("s3://s3.example.com/b?region=eu-1", "https://s3.example.com", None),
        ("s3+http://k:s@localhost:9000/b", "http://localhost:9000", "k"),
    ],
)
def test_what_is_a_bucket_is_understood(
    url: str, endpoint: str, key: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a key boto3 looks for one: the role of a machine, say."""
    install(monkeypatch, with_value(MEDIA_STORAGE_URL=url))
    options = storages(load())["default"]["OPTIONS"]
    assert (options["endpoint_url"], options["access_key"]) == (endpoint, key)
    assert options["bucket_name"] == "b"


def test_the_project_starts_with_a_bucket(bucket: Bucket) -> None:
    """Its settings name a storage that is there."""
    code = (
        "import django; django.setup()\n"
        "from django.core.files.storage import default_storage as storage\n"
        "print(storage.bucket_name, storage.exists('nothing'))"
    )
    environment = with_value(MEDIA_STORAGE_URL=bucket.url)
    environment["DJANGO_SETTINGS_MODULE"] = "config.settings"
    done = run("-W", "error::RuntimeWarning", "-c", code, environment=environment)
    assert done.stdout == "uploads False\n", done.stderr
