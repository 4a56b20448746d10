"""The archive read by DuckDB, pyarrow and Spark: types by their names in each engine, and rows ordered by id.

Each engine reads the files as they are, and as a partitioned table, which has the `month` and `org_id` of the path.
"""

import os

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
from readers.rows import COLUMNS

DUCKDB_TYPES = {"text": "VARCHAR", "number": "BIGINT", "instant": "TIMESTAMP WITH TIME ZONE", "bytes": "BLOB"}
PYARROW_TYPES = {"text": "string", "number": "int64", "instant": "timestamp[us, tz=UTC]", "bytes": "binary"}
SPARK_TYPES = {"text": "string", "number": "bigint", "instant": "timestamp", "bytes": "binary"}


def named(types):
    return {name: types[kind] for name, kind in COLUMNS.items()}


def in_micros(function):
    return ", ".join(f"{function}({name}) AS {name}" if kind == "instant" else name for name, kind in COLUMNS.items())


class DuckDB:
    types = named(DUCKDB_TYPES)

    def __init__(self, archive):
        self.connection = duckdb.connect()
        self.connection.execute("SET TimeZone = 'UTC'")
        files = f"'{archive}/*/*/*.parquet'"
        types = "{'month': VARCHAR, 'org_id': VARCHAR}"
        self.files = f"read_parquet({files}, hive_partitioning = false, filename = 'path')"
        self.table = f"read_parquet({files}, hive_partitioning = true, hive_types = {types})"

    def query(self, sql):
        return self.connection.execute(sql).fetchall()

    def found_types(self):
        return {name: kind for name, kind, *_ in self.query(f"DESCRIBE SELECT * EXCLUDE path FROM {self.files}")}

    def rows(self):
        return self.query(f"SELECT {in_micros('epoch_us')} FROM {self.files} ORDER BY id")

    def partitioned(self):
        return self.query(f"SELECT {in_micros('epoch_us')}, month FROM {self.table} ORDER BY id")

    def count(self, month, org):
        [(count,)] = self.query(f"SELECT count(*) FROM {self.table} WHERE month = '{month}' AND org_id = '{org}'")
        return count


class PyArrow:
    types = named(PYARROW_TYPES)

    def __init__(self, archive):
        self.archive = archive

    def dataset(self, partitioning=None):
        return ds.dataset(self.archive, format="parquet", partitioning=partitioning)

    def found_types(self):
        return {field.name: str(field.type) for field in self.dataset().schema}

    def found_required(self):
        return {field.name for field in self.dataset().schema if not field.nullable}

    def rows(self, partitioning=None):
        table = self.dataset(partitioning).to_table().sort_by("id")
        columns = [pc.cast(c, "int64") if str(c.type).startswith("timestamp") else c for c in table.columns]
        return list(zip(*(column.to_pylist() for column in columns)))

    def partitioned(self):
        return self.rows(self.by_path())

    def by_path(self):
        return ds.partitioning(pa.schema({"month": pa.string(), "org_id": pa.string()}), flavor="hive")

    def count(self, month, org):
        of_place = (ds.field("month") == month) & (ds.field("org_id") == org)
        return self.dataset(self.by_path()).count_rows(filter=of_place)


class Spark:
    """Spark's default: its own vectorized reader of column chunks."""

    types = named(SPARK_TYPES)
    vectorized = "true"

    def __init__(self, archive):
        os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
        from pyspark.sql import SparkSession
        from pyspark.sql.types import StringType, StructField, StructType

        options = {
            "spark.sql.session.timeZone": "UTC",
            "spark.ui.enabled": "false",
            "spark.ui.showConsoleProgress": "false",
            "spark.log.level": "ERROR",
            "spark.sql.shuffle.partitions": "1",
        }
        builder = SparkSession.builder.master("local[1]").appName("readers")
        for name, value in options.items():
            builder = builder.config(name, value)
        self.session = builder.getOrCreate()
        self.session.conf.set("spark.sql.parquet.enableVectorizedReader", self.vectorized)
        self.files = self.session.read.option("recursiveFileLookup", "true").parquet(str(archive))
        # Without a schema, Spark infers other types than text from the path: the org 007 would be the number 7.
        schema = StructType([*self.files.schema, StructField("month", StringType())])
        self.table = self.session.read.schema(schema).parquet(str(archive))

    def found_types(self):
        return {field.name: field.dataType.simpleString() for field in self.files.schema}

    def select(self, frame, *more):
        columns = in_micros("unix_micros").split(", ")
        self.session.conf.set("spark.sql.parquet.enableVectorizedReader", self.vectorized)
        return [tuple(row) for row in frame.selectExpr(*columns, *more).orderBy("id").collect()]

    def rows(self):
        return self.select(self.files)

    def partitioned(self):
        return self.select(self.table, "month")

    def count(self, month, org):
        return self.table.where(f"month = '{month}' AND org_id = '{org}'").count()


class SparkRecords(Spark):
    """Spark with the record reader of parquet-java and Hadoop, which reads `created_by` before the pages."""

    vectorized = "false"
