"""The XML documents that answers carry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from urllib.parse import quote

from batchspec.emulator.blob.model import Blob, Block, Container, Page
from batchspec.emulator.wire.times import header_time

_HEAD = '<?xml version="1.0" encoding="utf-8"?>'

# XML cannot carry these two at all; the service then sends the whole name percent-encoded and says so
_UNWRITABLE = frozenset("\ufffe\uffff")

_LISTED_PROPERTIES = (
    "Content-Type",
    "Content-Encoding",
    "Content-Language",
    "Content-MD5",
    "Cache-Control",
    "Content-Disposition",
)

# No logging, metrics, CORS rules, retention or web site: what a new account says.
SERVICE_PROPERTIES = (
    f"{_HEAD}<StorageServiceProperties>"
    "<Logging><Version>1.0</Version><Read>false</Read><Write>false</Write><Delete>false</Delete>"
    "<RetentionPolicy><Enabled>false</Enabled></RetentionPolicy></Logging>"
    "<HourMetrics><Version>1.0</Version><Enabled>false</Enabled>"
    "<RetentionPolicy><Enabled>false</Enabled></RetentionPolicy></HourMetrics>"
    "<MinuteMetrics><Version>1.0</Version><Enabled>false</Enabled>"
    "<RetentionPolicy><Enabled>false</Enabled></RetentionPolicy></MinuteMetrics>"
    "<Cors /><DeleteRetentionPolicy><Enabled>false</Enabled></DeleteRetentionPolicy>"
    "<StaticWebsite><Enabled>false</Enabled></StaticWebsite></StorageServiceProperties>"
).encode()


def containers_document(
    endpoint: str, found: Sequence[Container], echoed: Mapping[str, str], marker: str, *, metadata: bool
) -> bytes:
    """The answer to List Containers; `echoed` are the request's own parameters by element name."""
    items = "".join(_container(item, metadata) for item in found)
    return (
        f'{_HEAD}<EnumerationResults ServiceEndpoint="{escape(endpoint)}">{_echo(echoed)}'
        f"<Containers>{items}</Containers>{_element('NextMarker', marker)}</EnumerationResults>"
    ).encode()


def blobs_document(
    endpoint: str, container: str, page: Page, echoed: Mapping[str, str], marker: str, *, metadata: bool
) -> bytes:
    """The answer to List Blobs."""
    items = "".join(
        f"<BlobPrefix>{_name(item)}</BlobPrefix>" if isinstance(item, str) else _blob(item, metadata)
        for item in page.items
    )
    return (
        f'{_HEAD}<EnumerationResults ServiceEndpoint="{escape(endpoint)}"'
        f' ContainerName="{escape(container)}">{_echo(echoed)}'
        f"<Blobs>{items}</Blobs>{_element('NextMarker', marker)}</EnumerationResults>"
    ).encode()


def block_list_document(committed: Iterable[Block] | None, staged: Iterable[Block] | None) -> bytes:
    """The answer to Get Block List; a list that was not asked for is None."""
    lists = [("CommittedBlocks", committed), ("UncommittedBlocks", staged)]
    text = "".join(f"<{name}>{''.join(map(_block, blocks))}</{name}>" for name, blocks in lists if blocks is not None)
    return f"{_HEAD}<BlockList>{text}</BlockList>".encode()


def _container(item: Container, metadata: bool) -> str:
    properties = (
        f"{_element('Last-Modified', header_time(item.modified))}{_element('Etag', item.etag)}"
        "<LeaseStatus>unlocked</LeaseStatus><LeaseState>available</LeaseState>"
        "<HasImmutabilityPolicy>false</HasImmutabilityPolicy><HasLegalHold>false</HasLegalHold>"
    )
    extra = _metadata(item.metadata) if metadata else ""
    return f"<Container>{_element('Name', item.name)}<Properties>{properties}</Properties>{extra}</Container>"


def _blob(item: Blob, metadata: bool) -> str:
    # ETags stand in lists without their quotes
    properties = (
        f"{_element('Creation-Time', header_time(item.created))}"
        f"{_element('Last-Modified', header_time(item.modified))}"
        f"{_element('Etag', item.etag.strip(chr(34)))}"
        f"{_element('Content-Length', str(item.size))}"
        f"{''.join(_element(name, item.properties.get(name, '')) for name in _LISTED_PROPERTIES)}"
        "<BlobType>BlockBlob</BlobType><LeaseStatus>unlocked</LeaseStatus><LeaseState>available</LeaseState>"
        "<ServerEncrypted>false</ServerEncrypted>"
    )
    extra = _metadata(item.metadata) if metadata else ""
    return f"<Blob>{_name(item.name)}<Properties>{properties}</Properties>{extra}</Blob>"


def _block(block: Block) -> str:
    return f"<Block>{_element('Name', block.id)}{_element('Size', str(block.size))}</Block>"


def _metadata(metadata: Mapping[str, str]) -> str:
    return f"<Metadata>{''.join(_element(name, value) for name, value in metadata.items())}</Metadata>"


def _echo(values: Mapping[str, str]) -> str:
    return "".join(_element(name, value) for name, value in values.items() if value)


def _name(text: str) -> str:
    if _UNWRITABLE.isdisjoint(text):
        return _element("Name", text)
    return f'<Name Encoded="true">{quote(text, safe="")}</Name>'


def _element(name: str, text: str) -> str:
    return f"<{name}>{escape(text, quote=False)}</{name}>" if text else f"<{name} />"
