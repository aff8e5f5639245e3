"""The pools that a spec describes, and what runs on each."""

from __future__ import annotations

from collections.abc import Iterator

from batchspec import catalogue
from batchspec.spec.build import Spec
from batchspec.spec.model import Image, PoolSpecification


def pools(spec: Spec) -> Iterator[PoolSpecification]:
    """The spec's pool, and the one that the service makes for its job."""
    job = spec.keys.job
    own = job.pool_info.auto_pool_specification if job is not None and job.pool_info is not None else None
    for pool in (spec.keys.pool, own.pool if own is not None else None):
        if pool is not None:
            yield pool


def image_name(image: str | Image | None) -> str | None:
    """An alias as written, or publisher:offer:sku; None for an image of a gallery."""
    if image is None or isinstance(image, str):
        return image
    if image.publisher is None or image.offer is None or image.sku is None:
        return None
    return f"{image.publisher}:{image.offer}:{image.sku}"


def os_of(pool: PoolSpecification) -> str | None:
    """The operating system of a pool's nodes, linux or windows, where the catalogue can tell."""
    name = image_name(pool.image)
    known = catalogue.os_of(name) if name is not None else None
    if known is None and isinstance(pool.image, Image):
        return catalogue.os_of(pool.image.node_agent_sku_id)
    return known
