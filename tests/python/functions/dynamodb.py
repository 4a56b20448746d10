"""A client of the embedded DynamoDB over HTTP, with the operations that the tests use."""

import json
import urllib.error
import urllib.request

HEADERS = {
    "content-type": "application/x-amz-json-1.0",
    # The embedded DynamoDB requires a signature and does not verify it.
    "authorization": "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, "
    "SignedHeaders=host;x-amz-date, Signature=0",
    "x-amz-date": "20260101T000000Z",
}


class DynamoDb:
    def __init__(self, endpoint):
        self.endpoint = endpoint

    def call(self, operation, **parameters):
        request = urllib.request.Request(
            self.endpoint,
            json.dumps(parameters).encode(),
            {**HEADERS, "x-amz-target": f"DynamoDB_20120810.{operation}"},
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{operation}: {error.code} {error.read().decode()}") from error

    def scan(self, table):
        items, start = [], {}
        while start is not None:
            page = self.call("Scan", TableName=table, **start)
            items += page["Items"]
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]} if page.get("LastEvaluatedKey") else None
        return items

    def hot_rows(self, org):
        """The number of an org's rows in the events table."""
        return sum(item["pk"]["S"].startswith(f"{org}#") for item in self.scan("audit-events"))

    def put(self, table, item):
        self.call("PutItem", TableName=table, Item=item)

    def delete(self, table, key):
        self.call("DeleteItem", TableName=table, Key=key)
