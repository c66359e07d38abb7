import pytest

from infra.local.emr_serverless.api.cloudformation import as_request


def test_numbers_and_booleans_may_come_as_strings() -> None:
    properties = {"AutoStopConfiguration": {"Enabled": "false", "IdleTimeoutMinutes": "20"}}
    assert as_request("CreateApplication", properties) == {
        "autoStopConfiguration": {"enabled": False, "idleTimeoutMinutes": 20}
    }


def test_maps_may_be_lists_of_pairs() -> None:
    properties = {
        "Tags": [{"Key": "team", "Value": "fruit"}],
        "InitialCapacity": [{"Key": "Driver", "Value": {"WorkerCount": 1}}],
        "WorkerTypeSpecifications": {"Executor": {"ImageConfiguration": {"ImageUri": "uri"}}},
    }
    assert as_request("CreateApplication", properties) == {
        "tags": {"team": "fruit"},
        "initialCapacity": {"Driver": {"workerCount": 1}},
        "workerTypeSpecifications": {"Executor": {"imageConfiguration": {"imageUri": "uri"}}},
    }


def test_the_keys_of_spark_properties_stay_as_they_are() -> None:
    properties = {"RuntimeConfiguration": [{"Classification": "spark-defaults", "Properties": {"spark.A": "1"}}]}
    [configuration] = as_request("CreateApplication", properties)["runtimeConfiguration"]
    assert configuration["properties"] == {"spark.A": "1"}


@pytest.mark.parametrize("properties", [{"Nme": "x"}, {"MaximumCapacity": {"Cpus": "1"}}])
def test_a_property_that_does_not_exist_is_refused(properties: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="extraneous key"):
        as_request("CreateApplication", properties)
