"""The functions: each `bootstrap` in a process of its own, with the environment that Lambda would give it."""

import json
import time
import urllib.parse

from emulator import Emulator
from served import Answer

REGION = "us-east-1"


class FunctionError(Exception):
    """A function answered with an error, as Step Functions names it."""

    def __init__(self, name, cause):
        super().__init__(f"{name}: {cause}")
        self.name, self.cause = name, cause


class Functions:
    """All functions of a template over the stores of one `audit serve`."""

    def __init__(self, processes, template, stores):
        self.by_name = {function.name: function for function in template.functions()}
        functions = self.by_name.values()
        self.emulator = Emulator(processes, {function.binary: function.timeout_s for function in functions})
        self.processes, self.stores, self.started_at = processes, stores, {}

    def start(self, name):
        """Starts a bootstrap with nothing in its environment but what Lambda and the template set, and the local stores."""
        function, stores = self.by_name[name], self.stores
        environment = {
            **function.environment,
            "AWS_ENDPOINT_URL_DYNAMODB": stores.dynamodb,
            "AWS_ENDPOINT_URL_S3": stores.s3,
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
        self.processes.start(function.binary, [function.bootstrap], env=environment)

    def cold_start_ms(self, name):
        """From exec to the first answer. The emulator polls, which adds a few milliseconds."""
        answered_at = self.emulator.answered_at[self.by_name[name].binary]
        return (answered_at - self.started_at[name]) * 1000

    def invoke(self, name, payload):
        """Invokes a function and returns its answer as JSON; raises what Lambda would report as a function error."""
        status, text = self.emulator.invoke(self.by_name[name].binary, json.dumps(payload, ensure_ascii=False).encode())
        answer = json.loads(text) if text else None
        if status != 200:
            error = answer or {}
            raise FunctionError(error.get("errorType", "Lambda.Unknown"), error.get("errorMessage", text.decode()))
        return answer

    def largest(self, name):
        return self.emulator.largest[self.by_name[name].binary]


class Gateway:
    """The HTTP API: routes of the template, payload format 2.0."""

    CALLER = "arn:aws:iam::123456789012:user/platform"

    def __init__(self, functions):
        self.functions = functions
        self.routes = [
            (method, path, authorized, function.name)
            for function in functions.by_name.values()
            for method, path, authorized in function.routes
        ]

    def route(self, method, path):
        """The route that API Gateway would choose by the path as it was sent, and the path's parameters, decoded.

        Past the gateway there is no route of that method, but the parameters of the path are known.
        """
        parts, parameters = path.split("/"), {}
        for route in self.routes:
            wanted = route[1].split("/")
            pairs = list(zip(wanted, parts))
            if len(wanted) == len(parts) and all(want.startswith("{") or want == part for want, part in pairs):
                parameters = {want[1:-1]: decoded(part) for want, part in pairs if want.startswith("{")}
                if route[0] == method:
                    return route, parameters
        return None, parameters

    def request(self, method, target, body=None, headers=None, to=None, signed=True):
        """Sends a request as API Gateway would; `to` names a function that a route would not lead to."""
        path, _, query = target.partition("?")
        route, parameters = self.route(method, path)
        if route is None and to is None:
            return Answer(404, "application/json", '{"message":"Not Found"}')
        authorized, name = (route[2], route[3]) if route else (True, to)
        event = event_v2(method, path, query, body, headers or {}, route, parameters)
        if authorized and signed:
            event["requestContext"]["authorizer"] = {"iam": {
                "accessKey": "AKIAEXAMPLE", "accountId": "123456789012", "callerId": "AIDAEXAMPLE",
                "cognitoIdentity": None, "principalOrgId": "aws:PrincipalOrgID",
                "userArn": self.CALLER, "userId": "AIDAEXAMPLE",
            }}
        answer = self.functions.invoke(name, event)
        headers = {key.lower(): value for key, value in answer["headers"].items()}
        if answer.get("isBase64Encoded"):
            raise AssertionError(f"{method} {path} answers in base64: a JSON body should be text")
        return Answer(answer["statusCode"], headers.get("content-type"), answer.get("body") or "")


def decoded(text):
    """A part of a path without its escapes: HTTP APIs deliver no other."""
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
    }
    if parameters:
        event["pathParameters"] = parameters
    if body is not None:
        event["body"] = body
    return event
