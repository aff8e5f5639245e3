"""Pages: an opaque token that says after which item the next page begins.

The token names a key and not a count, so items that come or go between two pages neither repeat nor hide
others. `odata.nextLink` is absolute, keeps the query of the request, and is absent on the last page.
"""

from __future__ import annotations

import base64
import binascii
from urllib.parse import quote, urlencode

from batchspec.emulator.wire.errors import query_error
from batchspec.emulator.wire.request import Request

TOKEN = "$skiptoken"  # noqa: S105 - the name of a query parameter


def write_token(key: str) -> str:
    """The token for the page after `key`; letters, digits, - and _ only."""
    return base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")


def read_token(request: Request) -> str | None:
    """The key after which the request's page begins; None for the first page."""
    text = request.query.get(TOKEN)
    if text is None:
        return None
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        raise query_error("InvalidQueryParameterValue", TOKEN, text, "not a token of this service") from None


def next_link(request: Request, base_url: str, key: str) -> str:
    """The URL of the page after `key`."""
    kept = [(name, value) for name, value in request.pairs if name.lower() != TOKEN]
    query = urlencode([*kept, (TOKEN, write_token(key))], quote_via=quote, safe="$")
    return f"{base_url}{request.raw_path}?{query}"
