"""Media types that Schemathesis does not know."""

import schemathesis


@schemathesis.serializer("application/x-ndjson")
def lines(_context, value):
    """Lines are sent as they were made; anything else is sent as its text."""
    return value if isinstance(value, bytes) else str(value).encode(errors="replace")
