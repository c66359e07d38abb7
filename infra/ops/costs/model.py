"""What a month's photos use, item by item: the quantities of an estimate. Pure.

Job runs are sized by the same rules as real ones. What is assumed stands as a name at the top, with its source.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from math import ceil

from chalicelib.domain import costs, sizing
from chalicelib.domain.batches import Batching
from chalicelib.domain.budget import RUNS_SHARE
from chalicelib.domain.sizing import Capacity, Size
from contracts.jobs.names import Kind
from contracts.prices.items import Item
from contracts.prices.price_list import Prices
from infra.ops.costs.bill import Basis, Bill, Used, bill
from infra.ops.costs.workload import DAYS, GB, HOURS, MAINTENANCES, NOW, RECENT, Build, Setting, Workload

CAPACITY = Capacity(vcpu=16, memory_gb=64)
"""The template's default: a new account's quota."""
IN_FLIGHT = 2
EMPTY_RECEIVES = HOURS * 3600 / 20 * 5
"""Lambda polls a queue with five pollers, 20 seconds each, whether or not photos come (Lambda Developer Guide)."""
MESSAGES_A_CALL = 10
"""The most messages that one receive or delete takes."""
RUN_PUTS, RUN_GETS, RUN_CATALOG_REQUESTS = 20, 100, 80
"""Requests of a run beside those for its photos. Counted by the local cloud's record of rights: an extract, a refit
and a maintenance of few photos made 44 writes, 187 reads and 240 requests to Glue. The service adds its own."""
COLLECT_GB, COLLECT_SECONDS, COLLECT_SECONDS_A_PHOTO = 0.5, 0.1, 0.012
SUBMIT_GB, SUBMIT_SECONDS = 1.0, 0.4
"""Memory as in the template; times assumed, from `python -m benchmarks.cold_start` and DynamoDB's usual answer."""
LOG_BYTES_A_CALL, LOG_BYTES_A_RUN = 1_500, 200_000
ITEM_BYTES = 300
"""Of a photo in the ledger: its own item and its part of a page."""
ROW_BYTES = 5_200
"""1,280 floats of 4 bytes, which do not compress, and some columns."""
ARTIFACTS_GB = 0.5
"""Code, environment and CNN in the artifacts bucket, with a few older versions."""
SCANNED_GB = 1.0
"""By the saved queries, a month."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The runs of a month: how many, of how many photos, how large, and how long a photo waits for its row."""

    runs: float
    photos_a_run: float
    size: Size
    work_seconds: float
    wait_minutes: float
    """The longest that a photo waits for its batch."""

    @property
    def run_minutes(self) -> float:
        """How long a run takes."""
        return (costs.DRIVER_START_SECONDS + self.work_seconds / (self.size.executors * self.size.executor_cores)) / 60


def plan(load: Workload, setting: Setting, build: Build, prices: Prices) -> Plan:
    """Return the runs that a month's photos make, when they come evenly."""
    waits = [_wait_minutes(load, setting, build, prices), setting.target / load.each_minute]
    if build.budget_eur:
        full = costs.full_work(prices, sizing.FULL_START_SHARE)
        waits.append(full / load.each_seconds / load.each_minute)
    between = max(min(waits), 1.0, 1 / load.each_minute)  # submit looks each minute, and an empty batch is none
    photos = min(load.each_minute * between, setting.most)
    work = photos * load.each_seconds
    return Plan(load.photos / photos, photos, _size(work, setting), work, min(waits))


def _wait_minutes(load: Workload, setting: Setting, build: Build, prices: Prices) -> float:
    """How long photos wait for a batch: as long as the budget asks for, within the setting's limits."""
    if not build.budget_eur:
        return setting.max_wait_minutes
    start = costs.start_usd(prices)
    work = costs.run_usd(costs.utilisation(costs.SMALLEST, load.photos * load.each_seconds), prices) - start
    left = build.budget_eur * RUNS_SHARE * prices.usd_per_euro - work - (setting.refits + MAINTENANCES) * start
    allowed = load.minutes * start / left if left > 0 else float("inf")
    return min(max(allowed, setting.latency_minutes), setting.max_wait_minutes)


def _size(work: float, setting: Setting) -> Size:
    return sizing.size(work, 0, CAPACITY, _batching(setting))


def _batching(setting: Setting) -> Batching:
    return Batching(setting.target, setting.most, timedelta(minutes=setting.max_wait_minutes), IN_FLIGHT)


def month(load: Workload, setting: Setting, build: Build, prices: Prices) -> tuple[Plan, Bill]:
    """Return the runs and the bill of a month. `prices` are those of the workers' architecture."""
    found = plan(load, setting, build, prices)
    return found, bill(quantities(load, setting, build, found), prices)


def idle(prices: Prices, build: Build = NOW) -> Bill:
    """Return the bill of a month in which nothing is uploaded, nothing runs, and nothing is stored but code."""
    return bill(beside_runs(Workload(0), build, runs=0, waiting=0), prices)


def quantities(load: Workload, setting: Setting, build: Build, found: Plan) -> Iterator[Used]:
    """Yield all that a month uses."""
    runs = found.runs + setting.refits + MAINTENANCES
    yield from _compute(load, setting, found)
    yield from beside_runs(load, build, runs, found.photos_a_run / 2)


