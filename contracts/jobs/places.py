"""Where things lie in the two buckets that the functions and the jobs share. Pure.

`contracts/models.py` has the place of the published PCAs. A test holds the rights and the lifecycle rules of
`template.yaml` to these names.
"""

import re
from dataclasses import dataclass

MANIFESTS = "manifests"
"""In the lake's bucket: what runs are to work on."""
RESULTS = "results"
"""In the lake's bucket: what runs say of their photos, and their closing reports."""
LOGS = "logs"
"""In the lake's bucket: what runs print, as EMR Serverless puts it there."""
EXPORTS = "exports"
"""In the lake's bucket: matrices that people have exported for analysts."""
WAREHOUSE = "warehouse"
"""In the lake's bucket: the Iceberg tables."""

CODE = "code"
"""In the artifacts bucket: each version of the jobs' code, a folder."""
PACKED = "fruits.zip"
"""What the entry points import, below the folder of a version of the code."""
ENVIRONMENT = "environment"
"""In the artifacts bucket: each version of the packed Python environment, a file."""
PACKED_ENVIRONMENT = ".tar.gz"
"""How the name of a packed environment ends."""
ARTIFACT = "artifact"
"""In the artifacts bucket: each version of the CNN, a folder."""

_VERSION = re.compile("[0-9a-f]{64}")


def is_version(text: str) -> bool:
    """Whether a text can be a version: the SHA-256 of a content, in lower-case hex."""
    return _VERSION.fullmatch(text) is not None


def version(text: str) -> str:
    """Return the text if it can be a version. Raises ValueError for another one."""
    if not is_version(text):
        raise ValueError("a version is 64 hex digits: the hash of its content")
    return text


@dataclass(frozen=True, slots=True)
class Versions:
    """What a run takes from the artifacts bucket, each named by its content (64 hex digits).

    A run's request names one version of each: a run that starts while others are uploaded takes nothing of them. They
    lie apart, because each changes at its own pace.
    """

    code: str
    environment: str
    artifact: str

    @property
    def code_folder(self) -> str:
        """Where the code is, without a slash at its end."""
        return f"{CODE}/{self.code}"

    @property
    def environment_file(self) -> str:
        """Where the packed Python environment is."""
        return f"{ENVIRONMENT}/{self.environment}{PACKED_ENVIRONMENT}"

    @property
    def artifact_folder(self) -> str:
        """Where the CNN is, without a slash at its end."""
        return f"{ARTIFACT}/{self.artifact}"


def entry_point(kind: str) -> str:
    """Return the name of a job's entry point, below the folder of a version of the code."""
    return f"{kind}_job.py"


def manifest(batch_id: str) -> str:
    """Return the key of a batch's manifest."""
    return f"{MANIFESTS}/{batch_id}.jsonl"
