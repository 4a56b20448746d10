"""Requests of the largest size that the API accepts."""

REQUEST_BYTES = 2_621_440
# One character of a JSON text each. Within a payload, where the body is itself a text, some take two.
UNITS = {"quotes": r"\"", "backslashes": r"\\", "letters beyond ASCII": "é", "spaces": " "}
EVENTS_PER_REQUEST = 11


def event(key, size, unit):
    """An event of exactly `size` bytes, its text a repetition of `unit`."""

    def made(text):
        return (
            '{"occurred_at":"2024-03-01T00:00:00Z","actor":{"id":"a"},"action":"large.stored","result":"succeeded",'
            f'"idempotency_key":"{key}","details":{{"t":"{text}"}}}}'
        )

    rest, width = size - len(made("")), len(unit.encode())
    return made(unit * (rest // width) + "x" * (rest % width))


def request(name, unit, size=REQUEST_BYTES):
    """A body of exactly `size` bytes."""
    made = [event(f"{name}-{number}", 250_000, unit) for number in range(EVENTS_PER_REQUEST - 1)]
    rest = size - len('{"events":[]}') - sum(len(each.encode()) + 1 for each in made)
    body = '{"events":[%s]}' % ",".join([*made, event(f"{name}-last", rest, unit)])
    assert len(body.encode()) == size
    return body
