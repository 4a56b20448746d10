"""The same request to the functions and to `audit serve`, and whether both answer alike."""

import json
import re
import time

from checks import equal

# What tells when a request came, not what it said.
CLOCK = re.compile(r'"(ingested_at|created_at|updated_at)":"[^"]*"')
# Where a search from the oldest event has ended, it says how far time has come; elsewhere it names an event.
SCANNED = re.compile(r'"scanned_through":"([^"]*)"')


def without_clock(text):
    an_hour_ago = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() - 3600))
    text = SCANNED.sub(lambda found: '"scanned_through":"now"' if found[1] > an_hour_ago else found[0], text)
    return CLOCK.sub(r'"\1":""', text)


class Pair:
    def __init__(self, gateway, reference):
        self.gateway, self.reference = gateway, reference

    def same(self, method, target, body=None, status=None, headers=None, to=None):
        """Sends it to both; fails where status, media type or body differ. Returns the functions' answer."""
        found = self.gateway.request(method, target, body, headers, to=to)
        wanted = self.reference.request(method, target, body, headers)
        equal(found.status, wanted.status, f"{method} {target}: {found.text[:300]}")
        equal(found.kind, wanted.kind, f"{method} {target}")
        equal(without_clock(found.text), without_clock(wanted.text), f"{method} {target}")
        if status is not None:
            equal(found.status, status, f"{method} {target}: {found.text[:300]}")
        return found

    def walk(self, target):
        """Follows the cursors of a search to the end; both answer each page alike. Returns the events' ids."""
        ids, cursor, pages = [], None, 0
        joint = "&" if "?" in target else "?"
        while True:
            page = json.loads(self.same("GET", f"{target}{joint}cursor={cursor}" if cursor else target, status=200).text)
            ids += [event["id"] for event in page["events"]]
            pages, cursor = pages + 1, page["next_cursor"]
            if cursor is None:
                return ids, pages
