"""MiniStack, an AWS emulator, and what the template needs and MiniStack lacks.

    python emulator.py [--port 4566] [--strict FOLDER]

Without --strict the emulator uses HTTP and checks no right. With --strict it uses TLS, and IAM decides about every
request, as on AWS. FOLDER receives the certificate authority, `ca.pem`, that clients must trust.

Each addition below lists the behavior of MiniStack 1.5.33. Remove an addition once MiniStack has the behavior of AWS.

| addition | behavior of 1.5.33 |
| --- | --- |
| `AWS::ApiGatewayV2::Api` imports `Body` | ignored: an HTTP API has no routes, every path is 404 |
| `AWS::Athena::NamedQuery` | "Unrecognized resource types" |
| `AWS::CloudWatch::Alarm` over metric math | "not supported"; here it is accepted and never evaluated |
| `AWS::CloudWatch::InsightRule` | "Unrecognized resource types"; here it is accepted and never evaluated |
| condition key `s3:if-none-match` | absent, so the bucket policy `CreateOnly` denies every write |
| `CopyObject` with `If-None-Match` | ignored: a segment can be overwritten |
| Athena's execution parameters and its SQL | parameters are ignored, the SQL goes to DuckDB as it is |
| HTTP/1.1 over TLS | over HTTP/2 some requests never have a response, and a pass waits 60 s for each |
| no listener on port 443 | opened if the port is free |
"""

import argparse
import importlib.metadata
import os
import subprocess
import sys

VERSION = "1.5.33"
REGION = "us-east-1"


def certificates(folder):
    """Makes an authority and a server certificate. rustls refuses self-signed certificates."""
    os.makedirs(folder, exist_ok=True)
    file = lambda name: os.path.join(folder, name)
    openssl = lambda *words: subprocess.run(["openssl", *words], check=True, capture_output=True)
    new_key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout")
    openssl("req", "-x509", *new_key, file("ca.key"), "-out", file("ca.pem"), "-days", "30", "-subj", "/CN=emulated AWS",
            "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign")  # fmt: skip
    openssl("req", *new_key, file("server.key"), "-out", file("server.csr"), "-subj", "/CN=localhost")
    with open(file("server.ext"), "w", encoding="utf-8") as extensions:
        extensions.write("basicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\n")
        extensions.write("subjectAltName=DNS:localhost,DNS:*.localhost,DNS:*.execute-api.localhost,IP:127.0.0.1\n")
    openssl("x509", "-req", "-in", file("server.csr"), "-CA", file("ca.pem"), "-CAkey", file("ca.key"),
            "-CAcreateserial", "-days", "30", "-extfile", file("server.ext"), "-out", file("server.pem"))  # fmt: skip
    return file("ca.pem"), file("server.pem"), file("server.key")


def settings(port, strict):
    """MiniStack's environment, which the functions inherit."""
    scheme = "https" if strict else "http"
    made = {
        "GATEWAY_PORT": str(port), "BIND_HOST": "127.0.0.1", "MINISTACK_HOST": "localhost",
        "AWS_ENDPOINT_URL": f"{scheme}://localhost:{port}",
        "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        # This stack does not use containers, SFTP or MQTT.
        "DOCKER_HOST": "unix:///nonexistent/docker.sock", "SFTP_ENABLED": "0", "IOT_MTLS_ENABLED": "0",
    }  # fmt: skip
    if strict:
        authority, certificate, key = certificates(strict)
        made |= {"AUTH": "true", "USE_SSL": "1", "MINISTACK_SSL_CERT": certificate, "MINISTACK_SSL_KEY": key,
                 "SSL_CERT_FILE": authority}  # fmt: skip
    return made


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--port", type=int, default=4566)
parser.add_argument("--strict", metavar="FOLDER")
arguments = parser.parse_args()
found = importlib.metadata.version("ministack")
if found != VERSION:
    sys.exit(f"emulator.py replaces private parts of MiniStack {VERSION}, but {found} is installed: compare them first")
# MiniStack's modules read the environment when they are imported, so the environment comes first.
os.environ.update(settings(arguments.port, arguments.strict))
for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
    os.environ.pop(name, None)
sys.argv[1:] = []
sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir))

import json  # noqa: E402

import sqlglot  # noqa: E402
from hypercorn.config import Config  # noqa: E402
from ministack import app  # noqa: E402
from ministack.core import iam_actions  # noqa: E402
from ministack.services import apigateway, athena, s3  # noqa: E402
from ministack.services.cloudformation import provisioners  # noqa: E402
from readers.athena_sql import to_duckdb  # noqa: E402
from sqlglot.tokens import TokenType  # noqa: E402

HANDLERS = provisioners._RESOURCE_HANDLERS


def result(response):
    """The JSON of a MiniStack response; raises its text when it is an error."""
    if response[0] >= 300:
        raise ValueError(response[2])
    return json.loads(response[2]) if response[2] else {}


# The HTTP API ---------------------------------------------------------------------------------------------------------


