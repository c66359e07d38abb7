import pytest

from infra.local.emr_serverless.rules.errors import ValidationError
from infra.local.emr_serverless.rules.workers import WorkerSize, requested


def test_with_all_defaults_a_job_takes_the_whole_quota_of_a_new_account() -> None:
    """Trap: 4 + 3 x 4 = 16 vCPU, and 14G with its overhead is a worker of 16 GB."""
    sizes = requested({}).sizes()
    assert sum(size.cpu for size in sizes) == 16
    assert sum(size.memory_gb for size in sizes) == 64
    assert {size.disk_gb for size in sizes} == {20}


@pytest.mark.parametrize(
    ("cores", "memory", "gb"),
    [
        (1, "1g", 2),
        (1, "1700m", 3),
        (1, "2g", 3),
        (2, "4g", 5),
        (4, "27g", 30),
        (8, "16g", 20),
        (16, "60g", 72),
        (32, "102g", 120),
    ],
)
def test_memory_and_overhead_are_rounded_up_to_a_worker(cores: int, memory: str, gb: int) -> None:
    properties = {"spark.executor.cores": str(cores), "spark.executor.memory": memory}
    assert requested(properties).executor == WorkerSize(cores, gb)


def test_an_explicit_overhead_counts_instead_of_the_tenth() -> None:
    properties = {"spark.executor.cores": "2", "spark.executor.memory": "4g", "spark.executor.memoryOverhead": "3g"}
    assert requested(properties).executor.memory_gb == 7
    factor = {"spark.driver.cores": "2", "spark.driver.memory": "4g", "spark.emr-serverless.memoryOverheadFactor": "1"}
    assert requested(factor).driver.memory_gb == 8


@pytest.mark.parametrize(
    ("properties", "count"),
    [
        ({}, 3),
        ({"spark.executor.instances": "1"}, 1),
        ({"spark.dynamicAllocation.initialExecutors": "2"}, 2),
        ({"spark.dynamicAllocation.maxExecutors": "2"}, 2),
        ({"spark.dynamicAllocation.minExecutors": "5"}, 5),
        ({"spark.dynamicAllocation.enabled": "false", "spark.executor.instances": "9"}, 9),
        ({"spark.dynamicAllocation.enabled": "false", "spark.dynamicAllocation.maxExecutors": "1"}, 3),
    ],
)
def test_a_job_begins_with_as_many_executors_as_it_says(properties: dict[str, str], count: int) -> None:
    assert requested(properties).executors == count


@pytest.mark.parametrize(
    "properties",
    [
        {"spark.executor.cores": "3"},
        {"spark.executor.cores": "many"},
        {"spark.driver.memory": "a lot"},
        {"spark.driver.cores": "1", "spark.driver.memory": "8g"},
        {"spark.emr-serverless.driver.disk": "201g"},
        {"spark.emr-serverless.executor.disk": "10g"},
    ],
)
def test_a_size_that_the_service_does_not_have_is_refused(properties: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        requested(properties)


def test_a_shuffle_optimized_disk_may_be_bigger() -> None:
    properties = {
        "spark.emr-serverless.executor.disk": "2000g",
        "spark.emr-serverless.executor.disk.type": "shuffle_optimized",
    }
    assert requested(properties).executor.disk_gb == 2000
