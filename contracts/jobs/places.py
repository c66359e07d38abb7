"""Where the jobs' code lies in the artifacts bucket: each release in a folder that is named by its content.

A run's request names one folder: a run that starts while another release is uploaded takes nothing of it.
"""

import re

FOLDER = "code"
PACKED = "fruits.zip"
"""What the entry points import, below a release's folder."""
ENVIRONMENT = "environment/environment.tar.gz"
"""The packed Python environment. It changes with the lock and not with our code, so it has a place of its own."""

_VERSION = re.compile("[0-9a-f]{64}")


def is_version(text: str) -> bool:
    """Whether a text can be the version of a release: the SHA-256 of its content, in lower-case hex."""
    return _VERSION.fullmatch(text) is not None


def prefix(version: str) -> str:
    """Return the folder of a release, without a slash at its end. Raises ValueError for what is no version."""
    if not is_version(version):
        raise ValueError("a version of the code is 64 hex digits: the hash of its content")
    return f"{FOLDER}/{version}"


def entry_point(kind: str) -> str:
    """Return the name of a job's entry point, below a release's folder."""
    return f"{kind}_job.py"
