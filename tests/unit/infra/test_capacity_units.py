"""DynamoDB's units by the examples of its documentation."""

import pytest

from infra.ops.capacity_units import item_size, read_units, write_units


@pytest.mark.parametrize(("size", "units"), [(0, 1), (1, 1), (512, 1), (1024, 1), (1025, 2), (1536, 2), (3500, 4)])
def test_a_write_takes_a_unit_a_kilobyte_rounded_up_and_twice_that_in_a_transaction(size: int, units: int) -> None:
    assert write_units(size) == units
    assert write_units(size, transaction=True) == 2 * units


@pytest.mark.parametrize(("size", "units"), [(0, 1), (3072, 1), (4096, 1), (4097, 2), (8192, 2), (81920, 20)])
def test_a_consistent_read_takes_a_unit_for_4_kilobytes_and_another_half_of_it(size: int, units: int) -> None:
    assert read_units(size, consistent=True) == units
    assert read_units(size, consistent=False) == units / 2


def test_an_item_has_the_bytes_of_its_names_and_values() -> None:
    assert item_size({"shirt-color": {"S": "R"}, "shirt-size": {"S": "M"}}) == 23  # the guide's own example
    assert item_size({"é": {"B": b"12345"}, "n": {"N": "1234"}, "b": {"BOOL": True}}) == 2 + 5 + 1 + 3 + 1 + 1
    assert item_size({"l": {"L": [{"S": "ab"}, {"N": "0"}]}}) == 1 + 3 + (1 + 2) + (1 + 1)
    assert item_size({"m": {"M": {"k": {"S": "v"}}}}) == 1 + 3 + (1 + 1 + 1)


def test_a_value_without_a_rule_is_an_error() -> None:
    with pytest.raises(ValueError, match="SS"):
        item_size({"s": {"SS": ["a"]}})
