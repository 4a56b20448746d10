"""A client of the embedded DynamoDB, with the operations that the tests use."""

import boto3


class DynamoDb:
    def __init__(self, endpoint):
        # Any key is accepted.
        keys = {"aws_access_key_id": "local", "aws_secret_access_key": "local"}
        self.client = boto3.client("dynamodb", endpoint_url=endpoint, region_name="us-east-1", **keys)

    def scan(self, table):
        pages = self.client.get_paginator("scan").paginate(TableName=table)
        return [item for page in pages for item in page["Items"]]

    def hot_rows(self, org):
        """The number of an org's rows in the events table."""
        return sum(item["pk"]["S"].startswith(f"{org}#") for item in self.scan("audit-events"))

    def put(self, table, item):
        self.client.put_item(TableName=table, Item=item)

    def delete(self, table, key):
        self.client.delete_item(TableName=table, Key=key)
