"""Keys that the language does not know: what the user will have meant by them."""

from __future__ import annotations

import re
from difflib import get_close_matches

_LOW_PRIORITY = frozenset(("low_priority", "low_priority_nodes", "target_low_priority_nodes"))

# The service's own names of what has a friendly name.
_OURS = {
    "target_dedicated_nodes": "nodes.dedicated",
    "enable_auto_scale": "nodes.autoscale",
    "auto_scale_formula": "nodes.autoscale.formula",
    "auto_scale_evaluation_interval": "nodes.autoscale.interval",
    "image_reference": "image",
    "command_line": "command",
    "environment_settings": "environment",
    "common_environment_settings": "environment",
    "resource_files": "inputs",
    "output_files": "outputs",
    "max_task_retry_count": "retries",
    "max_wall_clock_time": "timeout",
    "retention_time": "retention",
    "job_preparation_task": "prepare",
    "job_release_task": "release",
    "recurrence_interval": "every",
    "do_not_run_until": "start",
    "do_not_run_after": "until",
    "start_window": "window",
    "upload_condition": "when",
    "file_pattern": "path",
    "http_url": "url",
}


def hint(name: str, known: list[str]) -> str:
    """What to write instead of a key. known: the keys that could stand there."""
    near, ours = _near(name, known), _OURS.get(_snake(name))
    if name == "<<":
        return "YAML 1.2 has no merge key; write the keys out, or give each value an alias of its own"
    if name in _LOW_PRIORITY:
        return "low-priority nodes are spot nodes now; write them as nodes.spot"
    if ours is not None and ours.partition(".")[0] in known:
        return f'it is written as "{ours}" here'
    return f'did you mean "{near[0]}"?' if near else f"the keys here are {', '.join(known)}"


def stands_for(name: str, known: list[str]) -> set[str]:
    """The keys that a key seems to stand for: a misspelt key is one fault, not two."""
    if name in _LOW_PRIORITY:
        return {"nodes"} & {*known}
    return {_OURS.get(_snake(name), "").partition(".")[0]} & {*known} or {*_near(name, known)}


def _near(name: str, known: list[str]) -> list[str]:
    return get_close_matches(name, known, 1, 0.7)


def _snake(name: str) -> str:
    """A name of the service's JSON as the SDK writes it."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
