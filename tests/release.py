"""The release that tests of Spark run on: `FRUITS_RELEASE` names it by its label; `make test-spark4` sets that."""

import os

from contracts.jobs.emr_release import IN_USE, by_label

RELEASE = by_label(os.environ.get("FRUITS_RELEASE", IN_USE.label))
