"""Keeps the named queries of template.yaml equal to athena/*.sql, and checks the SQL.

    python infra/queries.py --write    puts the files into the template
    python infra/queries.py            fails where they differ, or where a query is wrong

A template cannot include a file without a bucket to fetch it from, so the text stands in both places.
"""

import re
import sys
from pathlib import Path

import sqlglot
import yaml
from sqlglot import exp
from sqlglot.optimizer.qualify import qualify

INFRA = Path(__file__).parent
TEMPLATE = INFRA / "template.yaml"
BEGIN = "  # named queries: written by queries.py from athena/*.sql\n"
END = "  # end of named queries\n"
# The console accepts no more.
MOST_PARAMETERS = 25


class Loader(yaml.SafeLoader):
    """Reads a template; an intrinsic function becomes `{tag: value}`."""


def _intrinsic(loader, tag, node):
    if isinstance(node, yaml.ScalarNode):
        return {tag: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {tag: loader.construct_sequence(node, deep=True)}
    return {tag: loader.construct_mapping(node, deep=True)}


Loader.add_multi_constructor("!", _intrinsic)


def files():
    return sorted((INFRA / "athena").glob("*.sql"))


def description(sql):
    return sql.split("\n", 1)[0].removeprefix("-- ")


def block():
    """The resources of all queries, as YAML."""
    text = BEGIN
    for path in files():
        sql = path.read_text()
        name = "".join(word.capitalize() for word in path.stem.split("_")) + "Query"
        text += f"  {name}:\n    Type: AWS::Athena::NamedQuery\n    Properties:\n"
        text += f"      Name: {path.stem}\n      Description: {yaml.dump(description(sql), width=1000).splitlines()[0]}\n"
        text += "      Database: !Ref Database\n      WorkGroup: !Ref Workgroup\n      QueryString: |\n"
        text += "".join(f"        {line}\n" if line else "\n" for line in sql.splitlines())
    return text + END


def tables():
    """The columns of the Glue tables, partition keys included."""
    resources = yaml.load(TEMPLATE.read_text(), Loader)["Resources"].values()
    inputs = [r["Properties"]["TableInput"] for r in resources if r["Type"] == "AWS::Glue::Table"]
    return {
        table["Name"]: {c["Name"]: c["Type"] for c in table["StorageDescriptor"]["Columns"] + table["PartitionKeys"]}
        for table in inputs
    }


def faults(path, schema):
    sql = path.read_text()
    try:
        query = sqlglot.parse_one(sql, read="athena")
        qualify(query.copy(), schema=schema, dialect="athena", validate_qualify_columns=True)
    except sqlglot.errors.SqlglotError as error:
        yield str(error)
        return
    parameters = list(query.find_all(exp.Placeholder))
    described = re.findall(r"^--   (\d+) ", sql, re.M)
    if described != [str(n + 1) for n in range(len(parameters))]:
        yield f"{len(parameters)} parameters, described are {described}"
    if len(parameters) > MOST_PARAMETERS:
        yield "too many parameters"
    # Athena accepts parameters only in a WHERE.
    if any(parameter.find_ancestor(exp.Where) is None for parameter in parameters):
        yield "a parameter outside WHERE"
    for select in query.find_all(exp.Select):
        source = select.args.get("from_") or select.args.get("from")
        table = source.this.name if source else None
        if table not in schema:
            continue
        where = select.args.get("where")
        conjuncts = list(where.this.flatten()) if where and isinstance(where.this, exp.And) else []
        bounded = any(isinstance(c, exp.Between) and c.this.name == "month" for c in conjuncts)
        of_one_org = any(
            isinstance(c, exp.EQ) and c.this.name == "org_id" and isinstance(c.expression, exp.Placeholder)
            for c in conjuncts
        )
        if not bounded:
            yield f"reads {table} without a range of months"
        if table == "events" and not of_one_org:
            yield "reads events without an org"


def main():
    template = TEMPLATE.read_text()
    start, end = template.index(BEGIN), template.index(END) + len(END)
    if "--write" in sys.argv[1:]:
        TEMPLATE.write_text(template[:start] + block() + template[end:])
        return 0
    found = [] if template[start:end] == block() else ["the template differs from athena/*.sql: run queries.py --write"]
    schema = tables()
    found += [f"{path.name}: {fault}" for path in files() for fault in faults(path, schema)]
    for fault in found:
        print(fault, file=sys.stderr)
    print(f"{len(files())} named queries, {len(found)} faults")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
