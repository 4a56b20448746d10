"""The columns of the Glue tables are those of the Parquet files."""

from pathlib import Path

import pytest
from support.template import Template

TEMPLATE = Template(Path(__file__).parents[3] / "infra" / "template.yaml")
GLUE_TYPES = {"string": "string", "int64": "bigint", "timestamp[us, tz=UTC]": "timestamp", "binary": "binary"}
PARTITIONS = {"events": {"month": "string", "org_id": "string"}, "all_events": {"month": "string"}}


def tables():
    inputs = [table["Properties"]["TableInput"] for table in TEMPLATE.of_type("AWS::Glue::Table").values()]
    return {table["Name"]: table for table in inputs}


def types(columns):
    return sorted((column["Name"], column["Type"]) for column in columns)


def test_there_is_no_other_table():
    assert set(tables()) == set(PARTITIONS)


@pytest.mark.parametrize("name, partitions", PARTITIONS.items(), ids=PARTITIONS)
def test_a_table_has_the_columns_of_the_files_and_its_partition_keys(pyarrow, name, partitions):
    # A partition key is read from the path, and must not be a column too.
    expected = {column: GLUE_TYPES[kind] for column, kind in pyarrow.found_types().items() if column not in partitions}
    table = tables()[name]
    assert types(table["StorageDescriptor"]["Columns"]) == sorted(expected.items())
    assert types(table["PartitionKeys"]) == sorted(partitions.items())
