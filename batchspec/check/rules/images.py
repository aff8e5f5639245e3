"""BS501, BS102, BS109: an image alias that we know."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from batchspec.check.rule import finding
from batchspec.diag import Diagnostic
from batchspec.spec.build import Spec
from batchspec.spec.images import ALIASES


def check(spec: Spec) -> Iterator[Diagnostic]:
    """The image is an alias of the catalogue, or a full reference."""
    pool = spec.keys.pool
    if isinstance(pool.image, str):
        if pool.image not in ALIASES:
            near = get_close_matches(pool.image, ALIASES, 1)
            hint = f'did you mean "{near[0]}"?' if near else f"aliases are {', '.join(ALIASES)}"
            yield finding("BS501", f'there is no image alias "{pool.image}"', pool.at("image"), "/pool/image", hint)
    elif pool.image.id is not None:
        for name in ("offer", "sku", "version"):
            if pool.image.has(name):
                place, hint = pool.image.node.keys[name], "a gallery image's id says which version it is"
                message = f'"{name}" cannot stand beside "id"'
                yield finding("BS109", message, place, f"{pool.image.pointer}/{name}", hint)
    elif pool.image.publisher is not None:
        for name in ("offer", "sku"):
            if not pool.image.has(name):
                key = pool.node.keys["image"]
                yield finding("BS102", f'the key "{name}" is missing', key, pool.image.pointer)
