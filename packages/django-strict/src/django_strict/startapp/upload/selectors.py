"""Reading samples."""

from typing import TYPE_CHECKING, Any, Final

from apps.samples.domain import LinkEndedError
from apps.samples.models import Sample
from django.core.files.storage import FileSystemStorage
from django.core.signing import BadSignature, TimestampSigner
from django.utils.http import content_disposition_header

from apps.core.domain import NotFoundError

if TYPE_CHECKING:
    from django.db.models import QuerySet

LINK_SECONDS: Final = 300
SALT: Final = "apps.samples.link"


def sample_list(*, owner_id: int) -> "QuerySet[Sample]":
    """List what an account owns.

    Args:
        owner_id: Id of the account.

    Returns:
        The samples, the newest first.
    """
    # The order stands in the query itself: pages that follow a cursor read it there.
    return Sample.objects.filter(owner_id=owner_id).order_by("-created_at", "-id")


def sample_get(*, sample_id: int, owner_id: int) -> Sample:
    """Find one that an account owns.

    Args:
        sample_id: Its id.
        owner_id: Id of the account.

    Raises:
        NotFoundError: If there is none, or it is somebody else's.

    Returns:
        The sample.
    """
    sample = Sample.objects.filter(pk=sample_id, owner_id=owner_id).first()
    if sample is None:
        raise NotFoundError
    return sample


def sample_url(*, sample: Sample) -> str | None:
    """Let the storage sign an address that opens a file for some minutes.

    Args:
        sample: Whose file.

    Returns:
        The address for whoever has it, or None where the storage is a folder.
    """
    storage: Any = sample.file.storage
    if isinstance(storage, FileSystemStorage):
        return None
    disposition = sample_disposition(sample=sample)
    url: str = storage.url(
        sample.file.name,
        expire=LINK_SECONDS,
        parameters={"ResponseContentDisposition": disposition},
    )
    return url


def sample_token(*, sample: Sample) -> str:
    """Sign what opens a file for some minutes.

    Args:
        sample: Whose file.

    Returns:
        The last part of a link, for whoever has it.
    """
    return TimestampSigner(salt=SALT).sign(str(sample.pk))


def sample_disposition(*, sample: Sample) -> str:
    """Say what a browser shall do with a file.

    Args:
        sample: Whose file.

    Returns:
        The header Content-Disposition: to be stored under its name, never to be shown.
    """
    return content_disposition_header(as_attachment=True, filename=sample.name)


def sample_of_link(*, token: str) -> Sample:
    """Find what a link leads to.

    Args:
        token: The last part of its path.

    Raises:
        LinkEndedError: If the link is made up or too old.
        NotFoundError: If the sample is gone.

    Returns:
        The sample.
    """
    try:
        key = TimestampSigner(salt=SALT).unsign(token, max_age=LINK_SECONDS)
    except BadSignature as error:
        raise LinkEndedError from error
    sample = Sample.objects.filter(pk=int(key)).first()
    if sample is None:
        raise NotFoundError
    return sample
