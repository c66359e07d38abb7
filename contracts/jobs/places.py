"""Where things lie in the two buckets that the functions and the jobs share. Pure.

`contracts/models.py` has the place of the published PCAs. A test holds the rights and the lifecycle rules of
`template.yaml` to these names.
"""

import re

MANIFESTS = "manifests"
"""In the lake's bucket: what runs are to work on."""
RESULTS = "results"
"""In the lake's bucket: what runs say of their photos, and their closing reports."""
LOGS = "logs"
"""In the lake's bucket: what runs print, as EMR Serverless puts it there."""
WAREHOUSE = "warehouse"
"""In the lake's bucket: the Iceberg tables."""

CODE = "code"
"""In the artifacts bucket: each release of the jobs' code in a folder that is named by its content. A run's request
names one folder: a run that starts while another release is uploaded takes nothing of it."""
PACKED = "fruits.zip"
"""What the entry points import, below a release's folder."""
ENVIRONMENT = "environment/environment.tar.gz"
"""In the artifacts bucket: the packed Python environment. It changes with the lock and not with our code, so it lies
apart from the releases."""
ARTIFACT = "model"
"""In the artifacts bucket: the CNN. (The name is older than the word that we use today.)"""

_VERSION = re.compile("[0-9a-f]{64}")


def is_version(text: str) -> bool:
    """Whether a text can be the version of a release: the SHA-256 of its content, in lower-case hex."""
    return _VERSION.fullmatch(text) is not None


def prefix(version: str) -> str:
    """Return the folder of a version of the code, without a slash at its end. Raises ValueError for another text."""
    if not is_version(version):
        raise ValueError("a version of the code is 64 hex digits: the hash of its content")
    return f"{CODE}/{version}"


def entry_point(kind: str) -> str:
    """Return the name of a job's entry point, below a release's folder."""
    return f"{kind}_job.py"


def manifest(batch_id: str) -> str:
    """Return the key of a batch's manifest."""
    return f"{MANIFESTS}/{batch_id}.jsonl"
