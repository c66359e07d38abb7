"""Read an object of S3, and tell a missing one from a forbidden one."""

from typing import Any

from botocore.exceptions import ClientError

from chalicelib.aws.errors import Service, code_of, translated_errors


def read_object(s3: Any, bucket: str, key: str) -> bytes | None:
    """Return an object's content; None if there is none.

    To a role that may list some prefixes of a bucket only, S3 answers 403 for a missing object, too. A listing of the
    one key then tells which it is; the role may list that prefix.

    Raises:
        RetryLater, GiveUp: as `translated_errors`.
    """
    with translated_errors(Service.S3):
        try:
            return bytes(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
        except ClientError as error:
            if code_of(error) == "NoSuchKey":
                return None
            if code_of(error) == "AccessDenied" and not _is_listed(s3, bucket, key):
                return None
            raise


def _is_listed(s3: Any, bucket: str, key: str) -> bool:
    """Return whether a listing shows the key; True where S3 refuses to list, so that the first refusal stands."""
    try:
        found = s3.list_objects_v2(Bucket=bucket, Prefix=key, MaxKeys=1).get("Contents", [])
    except ClientError:
        return True
    return any(one["Key"] == key for one in found)
