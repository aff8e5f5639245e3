"""BS501, BS102, BS109, BS350: an image alias that we know, or a whole reference with the agent that fits it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from batchspec import catalogue
from batchspec.check.pools import image_name, pools
from batchspec.check.rule import finding
from batchspec.diag import Diagnostic
from batchspec.spec.build import Spec
from batchspec.spec.model import Image, PoolSpecification

_SOURCES = ("publisher", "id", "shared_gallery_image_id", "community_gallery_image_id")


def check(spec: Spec) -> Iterator[Diagnostic]:
    """The images of all pools."""
    for pool in pools(spec):
        if isinstance(pool.image, str):
            yield from _alias(pool, pool.image)
        elif pool.image is not None:
            yield from _reference(pool, pool.image)
            yield from _agent(pool.image)


def _alias(pool: PoolSpecification, name: str) -> Iterator[Diagnostic]:
    if name not in catalogue.ALIASES:
        from difflib import get_close_matches  # only a wrong one needs it

        near = get_close_matches(name, catalogue.ALIASES, 1)
        hint = f'did you mean "{near[0]}"?' if near else f"aliases are {', '.join(catalogue.ALIASES)}"
        yield finding("BS501", f'there is no image alias "{name}"', pool.at("image"), f"{pool.pointer}/image", hint)


def _reference(pool: PoolSpecification, image: Image) -> Iterator[Diagnostic]:
    given = [name for name in _SOURCES if image.has(name)]
    if len(given) > 1:
        yield from _excluded(
            image, given[1:], given[0], "an image is of the marketplace or of a gallery; keep one of them"
        )
    elif given and given[0] != "publisher":
        names = [name for name in ("offer", "sku", "version") if image.has(name)]
        yield from _excluded(image, names, given[0], "a gallery image's id says which version it is")
    elif given:
        for name in ("offer", "sku"):
            if not image.has(name):
                key = pool.node.keys["image"]
                yield finding("BS102", f'the key "{name}" is missing', key, image.pointer)


def _excluded(image: Image, names: Iterable[str], beside: str, hint: str) -> Iterator[Diagnostic]:
    for name in names:
        message = f'"{name}" cannot stand beside "{beside}"'
        yield finding("BS109", message, image.node.keys[name], f"{image.pointer}/{name}", hint)


def _agent(image: Image) -> Iterator[Diagnostic]:
    name = image_name(image)
    if name is not None and catalogue.agent_fits(name, image.node_agent_sku_id) is False:
        known = catalogue.image(name)
        message = f'node agent "{image.node_agent_sku_id}" does not fit the image "{name}"'
        hint = f'set node_agent_sku_id to "{known.node_agent_sku_id}"' if known else None
        place = f"{image.pointer}/node_agent_sku_id"
        yield finding("BS350", message, image.at("node_agent_sku_id"), place, hint)