def beside_runs(load: Workload, build: Build, runs: float, waiting: float) -> Iterator[Used]:
    """Yield what a month uses beside the workers of its runs. `waiting`: photos that wait at a time, on average."""
    collects = _collects(load, build)
    yield from _objects(load, build, runs)
    yield from _ledger(load, build, waiting, collects)
    yield from _calls(load, build, collects, runs)


def _used(what: str, item: Item, quantity: float) -> Used:
    return Used(what, item, quantity, Basis.ESTIMATED)


def _compute(load: Workload, setting: Setting, found: Plan) -> Iterator[Used]:
    extract = costs.utilisation(found.size, found.work_seconds)
    kinds = [("extract runs", found.runs, extract)]
    for kind, times in ((Kind.REFIT, setting.refits), (Kind.MAINTAIN, MAINTENANCES)):
        size = sizing.scheduled_size(kind, load.photos, CAPACITY, _batching(setting))
        work = load.photos / 2 / sizing.SCHEDULED[kind].per_core_second  # the table grows from nothing to the month's
        kinds.append((f"{kind} runs", times, costs.utilisation(size, work)))
    for what, times, billed in kinds:
        for name, quantity in billed.items():
            yield _used(what, costs.BILLED[name], times * quantity)


def _objects(load: Workload, build: Build, runs: float) -> Iterator[Used]:
    yield _used("S3: upload of each photo", Item.S3_PUT, load.photos)
    yield _used("S3: runs' own writes", Item.S3_PUT, runs * RUN_PUTS)
    yield _used("S3: fetch of each photo", Item.S3_GET, load.photos)
    yield _used("S3: runs' own reads", Item.S3_GET, runs * RUN_GETS)
    days = min(load.days_kept + build.noncurrent_days, DAYS * load.share)
    yield _used("S3: photos kept", Item.S3_STORAGE, load.photos * load.size_bytes / GB * days / DAYS)
    yield _used("S3: rows, half of the month's", Item.S3_STORAGE, load.photos * ROW_BYTES / GB / 2 * load.share)
    yield _used("S3: code, environment, CNN", Item.S3_STORAGE, ARTIFACTS_GB * load.share)


def _ledger(load: Workload, build: Build, waiting: float, collects: float) -> Iterator[Used]:
    writes = load.photos * build.write_units_a_photo + collects * build.write_units_a_page
    yield _used("ledger: photos", Item.LEDGER_WRITE, writes)
    yield _used("ledger: submit's rounds", Item.LEDGER_WRITE, load.minutes * build.writes_a_round)
    recent = min(waiting, load.each_minute * RECENT)
    looked_at = waiting * build.whole_looks + recent * (1 - build.whole_looks)
    reads = build.reads_a_round + looked_at * build.read_bytes_a_waiting_photo / 4096 / 2  # half: eventually consistent
    yield _used("ledger: submit's rounds", Item.LEDGER_READ, load.minutes * reads)
    table = load.photos * build.ledger_months * ITEM_BYTES / GB * load.share
    yield _used("ledger: table", Item.LEDGER_STORAGE, table)
    yield _used("ledger: backup", Item.LEDGER_BACKUP, table)


def _collects(load: Workload, build: Build) -> float:
    """How often `collect` is called: a call gathers what comes in its window after a first message, 100 at most."""
    return load.photos / max(1.0, min(1 + load.each_minute / 60 * build.window_seconds, 100))


def _calls(load: Workload, build: Build, collects: float, runs: float) -> Iterator[Used]:
    calls = collects + load.minutes + runs + DAYS * load.share
    batches = ceil(load.photos / collects / MESSAGES_A_CALL) if collects else 0
    yield _used("queue: messages", Item.SQS_REQUEST, load.photos * 2 + collects * batches)
    yield _used("queue: polling", Item.SQS_REQUEST, EMPTY_RECEIVES * load.share)
    yield _used("functions: calls", Item.LAMBDA_REQUEST, calls)
    collect = COLLECT_GB * (collects * COLLECT_SECONDS + load.photos * COLLECT_SECONDS_A_PHOTO)
    yield _used("functions: time", Item.LAMBDA_TIME, collect + load.minutes * SUBMIT_GB * SUBMIT_SECONDS)
    yield _used("schedules", Item.SCHEDULE, load.minutes + DAYS * load.share)
    yield _used("events of runs", Item.EVENT, runs)
    yield _used("traces", Item.TRACE, calls)
    logs = (calls * LOG_BYTES_A_CALL + runs * LOG_BYTES_A_RUN) / GB
    yield _used("logs: written", Item.LOGS_WRITTEN, logs)
    yield _used("logs: kept 30 days", Item.LOGS_STORED, logs)
    yield _used("logs: queries", Item.LOGS_SCANNED, SCANNED_GB * load.share)
    yield _used("metrics", Item.METRIC, build.metrics * load.share)
    yield _used("alarms", Item.ALARM, build.alarms * load.share)
    yield _used("composite alarms", Item.COMPOSITE_ALARM, build.composite_alarms * load.share)
    yield _used("dashboards", Item.DASHBOARD, build.dashboards * load.share)
    yield _used("catalog: requests of runs", Item.CATALOG_REQUEST, runs * RUN_CATALOG_REQUESTS)
