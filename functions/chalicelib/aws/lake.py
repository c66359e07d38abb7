"""Read the state of the table from the Glue catalog and Iceberg's metadata file, and the pointer to the model."""

import gzip
import json
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.aws.errors import Service, code_of, translated_errors
from chalicelib.aws.objects import read_object
from chalicelib.domain.counts import GiveUpCount
from chalicelib.domain.iceberg import TableState, table_state
from contracts import models
from contracts.errors import GiveUp, RetryLater
from contracts.models import Pointer

GZIP = b"\x1f\x8b"


class GlueLake:
    """See `ports.Lake`. `glue` and `s3` are boto3 clients; `bucket` is the lake's."""

    def __init__(self, glue: Any, s3: Any, database: str, bucket: str, table: str = "photos") -> None:
        self._glue, self._s3 = glue, s3
        self._database, self._bucket, self._name = database, bucket, table

    def table(self) -> TableState | None:
        """Return the state of the table as it is now; None while there is none.

        Raises:
            RetryLater: a service did not answer, or the table changed while its state was read.
            GiveUp: `metadata_unreadable`: it is no Iceberg table, or its metadata cannot be read.
        """
        uri = self._metadata_location()
        if uri is None:
            return None
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        content = read_object(self._s3, bucket, key)
        if content is None:  # a table keeps its last 20 of these files
            raise RetryLater("glue: the table moved on while its state was being read")
        return table_state(_json(content, GiveUpCount.METADATA_UNREADABLE))

    def model(self) -> Pointer | None:
        """Return the pointer to the latest model; None while there is none.

        Raises:
            RetryLater: S3 did not answer.
            GiveUp: `pointer_unreadable`, or S3 refused.
        """
        key = f"{models.FOLDER}/{models.POINTER}"
        content = read_object(self._s3, self._bucket, key)
        try:
            return None if content is None else models.decode(content)
        except ValueError as error:
            raise GiveUp(f"{key}: {error}", GiveUpCount.POINTER_UNREADABLE) from error

    def _metadata_location(self) -> str | None:
        with translated_errors(Service.GLUE):
            try:
                found = self._glue.get_table(DatabaseName=self._database, Name=self._name)["Table"]
            except ClientError as error:
                if code_of(error) == "EntityNotFoundException":
                    return None
                raise
        location = found.get("Parameters", {}).get("metadata_location", "")
        if not location.startswith("s3://"):
            raise GiveUp(f"{self._name} names no Iceberg metadata in S3: {location!r}", GiveUpCount.METADATA_UNREADABLE)
        return str(location)


def _json(content: bytes, outcome: GiveUpCount) -> dict[str, Any]:
    try:
        # Iceberg compresses the file when `write.metadata.compression-codec` says so.
        found = json.loads(gzip.decompress(content) if content.startswith(GZIP) else content)
        return dict(found)
    except (OSError, EOFError, ValueError, TypeError) as error:
        raise GiveUp(f"{type(error).__name__}: {error}", outcome) from error
