"""What changes in place: every writable field has a row, or is replaced, and the rows are those of the patches."""

from __future__ import annotations

import pytest

from batchspec.planning.differences import Difference
from batchspec.planning.places import Place, place
from tests.support.wire_values import NEW, OLD, ROOTS, fields

# The members of the service's own requests: of the official document of 2024-02-01.19.0 PoolPatchParameter,
# PoolResizeParameter and PoolEnableAutoScaleParameter, JobPatchParameter, JobSchedulePatchParameter and
# TaskUpdateParameter; of 2025-06-01 the update requests of the REST reference. Two that nobody patches are apart: an
# id, and the action on completion of a job, which is armed.
SIZE = {
    "target_dedicated_nodes", "target_low_priority_nodes", "resize_timeout", "enable_auto_scale", "auto_scale_formula",
    "auto_scale_evaluation_interval",
}  # fmt: skip
ROWS: dict[tuple[str, str], dict[Place, set[str]]] = {
    ("pool", OLD): {
        Place.FREELY: {
            "start_task", "certificate_references", "application_package_references", "metadata",
            "target_node_communication_mode",
        },
        Place.RESIZE: SIZE,
    },
    ("pool", NEW): {
        Place.FREELY: {"start_task", "application_package_references", "metadata"},
        Place.EMPTY: {
            "display_name", "vm_size", "enable_inter_node_communication", "virtual_machine_configuration",
            "task_slots_per_node", "task_scheduling_policy", "network_configuration", "user_accounts",
            "mount_configuration", "upgrade_policy",
        },
        Place.RESIZE: SIZE,
    },
    ("job", OLD): {
        Place.FREELY: {
            "priority", "max_parallel_tasks", "allow_task_preemption", "on_all_tasks_complete", "constraints",
            "metadata",
        },
    },
    ("job", NEW): {
        Place.FREELY: {
            "priority", "max_parallel_tasks", "allow_task_preemption", "on_all_tasks_complete", "constraints",
            "metadata", "network_configuration",
        },
    },
    ("job_schedule", OLD): {Place.FREELY: {"schedule", "job_specification", "metadata"}},
    ("job_schedule", NEW): {Place.FREELY: {"schedule", "job_specification", "metadata"}},
    ("task", OLD): {Place.FREELY: {"constraints"}},
    ("task", NEW): {Place.FREELY: {"constraints"}},
}  # fmt: skip


@pytest.mark.parametrize(("kind", "version"), ROWS, ids=" ".join)
def test_every_field_changes_where_the_service_says_and_is_replaced_otherwise(kind: str, version: str) -> None:
    rows = {name: where for where, names in ROWS[kind, version].items() for name in names}

    found = {one.name: place(kind, version, Difference(f"{one.name}.x", 2, 1)) for one in fields(ROOTS[kind])}

    assert {name: where for name, where in found.items() if where is not Place.NEVER} == rows
    assert rows.keys() <= found.keys()


POOL_ID = "pool_info.pool_id"
SINGLE = {
    "another pool for a job": ("job", Difference(POOL_ID, "b", "a"), Place.DISABLED),
    "a named pool for one of the service's": ("job", Difference(POOL_ID, "b", None), Place.NEVER),
    "the service's own pool": ("job", Difference("pool_info.auto_pool_specification", {}, None), Place.NEVER),
    "a network taken away": ("job", Difference("network_configuration", None, {}), Place.NEVER),
    "a name taken away": ("job_schedule", Difference("display_name", None, "x"), Place.NEVER),
    "a start task taken away": ("pool", Difference("start_task", None, {}), Place.FREELY),
    "packages taken away": ("pool", Difference("application_package_references", None, []), Place.FREELY),
    "accounts taken away": ("pool", Difference("user_accounts", None, []), Place.EMPTY),
    "a pool's network taken away": ("pool", Difference("network_configuration", None, {}), Place.NEVER),
    "a part of a network": ("pool", Difference("network_configuration.subnet_id", "b", "a"), Place.EMPTY),
    "what nobody tells": ("pool", Difference("(hidden)", "x", None), Place.NEVER),
}


@pytest.mark.parametrize(("kind", "difference", "where"), SINGLE.values(), ids=SINGLE)
def test_what_has_no_value_that_says_none_cannot_be_taken_away_in_place(
    kind: str, difference: Difference, where: Place
) -> None:
    assert place(kind, NEW, difference) is where
