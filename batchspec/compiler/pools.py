"""Pools to the SDK's parameter objects."""

from __future__ import annotations

from typing import Any

from azure.batch.models import MetadataItem, PoolAddParameter, PoolSpecification, StartTask, VirtualMachineConfiguration

from batchspec import catalogue
from batchspec.compiler.extended import sdk_model
from batchspec.compiler.files import Files
from batchspec.compiler.lower import Makers, fields
from batchspec.compiler.runs import common
from batchspec.spec import model
from batchspec.spec.native import machines


def pool(written: model.Pool, files: Files) -> PoolAddParameter:
    """The pool's request body."""
    return PoolAddParameter(**_machines(written, files))


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


def _start_task(task: model.StartTask, files: Files) -> StartTask:
    return StartTask(
        **common(task, files),
        max_task_retry_count=task.retries,
    )
