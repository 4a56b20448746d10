"""The media type that Schemathesis does not know."""

import schemathesis


@schemathesis.serializer("application/x-ndjson")
def lines(_context, value):
    """Generated lines are sent as they are, and any other value as its text."""
    return value if isinstance(value, bytes) else str(value).encode(errors="replace")
