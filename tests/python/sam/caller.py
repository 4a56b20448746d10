"""A caller of the deployed API, which signs as an IAM principal does (SigV4)."""

import http.client
import json
import urllib.parse

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from support.client import Client, Response

REGION = "us-east-1"


class Caller(Client):
    """Sends requests to the API of a stack, with the keys of one principal."""

    def __init__(self, stack, key):
        self.stack, self.key = stack, key

    def signature(self, method, target, body, headers):
        scheme = self.stack.aws.endpoint.partition(":")[0]
        request = AWSRequest(method, f"{scheme}://{self.stack.host}{target}", data=body, headers=headers)
        SigV4Auth(Credentials(*self.key), "execute-api", REGION).add_auth(request)
        return dict(request.headers.items())

    def request(self, method, target, body=None, headers=None, signed=True, sent=None):
        """Signs a request and sends it. `sent` replaces the target or the body after signing."""
        body = body.encode() if isinstance(body, str) else body
        target = encoded(target)
        headers = {"host": self.stack.host, **{name.lower(): value for name, value in (headers or {}).items()}}
        headers = self.signature(method, target, body, headers) if signed else headers
        if sent:
            target, body = sent.get("target", target), sent.get("body", body)
        return self.send(method, target, body, headers)

    def send(self, method, target, body, headers):
        connection = self.connect()
        try:
            connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
            if body is not None:
                headers = {**headers, "content-length": str(len(body))}
            for name, value in headers.items():
                connection.putheader(name, value)
            connection.endheaders(body)
            response = connection.getresponse()
            return Response(response.status, response.getheader("content-type"), response.read().decode())
        finally:
            connection.close()

    def connect(self):
        aws, timeout_s = self.stack.aws, 120
        if aws.authority:
            return http.client.HTTPSConnection("localhost", aws.port, timeout=timeout_s, context=aws.trust())
        return http.client.HTTPConnection("localhost", aws.port, timeout=timeout_s)


def encoded(target):
    """A target with its query percent-encoded, as it must be signed. botocore does not encode it."""
    path, mark, query = target.partition("?")
    pairs = urllib.parse.parse_qsl(query, keep_blank_values=True)
    return path + mark + urllib.parse.urlencode(pairs, quote_via=urllib.parse.quote, safe="-_.~")


def create_user(aws, name, statements):
    """Creates an IAM user with a policy. Returns its access key."""
    iam = aws.client("iam")
    iam.create_user(UserName=name)
    document = json.dumps({"Version": "2012-10-17", "Statement": statements})
    iam.put_user_policy(UserName=name, PolicyName="tests", PolicyDocument=document)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return key["AccessKeyId"], key["SecretAccessKey"]


def allow(actions, resources):
    return {"Effect": "Allow", "Action": actions, "Resource": resources}
