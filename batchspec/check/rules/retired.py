"""BS351, BS352: images, node agents, VM sizes and API versions that are retired, or will be before long."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from batchspec import catalogue
from batchspec.check.pools import image_name, pools
from batchspec.check.rule import finding
from batchspec.diag import Diagnostic
from batchspec.reading import Node
from batchspec.spec.build import Spec
from batchspec.spec.model import PoolSpecification

SOON = 180  # days

_Named = tuple[str, str, str, Node, str]  # kind, name to look up, words for it, its place, its pointer


def check(spec: Spec) -> Iterator[Diagnostic]:
    """All that has a day on which it goes, judged by the day that the caller gave."""
    day = spec.as_of or catalogue.CATALOGUE_DATE
    keys = spec.keys
    named: list[_Named] = []
    if keys.has("api_version"):
        version = keys.api_version
        named.append(("api", version, f'API version "{version}"', keys.at("api_version"), "/api_version"))
    for pool in pools(spec):
        named += _of(pool)
    for kind, name, words, place, pointer in named:
        row = catalogue.retirement(kind, name)
        if row is not None:
            yield from _judge(row, day, words, place, pointer)


def _of(pool: PoolSpecification) -> Iterator[_Named]:
    size, image = pool.vm_size, pool.image
    yield "size", size, f'VM size "{size}"', pool.at("vm_size"), f"{pool.pointer}/vm_size"
    name = image_name(image)
    if isinstance(image, str):
        known = catalogue.ALIASES.get(image)
        if known is not None:
            yield "image", known.name, f'image "{image}"', pool.at("image"), f"{pool.pointer}/image"
    elif image is not None and name is not None and catalogue.retirement("image", name) is not None:
        yield "image", name, f'image "{name}"', image.at("sku"), f"{image.pointer}/sku"
    elif image is not None:
        agent, place = image.node_agent_sku_id, f"{image.pointer}/node_agent_sku_id"
        yield "agent", agent, f'node agent "{agent}"', image.at("node_agent_sku_id"), place


def _judge(row: catalogue.Retirement, day: date, words: str, place: Node, pointer: str) -> Iterator[Diagnostic]:
    left = (row.date - day).days
    hint = f"use {'an image for ' if row.kind == 'agent' else ''}{row.replacement}; see {row.source}"
    if left <= 0:
        yield finding("BS351", f"{words} was retired on {row.date}", place, pointer, hint)
    elif left <= SOON:
        message = f"{words} retires on {row.date}, in {left} {'day' if left == 1 else 'days'}"
        yield finding("BS352", message, place, pointer, hint)
