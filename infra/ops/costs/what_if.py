"""What other months would cost: the published tables, by the same arithmetic as `fruits costs`. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from contracts.prices.items import Item
from contracts.prices.price_list import Prices
from infra.ops.costs import model
from infra.ops.costs.bill import Bill
from infra.ops.costs.model import Plan
from infra.ops.costs.workload import BALANCED, BEFORE, BEFORE_SETTING, NOW, SETTINGS, Build, Setting, Workload

VOLUMES = (100, 10_000, 1_000_000)
FORMATS: Sequence[tuple[str, int, str]] = (
    ("200 KB JPEG", 200_000, "jpg"),
    ("3 MB JPEG", 3_000_000, "jpg"),
    ("3 MB HEIC", 3_000_000, "heic"),
)
ARCHITECTURES = ("X86_64", "ARM64")
RUNS = (Item.EMR_VCPU, Item.EMR_MEMORY, Item.EMR_STORAGE)
MILLION = Workload(1_000_000)
"""The month of the target: photos of 200 KB, kept 7 days."""
PARTS: Sequence[tuple[str, Sequence[Item]]] = (
    ("S3 requests", (Item.S3_PUT, Item.S3_GET)),
    ("S3 storage", (Item.S3_STORAGE,)),
    ("job runs", RUNS),
    ("ledger", (Item.LEDGER_WRITE, Item.LEDGER_READ, Item.LEDGER_STORAGE, Item.LEDGER_BACKUP)),
    ("queue", (Item.SQS_REQUEST,)),
    ("functions, schedules", (Item.LAMBDA_REQUEST, Item.LAMBDA_TIME, Item.SCHEDULE, Item.EVENT)),
    (
        "logs, metrics, alarms, traces",
        (
            Item.LOGS_WRITTEN,
            Item.LOGS_STORED,
            Item.LOGS_SCANNED,
            Item.METRIC,
            Item.ALARM,
            Item.COMPOSITE_ALARM,
            Item.DASHBOARD,
            Item.TRACE,
        ),
    ),
    ("Glue catalog", (Item.CATALOG_OBJECT, Item.CATALOG_REQUEST)),
)


@dataclass(frozen=True, slots=True)
class Cell:
    """One month of a table."""

    load: Workload
    label: str
    setting: Setting
    architecture: str
    plan: Plan
    bill: Bill

    @property
    def runs_usd(self) -> Decimal:
        """What its job runs cost."""
        return self.bill.of(*RUNS)

    @property
    def minutes_to_row(self) -> float:
        """The longest that a photo waits for its row: for its batch, and for the run."""
        return self.plan.wait_minutes + self.plan.run_minutes


def cell(load: Workload, label: str, setting: Setting, architecture: str, prices: Prices, build: Build = NOW) -> Cell:
    """Return one month. `prices` are the Region's, for x86-64."""
    plan, bill = model.month(load, setting, build, prices.on(architecture))
    return Cell(load, label, setting, architecture, plan, bill)


def table(prices: Prices) -> Iterator[Cell]:
    """Yield the months of the published table."""
    for photos in VOLUMES:
        for label, size, ending in FORMATS:
            for setting in SETTINGS:
                for architecture in ARCHITECTURES:
                    load = Workload(photos, size, ending)
                    yield cell(load, label, setting, architecture, prices)


@dataclass(frozen=True, slots=True)
class Compared:
    """The target's month by the build before, by this one, and by this one with every lever pulled."""

    before: Bill
    default: Bill
    levers: Sequence[tuple[str, Bill]]
    """Each lever with the bill after it and all earlier ones."""

    @property
    def ratio(self) -> float:
        """This build's cost, with its defaults, as a share of that before."""
        return float(self.default.usd / self.before.usd)


def compared(prices: Prices) -> Compared:
    """Price the target's month before and now, and pull levers one after the other."""
    frugal, arm = SETTINGS[0], prices.on("ARM64")
    weekly = replace(BALANCED, refits=frugal.refits)
    gathered = replace(NOW, window_seconds=60)
    brief = replace(gathered, ledger_months=2)
    quiet = replace(brief, composite_alarms=0)
    steps: Sequence[tuple[str, Setting, Build, Prices]] = (
        ("Graviton (`Architecture=ARM64`)", BALANCED, NOW, arm),
        ("a refit a week (`RefitSchedule`)", weekly, NOW, arm),
        ("frugal: batches of 12,000 photos, or 12 hours", frugal, NOW, arm),
        ("uploads gathered for a minute (`CollectWindowSeconds`)", frugal, gathered, arm),
        ("a ledger that remembers 60 days (`LedgerRetentionDays`)", frugal, brief, arm),
        ("no composite alarm", frugal, quiet, arm),
    )
    return Compared(
        before=model.month(MILLION, BEFORE_SETTING, BEFORE, prices)[1],
        default=model.month(MILLION, BALANCED, NOW, prices)[1],
        levers=[(name, model.month(MILLION, setting, build, of)[1]) for name, setting, build, of in steps],
    )