def import_body(api_id, body):
    """Replaces an API's routes and integrations by those of an OpenAPI document."""
    apigateway._routes[api_id], apigateway._integrations[api_id] = {}, {}
    apigateway._apis[api_id].update(name=body["info"]["title"], description=body["info"].get("description", ""))
    schemes = body.get("components", {}).get("securitySchemes", {})
    for path, methods in body["paths"].items():
        for method, operation in methods.items():
            wanted = operation["x-amazon-apigateway-integration"]
            integration = result(apigateway._create_integration(api_id, {
                "integrationType": wanted["type"].upper(), "integrationMethod": wanted["httpMethod"],
                "integrationUri": wanted["uri"], "payloadFormatVersion": wanted["payloadFormatVersion"],
            }))  # fmt: skip
            names = [name for need in operation.get("security", []) for name in need]
            kinds = {schemes[name]["x-amazon-apigateway-authtype"] for name in names if name in schemes}
            if kinds - {"awsSigv4"}:
                raise ValueError(f"{method} {path}: the authorizer {kinds} is not supported here")
            result(apigateway._create_route(api_id, {
                "routeKey": f"{method.upper()} {path}", "target": f"integrations/{integration['integrationId']}",
                "authorizationType": "AWS_IAM" if kinds else "NONE",
            }))  # fmt: skip


def create_api(logical_id, properties, stack_name):
    api_id, attributes = provisioners._apigw_v2_api_create(logical_id, properties, stack_name)
    import_body(api_id, properties["Body"])
    return api_id, attributes


def update_api(physical_id, old, new, stack_name, logical_id=None):
    api_id, attributes = provisioners._apigw_v2_api_update(physical_id, old, new, stack_name, logical_id)
    import_body(api_id, new["Body"])
    return api_id, attributes


HANDLERS["AWS::ApiGatewayV2::Api"].update(create=create_api, update=update_api)

# Named queries, alarms ------------------------------------------------------------------------------------------------


def create_query(logical_id, properties, stack_name):
    names = ("Name", "Description", "Database", "QueryString", "WorkGroup")
    query = result(athena._create_named_query({name: properties[name] for name in names if name in properties}))
    return query["NamedQueryId"], query


def delete_query(physical_id, properties):
    result(athena._delete_named_query({"NamedQueryId": physical_id}))


def create_alarm(logical_id, properties, stack_name):
    if "Metrics" in properties:
        return f"{stack_name}-{logical_id}", {}
    return provisioners._cw_metric_alarm_create(logical_id, properties, stack_name)


def update_alarm(physical_id, old, new, stack_name, logical_id=None):
    if "Metrics" in new:
        return physical_id, {}
    return provisioners._cw_metric_alarm_update(physical_id, old, new, stack_name, logical_id)


def delete_alarm(physical_id, properties):
    if "Metrics" not in properties:
        provisioners._cw_metric_alarm_delete(physical_id, properties)


def create_rule(logical_id, properties, stack_name):
    return properties["RuleName"], {
        "Arn": f"arn:aws:cloudwatch:{REGION}:000000000000:insight-rule/{properties['RuleName']}"
    }


def update_rule(physical_id, old, new, stack_name, logical_id=None):
    return create_rule(logical_id, new, stack_name)


HANDLERS["AWS::CloudWatch::InsightRule"] = {"create": create_rule, "update": update_rule, "delete": lambda *_: None}
HANDLERS["AWS::Athena::NamedQuery"] = {"create": create_query, "delete": delete_query}
HANDLERS["AWS::CloudWatch::Alarm"].update(create=create_alarm, update=update_alarm, delete=delete_alarm)

# S3 -------------------------------------------------------------------------------------------------------------------

original_context, original_copy = iam_actions.s3_service_context, s3._copy_object


def s3_context(action, query, path="", headers=None):
    context = original_context(action, query, path, headers)
    if action == "s3:PutObject" and (headers or {}).get("if-none-match"):
        context["s3:if-none-match"] = headers["if-none-match"]
    return context


def copy_object(bucket_name, dest_key, headers, *others, **named):
    existing = (s3._buckets.get(bucket_name) or {}).get("objects", {}).get(dest_key)
    refused = s3._check_put_preconditions({"if-none-match": headers.get("if-none-match", "")}, existing)
    return refused or original_copy(bucket_name, dest_key, headers, *others, **named)


iam_actions.s3_service_context = s3_context
s3._copy_object = copy_object

# Athena ---------------------------------------------------------------------------------------------------------------

original_start, original_run = athena._start_query_execution, athena._run_duckdb


def start_query(data):
    """Replaces each `?` by its execution parameter, as Athena does."""
    sql, values = data["QueryString"], data.get("ExecutionParameters", [])
    places = [token for token in sqlglot.tokenize(sql, read="athena") if token.token_type == TokenType.PLACEHOLDER]
    for place, value in reversed(list(zip(places, values))):
        sql = sql[: place.start] + value + sql[place.end + 1 :]
    return original_start({**data, "QueryString": sql})


async def run_query(sql, database, catalog=None):
    return await original_run(to_duckdb(sql), database, catalog)


athena._start_query_execution, athena._run_duckdb = start_query, run_query

# Listeners ------------------------------------------------------------------------------------------------------------

Config.alpn_protocols = ["http/1.1"]
app._port_is_bindable = lambda *_: False

if __name__ == "__main__":
    sys.exit(app.main())
