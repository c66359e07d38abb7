"""What the doctor's run looks at: the names under which it reports, and those that only it may give a table.

The run writes them (`spark_app/doctor/`), the command line judges them (`infra/ops/doctor/`).
"""

from enum import StrEnum

SCRATCH_PREFIX = "doctor_"
"""The doctor's table begins so. The job's role may drop no other table; a test holds the template to it."""


class Probe(StrEnum):
    """One thing that is looked at in a run. `docs/doctor.md` says what each is for."""

    PYTHON = "python"
    WORKER = "worker"
    PACKAGES = "packages"
    LIBRARIES = "libraries"
    VERSIONS = "versions"
    JARS = "jars"
    MEMORY = "memory"
    DISK = "disk"
    EXECUTORS = "executors"
    AWS_VARIABLES = "aws_variables"
    PYTHON_CREDENTIALS = "python_credentials"
    JAVA_CREDENTIALS = "java_credentials"
    MISSING_PHOTO = "missing_photo"
    """Where listing is allowed under a prefix alone."""
    MISSING_FILE = "missing_file"
    """Where listing is allowed without a condition."""
    DATABASE = "database"
    SCRATCH_TABLE = "scratch_table"
    CLOCK = "clock"
    START = "start"
