"""What the shared keys of Batch and of storage have in common: the headers they sign, and the HMAC."""

from __future__ import annotations

import base64
import hashlib
import hmac

SIGNED_HEADERS = (
    "content-encoding",
    "content-language",
    "content-length",
    "content-md5",
    "content-type",
    "date",
    "if-modified-since",
    "if-match",
    "if-none-match",
    "if-unmodified-since",
    "range",
)


def sign(text: str, key: bytes) -> str:
    """The signature of a string to sign: HMAC-SHA256, in base64."""
    return base64.b64encode(hmac.new(key, text.encode(), hashlib.sha256).digest()).decode()


def same_signature(text: str, signature: str, key: bytes) -> bool:
    """Whether a signature is the right one, in a time that does not tell how wrong it is."""
    # Encoded, because a stranger's signature may be no ASCII, and compare_digest refuses such texts.
    return hmac.compare_digest(sign(text, key).encode(), signature.encode())
