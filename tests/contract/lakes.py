"""Two lakes that tests can write to: one in memory, and one in the Glue and the S3 of a local cloud."""

import gzip
import itertools
import json
from typing import Any, Protocol
from uuid import uuid4

from chalicelib.aws.lake import GlueLake
from chalicelib.services.ports import Lake
from contracts import models
from contracts.models import Pointer
from infra.local.cloud import LocalCloud
from tests.fakes.lake import History


class WrittenLake(Lake, Protocol):
    """A lake, and what brings it into a state."""

    def create(self) -> History:
        """Create the table, without a snapshot."""

    def saved(self) -> None:
        """Make the history's state the table's."""

    def publish(self, pointer: Pointer) -> None:
        """Move the pointer."""


class CloudLake:
    """Tables and pointers as Iceberg and the refit write them, by boto3; read by the adapter itself."""

    def __init__(self, cloud: LocalCloud) -> None:
        self.glue, self.s3 = cloud.target().client("glue"), cloud.target().client("s3")
        name = uuid4().hex[:12]
        self.database, self.bucket = f"lake_{name}", f"lake-{name}"
        where = {"LocationConstraint": self.s3.meta.region_name}
        self.s3.create_bucket(Bucket=self.bucket, CreateBucketConfiguration=where)
        self.glue.create_database(DatabaseInput={"Name": self.database})
        self.adapter = GlueLake(self.glue, self.s3, self.database, self.bucket)
        self.table, self.model = self.adapter.table, self.adapter.model
        self.versions = itertools.count()

    def create(self) -> History:
        self.history = History()
        self.glue.create_table(DatabaseName=self.database, TableInput=self._table())
        return self.history

    def saved(self) -> None:
        self.glue.update_table(DatabaseName=self.database, TableInput=self._table())

    def put(self, content: bytes) -> str:
        """Put a metadata file, and return its URI."""
        key = f"warehouse/{self.database}.db/photos/metadata/{next(self.versions):05d}-{uuid4()}.metadata.json"
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=content)
        return f"s3://{self.bucket}/{key}"

    def point_at(self, parameters: dict[str, str]) -> None:
        self.glue.update_table(DatabaseName=self.database, TableInput={"Name": "photos", "Parameters": parameters})

    def publish(self, pointer: Pointer) -> None:
        self.publish_bytes(models.encode(pointer))

    def publish_bytes(self, content: bytes) -> None:
        self.s3.put_object(Bucket=self.bucket, Key=f"{models.FOLDER}/{models.POINTER}", Body=content)

    def pack(self) -> None:
        content = gzip.compress(json.dumps(self.history.metadata()).encode())
        self.point_at({"table_type": "ICEBERG", "metadata_location": self.put(content)})

    def _table(self) -> dict[str, Any]:
        location = self.put(json.dumps(self.history.metadata()).encode())
        return {"Name": "photos", "Parameters": {"table_type": "ICEBERG", "metadata_location": location}}
