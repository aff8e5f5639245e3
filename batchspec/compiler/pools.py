"""Pools to the SDK's parameter objects."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from azure.batch.models import MetadataItem, PoolAddParameter, PoolSpecification, StartTask, VirtualMachineConfiguration

from batchspec import catalogue
from batchspec.compiler import ends
from batchspec.compiler.extended import sdk_model
from batchspec.compiler.files import Files
from batchspec.compiler.lower import Makers, fields
from batchspec.compiler.runs import common
from batchspec.spec import model
from batchspec.spec.native import machines


def pool(written: model.Pool, files: Files, *, idle: bool) -> PoolAddParameter:
    """The pool's request body. idle: whether its nodes shall go when they have nothing to do."""
    return PoolAddParameter(**{**_machines(written, files), **_ending(written, files, idle=idle)})


def specification(written: model.PoolSpecification, files: Files) -> PoolSpecification:
    """The machines of an auto pool."""
    return PoolSpecification(**_machines(written, files))


def metadata(written: dict[str, str] | None) -> list[MetadataItem] | None:
    """Metadata as the service's list."""
    return [MetadataItem(name=name, value=value) for name, value in (written or {}).items()] or None


def _machines(written: model.PoolSpecification, files: Files) -> dict[str, Any]:
    makers: Makers = {
        model.StartTask: lambda task: _start_task(task, files),
        machines.VirtualMachineConfiguration: lambda own: _virtual(written.image, fields(own)),
    }
    made = {"virtual_machine_configuration": _virtual(written.image, {}), **fields(written, makers)}
    return {**made, **_nodes(written.nodes), "metadata": metadata(written.metadata)}


def _virtual(image: str | model.Image | None, more: dict[str, Any]) -> VirtualMachineConfiguration | None:
    """The image and its node agent, and what else the machines are; without an image only what was written."""
    if image is None and not more:
        return None
    parts = _image(image) if image is not None else {"image_reference": None, "node_agent_sku_id": None}
    return VirtualMachineConfiguration(**parts, **more)


def _image(image: str | model.Image) -> dict[str, Any]:
    """The image and its node agent."""
    reference = sdk_model("ImageReference")
    if isinstance(image, str):
        known = catalogue.ALIASES[image]
        made = reference(publisher=known.publisher, offer=known.offer, sku=known.sku, version="latest")
        return {"image_reference": made, "node_agent_sku_id": known.node_agent_sku_id}
    made = reference(**fields(image), virtual_machine_image_id=image.id)
    return {"image_reference": made, "node_agent_sku_id": image.node_agent_sku_id}


def _nodes(nodes: model.Nodes | None) -> dict[str, Any]:
    if nodes is None:
        return {}
    made: dict[str, Any] = {"target_dedicated_nodes": nodes.dedicated, "target_low_priority_nodes": nodes.spot}
    if nodes.autoscale is not None:
        made |= {
            "enable_auto_scale": nodes.autoscale.enabled,
            "auto_scale_formula": nodes.autoscale.formula,
            "auto_scale_evaluation_interval": nodes.autoscale.interval,
        }
    return made


def _ending(written: model.Pool, files: Files, *, idle: bool) -> dict[str, Any]:
    """The formula that takes the nodes away, in place of what sets their number."""
    found = None if written.nodes is None else _ends(written.nodes, written.lifetime, idle=idle)
    if found is None:
        return {}
    made: dict[str, Any] = {"enable_auto_scale": True, "auto_scale_formula": ends.formula(found, files.links.moment)}
    if not found.own:
        made |= {"target_dedicated_nodes": None, "target_low_priority_nodes": None}
        made |= {"auto_scale_evaluation_interval": ends.INTERVAL}
    return made


def _ends(nodes: model.Nodes, lifetime: timedelta | None, *, idle: bool) -> ends.Ends | None:
    own = nodes.autoscale
    if own is not None and own.enabled:  # the user's formula knows best when its nodes have nothing to do
        return ends.Ends(lifetime=lifetime, own=own.formula) if lifetime and own.formula else None
    dedicated, spot = nodes.dedicated or 0, nodes.spot or 0
    return ends.Ends(dedicated, spot, idle, lifetime) if dedicated + spot and (idle or lifetime) else None


def _start_task(task: model.StartTask, files: Files) -> StartTask:
    return StartTask(
        **common(task, files),
        max_task_retry_count=task.retries,
    )
