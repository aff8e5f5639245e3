"""The XML document that Put Block List sends."""

from __future__ import annotations

import base64
import binascii
from xml.parsers import expat

from batchspec.emulator.blob.errors import BlobError

MAX_BLOCKS = 50_000
MAX_DOCUMENT = 16 * 1024 * 1024
_MAX_ID = 64
_KINDS = frozenset({"Committed", "Uncommitted", "Latest"})


def check_block_id(block: str) -> None:
    """Raise unless this is base64 of at most 64 bytes."""
    try:
        decoded = base64.b64decode(block, validate=True)
    except (binascii.Error, ValueError):
        decoded = b""
    if not 0 < len(decoded) <= _MAX_ID:
        raise BlobError(
            "InvalidQueryParameterValue",
            QueryParameterName="blockid",
            QueryParameterValue=block,
            Reason="Not a valid base64 string of at most 64 bytes.",
        )


def read_block_list(document: bytes) -> list[tuple[str, str]]:
    """(Committed, Uncommitted or Latest; block id) for each block, in order; raises for anything else."""
    reader = _Reader()
    try:
        reader.parser.Parse(document, True)
    except expat.ExpatError as error:
        raise BlobError("InvalidXmlDocument", Reason=str(error)) from None
    if len(reader.blocks) > MAX_BLOCKS:
        raise BlobError("BlockCountExceedsLimit")
    return reader.blocks


class _Reader:
    """Two levels: `BlockList`, and in it one element per block whose text is the id."""

    def __init__(self) -> None:
        self.blocks: list[tuple[str, str]] = []
        self._path: list[str] = []
        self._text = ""
        self.parser = expat.ParserCreate()
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._data

    def _doctype(self, *_: object) -> None:
        # the door of entity expansion
        raise BlobError("InvalidXmlDocument", Reason="a block list has no document type")

    def _start(self, name: str, _: dict[str, str]) -> None:
        known = name == "BlockList" if not self._path else len(self._path) == 1 and name in _KINDS
        if not known:
            raise BlobError("InvalidXmlDocument", XmlNodeName=name)
        self._path.append(name)
        self._text = ""

    def _end(self, name: str) -> None:
        self._path.pop()
        if self._path:
            self.blocks.append((name, self._text.strip()))

    def _data(self, text: str) -> None:
        self._text += text
