"""A client of the API. Subclasses send the request: to `audit serve`, to the functions, or to a deployed stack."""

import json
from dataclasses import dataclass

# The service accepts no more in one request.
REQUEST_EVENTS = 500
REQUEST_BYTES = 2_000_000


@dataclass
class Response:
    status: int
    media_type: str | None
    text: str

    def __repr__(self):
        return f"{self.status} {self.media_type} {self.text[:400]}"


class Client:
    def request(self, method, target, body=None, headers=None):
        """Sends a request and returns its response."""
        raise NotImplementedError

    def text(self, method, target, body=None, status=200):
        """Sends JSON, and returns the text of a response that must have a status."""
        body = body if body is None or isinstance(body, str) else json.dumps(body)
        response = self.request(method, target, body, {"content-type": "application/json"})
        assert response.status == status, f"{method} {target}: {response}"
        return response.text

    def json(self, method, target, body=None, status=200):
        return json.loads(self.text(method, target, body, status))

    def register(self, org):
        return self.json("PUT", f"/v1/orgs/{org}", {"name": org, "plan": "enterprise"})

    def record(self, org, events):
        """Records events, given as JSON texts or as objects. Returns their ids."""
        texts = [event if isinstance(event, str) else json.dumps(event) for event in events]
        stored = [self.json("POST", f"/v1/orgs/{org}/events", body, 201)["events"] for body in bodies(texts)]
        return [event["id"] for events in stored for event in events]

    def events(self, org, order="oldest"):
        """The events of all pages, each as the JSON text that was returned."""
        texts, cursor, decoder = [], "", json.JSONDecoder()
        while cursor is not None:
            page = self.text(
                "GET", f"/v1/orgs/{org}/events?order={order}&limit=1000" + (cursor and f"&cursor={cursor}")
            )
            at = len('{"events":[')
            while page[at] != "]":
                _, end = decoder.raw_decode(page, at)
                texts.append(page[at:end])
                at = end + (page[end] == ",")
            cursor = json.loads(page)["next_cursor"]
        return texts

    def ids(self, org):
        return [json.loads(text)["id"] for text in self.events(org, "newest")]


def bodies(texts):
    """Bodies of as few requests as the limits allow."""
    waiting, size = [], 0
    for text in texts:
        if waiting and (len(waiting) == REQUEST_EVENTS or size + len(text.encode()) > REQUEST_BYTES):
            yield body(waiting)
            waiting, size = [], 0
        waiting.append(text)
        size += len(text.encode())
    if waiting:
        yield body(waiting)


def body(texts):
    return '{"events":[' + ",".join(texts) + "]}"
