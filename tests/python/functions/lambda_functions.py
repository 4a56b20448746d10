"""The functions: each `bootstrap` in a process of its own, with the environment variables that Lambda would set."""

import json
import time
import urllib.parse

from functions.emulator import Emulator
from support.client import Client, Response

REGION = "us-east-1"


class FunctionError(Exception):
    """A function returned an error, named as in Step Functions."""

    def __init__(self, name, cause):
        super().__init__(f"{name}: {cause}")
        self.name, self.cause = name, cause


class Functions:
    """The functions of a template over the stores of one `audit serve`. They end with the `with` block."""

    def __init__(self, processes, template, stores):
        self.by_name = {function.name: function for function in template.functions()}
        functions = self.by_name.values()
        self.emulator = Emulator(processes, {function.binary: function.timeout_s for function in functions})
        self.processes, self.stores, self.started_at = processes, stores, {}
        self.running = [self.emulator.process]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in reversed(self.running):
            self.processes.stop(process)
        self.emulator.close()

    def start(self, name):
        """Starts a bootstrap with the environment of Lambda and the template, and the endpoints of the local stores."""
        function, stores = self.by_name[name], self.stores
        environment = {
            **function.environment,
            "AWS_ENDPOINT_URL_DYNAMODB": stores.dynamodb,
            "AWS_ENDPOINT_URL_S3": stores.s3,
            "AWS_ENDPOINT_URL_KMS": stores.kms,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local-secret",
            "AWS_LAMBDA_RUNTIME_API": self.emulator.runtime_api(function.binary),
            "AWS_LAMBDA_FUNCTION_NAME": function.binary,
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_mb),
            "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.binary}",
            "AWS_LAMBDA_LOG_STREAM_NAME": "local",
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "LAMBDA_TASK_ROOT": "/var/task",
            "_HANDLER": "bootstrap",
            "TZ": ":UTC",
            "PATH": "/usr/local/bin:/usr/bin:/bin",
        }
        self.started_at[name] = time.monotonic()
        process, _ = self.processes.start(function.binary, [function.bootstrap], env=environment)
        self.running.append(process)

    def cold_start_ms(self, name):
        """From exec to the first response. The emulator polls, which adds a few milliseconds."""
        responded_at = self.emulator.responded_at[self.by_name[name].binary]
        return (responded_at - self.started_at[name]) * 1000

    def invoke(self, name, payload):
        """Invokes a function and returns its JSON. Raises what Lambda would report as a function error."""
        status, text = self.emulator.invoke(self.by_name[name].binary, json.dumps(payload, ensure_ascii=False).encode())
        result = json.loads(text) if text else None
        if status != 200:
            error = result or {}
            raise FunctionError(error.get("errorType", "Lambda.Unknown"), error.get("errorMessage", text.decode()))
        return result


class Gateway(Client):
    """The HTTP API: the routes of the template, payload format 2.0."""

    CALLER = "arn:aws:iam::123456789012:user/platform"

    def __init__(self, functions):
        self.functions = functions
        self.routes = [
            (method, path, authorized, function.name)
            for function in functions.by_name.values()
            for method, path, authorized in function.routes
        ]

    def route(self, method, path):
        """The route that API Gateway would choose by the path as sent, and the path's parameters, decoded.

        The route is None if no route has the method. The parameters of the path are returned all the same.
        """
        parameters = {}
        for route in self.routes:
            wanted = route[1].split("/")
            # A parameter with a plus is the rest of the path.
            parts = path.split("/", len(wanted) - 1 if wanted[-1].endswith("+}") else -1)
            pairs = list(zip(wanted, parts))
            if len(wanted) == len(parts) and all(want.startswith("{") or want == part for want, part in pairs):
                parameters = {want.strip("{+}"): decoded(part) for want, part in pairs if want.startswith("{")}
                if route[0] == method:
                    return route, parameters
        return None, parameters

    def request(self, method, target, body=None, headers=None, to=None, signed=True):
        """Sends a request as API Gateway would. `to` names the function of a request that has no route."""
        path, _, query = target.partition("?")
        route, parameters = self.route(method, path)
        if route is None and to is None:
            return Response(404, "application/json", '{"message":"Not Found"}')
        authorized, name = (route[2], route[3]) if route else (True, to)
        event = event_v2(method, path, query, body, headers or {}, route, parameters)
        if authorized and signed:
            event["requestContext"]["authorizer"] = {"iam": {
                "accessKey": "AKIAEXAMPLE", "accountId": "123456789012", "callerId": "AIDAEXAMPLE",
                "cognitoIdentity": None, "principalOrgId": "aws:PrincipalOrgID",
                "userArn": self.CALLER, "userId": "AIDAEXAMPLE",
            }}  # fmt: skip
        result = self.functions.invoke(name, event)
        headers = {key.lower(): value for key, value in result["headers"].items()}
        assert not result.get("isBase64Encoded"), f"{method} {path} returns base64: a JSON body should be text"
        return Response(result["statusCode"], headers.get("content-type"), result.get("body") or "")


def decoded(text):
    """A part of a path without its escapes, which is how HTTP APIs deliver it."""
    return urllib.parse.unquote(text, errors="replace")


def event_v2(method, path, query, body, headers, route, parameters):
    """An event of payload format 2.0. The path is delivered decoded, and ends where a `?` was escaped."""
    now = time.time()
    path = decoded(path).partition("?")[0]
    domain = "api.execute-api.us-east-1.amazonaws.com"
    key = f"{route[0]} {route[1]}" if route else "$default"
    event = {
        "version": "2.0",
        "routeKey": key,
        "rawPath": path,
        "rawQueryString": query,
        "headers": {
            "accept": "*/*", "content-length": str(len((body or "").encode())), "content-type": "application/json",
            "host": domain, "user-agent": "tests", "x-forwarded-for": "203.0.113.9", "x-forwarded-port": "443",
            "x-forwarded-proto": "https", **{name.lower(): value for name, value in headers.items()},
        },
        "requestContext": {
            "accountId": "123456789012", "apiId": "api", "domainName": domain, "domainPrefix": "api",
            "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "203.0.113.9",
                     "userAgent": "tests"},
            "requestId": f"req-{now:.6f}", "routeKey": key, "stage": "$default",
            "time": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(now)), "timeEpoch": int(now * 1000),
        },
        "isBase64Encoded": False,
    }  # fmt: skip
    if parameters:
        event["pathParameters"] = parameters
    if body is not None:
        event["body"] = body
    return event
