"""Sends the same request to a deployment and to `audit serve`, and compares both responses."""

import json
import re
import time

# When the service received something, which differs between the two.
CLOCK = re.compile(r'"(ingested_at|created_at|updated_at)":"[^"]*"')
# At the end of a search from the oldest event this is the present; elsewhere it is the instant of an event.
SCANNED = re.compile(r'"scanned_through":"([^"]*)"')


def without_clock(text):
    an_hour_ago = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() - 3600))
    text = SCANNED.sub(lambda found: '"scanned_through":"now"' if found[1] > an_hour_ago else found[0], text)
    return CLOCK.sub(r'"\1":""', text)


# The key of the ids of every org that is registered on both.
ID_KEY = "07" * 32


class OrgsTable:
    """The orgs table of a service."""

    def __init__(self, dynamodb, name):
        self.dynamodb, self.name = dynamodb, name

    def set_id_key(self, org):
        """Gives an org the key of its ids, also before it is registered."""
        self.dynamodb.update_item(
            TableName=self.name,
            Key={"org_id": {"S": org}},
            UpdateExpression="SET id_key = :id_key",
            ExpressionAttributeValues={":id_key": {"S": ID_KEY}},
        )


class Pair:
    """A deployment of the API, and `audit serve` as its reference, with the orgs table of each."""

    def __init__(self, deployed, reference, *orgs_tables):
        self.deployed, self.reference, self.orgs_tables = deployed, reference, orgs_tables

    def same(self, method, target, body=None, status=None, headers=None, **deployed_only):
        """Sends a request to both. Asserts that status, media type and body are the same; returns the response."""
        if method == "PUT" and status == 200:
            # Equal events have equal ids only under equal keys.
            for table in self.orgs_tables:
                table.set_id_key(target.removeprefix("/v1/orgs/"))
        found = self.deployed.request(method, target, body, headers, **deployed_only)
        expected = self.reference.request(method, target, body, headers)
        what = f"{method} {target}: {found}"
        assert (found.status, found.media_type) == (expected.status, expected.media_type), what
        assert without_clock(found.text) == without_clock(expected.text), what
        assert status is None or found.status == status, what
        return found

    def walk(self, target):
        """Follows the cursors of a search to its end, the same on both. Returns the ids and the number of pages."""
        ids, cursor, pages = [], None, 0
        joint = "&" if "?" in target else "?"
        while True:
            page = json.loads(
                self.same("GET", f"{target}{joint}cursor={cursor}" if cursor else target, status=200).text
            )
            ids += [event["id"] for event in page["events"]]
            pages, cursor = pages + 1, page["next_cursor"]
            if cursor is None:
                return ids, pages
