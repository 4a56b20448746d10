"""The built functions on a Lambda runtime API, over the stores of one `audit serve`. A second one is the reference."""

import os
from pathlib import Path

import pytest
from functions.dynamodb import DynamoDb
from functions.lambda_functions import Functions, Gateway
from support.pair import OrgsTable, Pair
from support.template import Template

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def source():
    """The template as it is in the repository. It needs no build."""
    return Template(ROOT / "infra" / "template.yaml")


@pytest.fixture(scope="session")
def template():
    """The template that `sam build` wrote."""
    return Template(Path(os.environ.get("AUDIT_BUILT", ROOT / ".aws-sam" / "build"), "template.yaml"))


@pytest.fixture(scope="session")
def stores(serve):
    return serve("stores")


@pytest.fixture(scope="session")
def dynamodb(stores):
    return DynamoDb(stores.dynamodb)


@pytest.fixture(scope="session")
def functions(processes, template, stores):
    with Functions(processes, template, stores) as started:
        for name in started.by_name:
            started.start(name)
        yield started


@pytest.fixture(scope="session")
def gateway(functions):
    return Gateway(functions)


@pytest.fixture(scope="session")
def pair(gateway, serve, dynamodb):
    reference = serve("reference")
    tables = [OrgsTable(stores.client, "audit-orgs") for stores in (dynamodb, DynamoDb(reference.dynamodb))]
    return Pair(gateway, reference, *tables)
