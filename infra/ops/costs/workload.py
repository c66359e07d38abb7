"""What a month brings, and how a build behaves: the inputs of every estimate. Each number says where it is from."""

from dataclasses import dataclass

from chalicelib.aws.page_items import LATEST
from chalicelib.services.submit import MARK_MINUTES
from contracts.photos import costs

DAYS = 30.0
HOURS = DAYS * 24
MINUTES = HOURS * 60
GB = 1e9
RECENT = LATEST.total_seconds() / 60
"""Minutes: what a look reads again, because a page may be put so long after its name."""


@dataclass(frozen=True, slots=True)
class Workload:
    """Photos that come evenly over a month of 30 days, or over a share of it."""

    photos: int
    size_bytes: int = 200_000
    ending: str = "jpg"
    days_kept: int = 7
    """How long a photo is kept: `PhotoRetentionDays`."""
    share: float = 1.0
    """Of the month."""

    @property
    def minutes(self) -> float:
        """How long the photos come; `submit` looks each minute."""
        return MINUTES * self.share

    @property
    def each_seconds(self) -> float:
        """Seconds that one core needs for a photo."""
        return costs.cpu_seconds(f"photo.{self.ending}", self.size_bytes)

    @property
    def each_minute(self) -> float:
        """Photos a minute."""
        return self.photos / self.minutes


@dataclass(frozen=True, slots=True)
class Setting:
    """How long photos wait, and how often models are fitted: parameters of the template."""

    name: str
    latency_minutes: int
    max_wait_minutes: int
    target: int
    most: int
    refits: float
    """Refits a month; a maintenance each week comes on top."""


FRUGAL = Setting("frugal", latency_minutes=720, max_wait_minutes=1440, target=12_000, most=12_000, refits=DAYS / 7)
BALANCED = Setting("balanced", latency_minutes=60, max_wait_minutes=720, target=10_000, most=10_000, refits=DAYS)
"""The template's defaults."""
FAST = Setting("fast", latency_minutes=15, max_wait_minutes=15, target=1_000, most=10_000, refits=DAYS)
SETTINGS = (FRUGAL, BALANCED, FAST)
MAINTENANCES = DAYS / 7


@dataclass(frozen=True, slots=True)
class Build:
    """What a build of the pipeline needs for its photos, beside the job runs."""

    name: str
    write_units_a_photo: float
    write_units_a_page: float
    """Of a page of photos that one call of `collect` registers; it falls to each photo in its share."""
    read_bytes_a_waiting_photo: float
    """What `submit` reads of each photo that it looks at."""
    whole_looks: float
    """The share of its looks, one a minute, that read all photos that wait; the others read those of `RECENT`."""
    writes_a_round: float
    reads_a_round: float
    """Write and read units of a `submit` that finds nothing to do."""
    window_seconds: int
    """How long `collect` gathers messages: `MaximumBatchingWindowInSeconds`."""
    metrics: int
    alarms: int
    """Metrics that alarms look at: each is billed, so metric math bills all of its own."""
    composite_alarms: int
    dashboards: int
    ledger_months: float
    """How long the ledger remembers a photo: `LedgerRetentionDays`."""
    noncurrent_days: int
    """How long S3 keeps, and bills, a photo after its end (NoncurrentVersionExpiration)."""
    budget_eur: float
    """By which waits are reckoned; 0 for a build that knows no money: its setting's longest wait is its wait."""


LEDGER = (1.2, 1.8)
"""Write units a photo and a page of the ledger of pages. Counted on the real adapter with batches of 1,000: 3.02 a
photo in pages of 1, 2.02 in pages of 2, 1.41 in pages of 10, 1.21 in pages of 100."""
NOW = Build(
    name="this build",
    write_units_a_photo=LEDGER[0],
    write_units_a_page=LEDGER[1],
    read_bytes_a_waiting_photo=150,  # a page of 23 photos with random ids, compressed: 148 a photo
    whole_looks=1 / MARK_MINUTES,
    writes_a_round=0.1,  # now and then the mark before which all pages are taken; a lease only with work to do
    # Counted: 6 by submit, one each for the month (twice) and two scheduled jobs, and for the gauges, which read anew.
    reads_a_round=12,
    window_seconds=30,
    metrics=10,
    alarms=14,
    composite_alarms=1,
    dashboards=1,
    ledger_months=3,
    noncurrent_days=1,
    budget_eur=10,
)
BEFORE = Build(
    name="the build before",
    write_units_a_photo=7,  # register 2, claim 3, settle 2: each item and its entry in the index
    write_units_a_page=0,
    read_bytes_a_waiting_photo=700,  # the index holds the whole item
    whole_looks=1,
    writes_a_round=2,  # its lease
    reads_a_round=8,
    window_seconds=5,
    metrics=72,  # every name that its code could send
    alarms=0,
    composite_alarms=0,
    dashboards=0,
    ledger_months=3,
    noncurrent_days=7,
    budget_eur=0,
)
BEFORE_SETTING = Setting("as it was", latency_minutes=60, max_wait_minutes=60, target=1_000, most=10_000, refits=DAYS)
"""The defaults before: 1,000 photos, or an hour; a refit each night."""
