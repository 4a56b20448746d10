"""The columns of the Glue tables are those of the Parquet files."""

from pathlib import Path

import pyarrow.dataset as ds
import yaml

TEMPLATE = Path(__file__).parents[2] / "infra" / "template.yaml"
GLUE_TYPES = {"string": "string", "int64": "bigint", "timestamp[us, tz=UTC]": "timestamp"}
PARTITIONS = {"events": {"dt": "string", "org_id": "string"}, "all_events": {"dt": "string"}}


class Loader(yaml.SafeLoader):
    """Reads a CloudFormation template; what a tag such as `!Ref` stands before is kept, without the tag."""


def untagged(loader, _, node):
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_mapping(node, deep=True)


Loader.add_multi_constructor("!", untagged)


def tables():
    """Columns and partition keys, with their types, of each table by its name."""
    resources = yaml.load(TEMPLATE.read_text(), Loader)["Resources"].values()
    inputs = [r["Properties"]["TableInput"] for r in resources if r["Type"] == "AWS::Glue::Table"]
    types = lambda columns: [(column["Name"], column["Type"]) for column in columns]
    return {t["Name"]: (types(t["StorageDescriptor"]["Columns"]), types(t["PartitionKeys"])) for t in inputs}


def check(report, archive):
    schema = ds.dataset(archive, format="parquet", partitioning=None).schema
    in_files = {field.name: GLUE_TYPES.get(str(field.type), f"no Glue type for {field.type}") for field in schema}
    found = tables()
    report.equal("Glue: tables", set(found), set(PARTITIONS))
    for table, partitions in PARTITIONS.items():
        columns, keys = found.get(table, ([], []))
        # A partition key is taken from the path, and may not be a column as well.
        expected = {name: kind for name, kind in in_files.items() if name not in partitions}
        report.equal(f"Glue: columns of {table}", sorted(columns), sorted(expected.items()))
        report.equal(f"Glue: partition keys of {table}", sorted(keys), sorted(partitions.items()))
