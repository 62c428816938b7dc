"""The two calls of S3 that keep a run's state, as S3 answers them, in this process: a month has 46,000 runs."""

import hashlib
import io
from typing import Any

from botocore.exceptions import ClientError


class Bucket:
    """Objects by their keys. It takes the place of boto3's client of S3."""

    def __init__(self) -> None:
        self._objects: dict[str, bytes] = {}

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803 - as boto3 has it
        """The object. Raises ClientError NoSuchKey."""
        if Key not in self._objects:
            raise ClientError({"Error": {"Code": "NoSuchKey", "Message": "There is none."}}, "GetObject")
        return {"Body": io.BytesIO(self._objects[Key]), "ETag": self._etag(Key)}

    def put_object(
        self,
        *,
        Bucket: str,  # noqa: N803
        Key: str,  # noqa: N803
        Body: bytes,  # noqa: N803
        ContentType: str,  # noqa: N803
        IfMatch: str | None = None,  # noqa: N803
        IfNoneMatch: str | None = None,  # noqa: N803
    ) -> None:
        """Write it on its condition. Raises ClientError PreconditionFailed."""
        if (IfMatch and IfMatch != self._etag(Key)) or (IfNoneMatch and Key in self._objects):
            raise ClientError({"Error": {"Code": "PreconditionFailed", "Message": "It has changed."}}, "PutObject")
        self._objects[Key] = Body

    def _etag(self, key: str) -> str | None:
        return f'"{hashlib.sha256(self._objects[key]).hexdigest()}"' if key in self._objects else None
