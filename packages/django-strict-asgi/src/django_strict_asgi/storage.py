"""Where uploads lie: in a folder, or in a bucket of an S3 server."""

from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit


def uploads(address: str) -> dict[str, Any]:
    """Describe a storage to Django.

    Args:
        address: A folder or a bucket, in the form of ``forms.STORAGE``.

    Returns:
        An entry of the ``STORAGES`` setting.
    """
    url = urlsplit(address)
    if not url.scheme.startswith("s3"):
        return {
            "BACKEND": "django_strict_asgi.folder.Folder",
            "OPTIONS": {"file_permissions_mode": 0o600},
        }
    scheme = "http" if url.scheme == "s3+http" else "https"
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "endpoint_url": f"{scheme}://{url.netloc.rpartition('@')[2]}",
            "bucket_name": url.path.strip("/"),
            "region_name": dict(parse_qsl(url.query)).get("region"),
            # Without: what boto3 finds by itself, the role of a machine, say.
            "access_key": unquote(url.username or "") or None,
            "secret_key": unquote(url.password or "") or None,
            "addressing_style": "path",
            "signature_version": "s3v4",
            # A browser that follows a link stores the file and shows nothing of it.
            "object_parameters": {"ContentDisposition": "attachment"},
        },
    }
