"""Pool_*: through the vendor's client."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
from azure.batch import BatchServiceClient, models

from tests.contract.batch.support import code_of, pool_spec, unique, values_of
from tests.support.waiting import until


@pytest.fixture
def pool(client: BatchServiceClient) -> str:
    name = unique("pool")
    client.pool.add(pool_spec(name))
    return name


def test_a_pool_that_was_added_is_found_with_the_services_defaults(client: BatchServiceClient) -> None:
    name = unique("Pool")
    client.pool.add(pool_spec(name, display_name="A pool", metadata=[models.MetadataItem(name="k", value="v")]))

    pool = client.pool.get(name.upper())

    assert (pool.id, pool.display_name, pool.state, pool.vm_size) == (name, "A pool", "active", "Standard_D2s_v5")
    assert pool.resize_timeout == timedelta(minutes=15)
    assert (pool.task_slots_per_node, pool.task_scheduling_policy.node_fill_type) == (1, "spread")
    assert (pool.enable_auto_scale, pool.enable_inter_node_communication) == (False, False)
    assert [(item.name, item.value) for item in pool.metadata] == [("k", "v")]
    assert client.pool.exists(name)


def test_a_pool_that_is_not_there_is_not_found(client: BatchServiceClient) -> None:
    with pytest.raises(models.BatchErrorException) as refusal:
        client.pool.get("nowhere")

    assert code_of(refusal) == "PoolNotFound"
    assert not client.pool.exists("nowhere")


def test_a_pool_cannot_be_added_twice(client: BatchServiceClient, pool: str) -> None:
    with pytest.raises(models.BatchErrorException) as refusal:
        client.pool.add(pool_spec(pool.upper()))

    assert code_of(refusal) == "PoolExists"


@pytest.mark.parametrize(
    ("nodes", "named"),
    [
        ({"target_dedicated_nodes": 100_000_000}, ("targetDedicatedNodes", "100000000")),
        ({"target_dedicated_nodes": 400, "target_low_priority_nodes": 601}, ("targetLowPriorityNodes", "601")),
    ],
)
def test_more_nodes_than_a_machine_can_play_are_refused_by_name(
    client: BatchServiceClient, pool: str, nodes: dict[str, int], named: tuple[str, str]
) -> None:
    name = unique("pool")
    requests = [
        partial(client.pool.add, pool_spec(name, **nodes)),
        partial(client.pool.resize, pool, models.PoolResizeParameter(**nodes)),
    ]
    for request in requests:
        with pytest.raises(models.BatchErrorException) as refusal:
            request()

        values = values_of(refusal)
        assert (code_of(refusal), refusal.value.response.status_code) == ("InvalidPropertyValue", 400)
        assert (values["PropertyName"], values["PropertyValue"]) == named
        assert "at most 1000 nodes" in values["Reason"]
    assert not client.pool.exists(name)
    assert client.pool.get(pool).allocation_state == "steady"


def test_a_start_task_gets_the_services_defaults(client: BatchServiceClient) -> None:
    name = unique("pool")
    client.pool.add(pool_spec(name, start_task=models.StartTask(command_line="/bin/true")))

    start = client.pool.get(name).start_task

    assert (start.wait_for_success, start.max_task_retry_count) == (True, 0)
    assert (start.user_identity.auto_user.scope, start.user_identity.auto_user.elevation_level) == ("pool", "nonadmin")


def test_a_start_task_as_administrator_is_refused_by_name(client: BatchServiceClient) -> None:
    admin = models.UserIdentity(auto_user=models.AutoUserSpecification(elevation_level="admin", scope="pool"))
    start = models.StartTask(command_line="/bin/true", user_identity=admin)

    with pytest.raises(models.BatchErrorException) as refusal:
        client.pool.add(pool_spec(unique("pool"), start_task=start))

    assert code_of(refusal) == "UnsupportedProperty"
    assert values_of(refusal)["PropertyName"] == "startTask.userIdentity.autoUser.elevationLevel"
    assert "never runs anything as administrator" in values_of(refusal)["Reason"]


def test_a_pool_grows_and_shrinks(client: BatchServiceClient, pool: str) -> None:
    client.pool.resize(pool, models.PoolResizeParameter(target_dedicated_nodes=2, target_low_priority_nodes=1))
    until(lambda: client.pool.get(pool).allocation_state == "steady")
    until(lambda: [node.state for node in client.compute_node.list(pool)] == ["idle"] * 3)
    nodes = list(client.compute_node.list(pool))
    client.pool.remove_nodes(pool, models.NodeRemoveParameter(node_list=[nodes[0].id]))
    until(lambda: client.pool.get(pool).allocation_state == "steady")

    left = {node.id for node in client.compute_node.list(pool)}

    assert sum(node.is_dedicated for node in nodes) == 2
    assert left == {node.id for node in nodes[1:]}


def test_stopping_a_resize_needs_one(client: BatchServiceClient, pool: str) -> None:
    with pytest.raises(models.BatchErrorException) as refusal:
        client.pool.stop_resize(pool)

    assert refusal.value.response.status_code == 409


def test_a_patch_changes_what_it_names_alone(client: BatchServiceClient) -> None:
    name = unique("pool")
    start = models.StartTask(command_line="/bin/true")
    client.pool.add(pool_spec(name, start_task=start))

    client.pool.patch(name, models.PoolPatchParameter(metadata=[models.MetadataItem(name="a", value="1")]))

    pool = client.pool.get(name)
    assert pool.start_task.command_line == "/bin/true"
    assert pool.metadata[0].value == "1"


def test_an_update_removes_what_it_does_not_name(client: BatchServiceClient) -> None:
    name = unique("pool")
    client.pool.add(pool_spec(name, start_task=models.StartTask(command_line="/bin/true")))

    update = models.PoolUpdatePropertiesParameter(
        certificate_references=[], application_package_references=[], metadata=[]
    )
    client.pool.update_properties(name, update)

    pool = client.pool.get(name)
    assert pool.start_task is None
    assert pool.target_node_communication_mode == "default"


def test_a_stale_etag_is_refused_and_a_current_one_is_not(client: BatchServiceClient, pool: str) -> None:
    before = client.pool.get(pool).e_tag
    client.pool.patch(pool, models.PoolPatchParameter(metadata=[]), models.PoolPatchOptions(if_match=before))

    with pytest.raises(models.BatchErrorException) as refusal:
        client.pool.delete(pool, models.PoolDeleteOptions(if_match=before))

    assert code_of(refusal) == "ConditionNotMet"
    assert refusal.value.response.status_code == 412
    assert client.pool.get(pool).e_tag != before


def test_a_deleted_pool_goes_away(client: BatchServiceClient, pool: str) -> None:
    client.pool.delete(pool)

    until(lambda: not client.pool.exists(pool))


def test_pools_are_filtered_selected_and_paged(client: BatchServiceClient) -> None:
    prefix = unique("many")
    names = [f"{prefix}-{n}" for n in range(5)]
    for name in names:
        client.pool.add(pool_spec(name))
    options = models.PoolListOptions(
        filter=f"startswith(id,'{prefix}') and state eq 'active'", select="id", max_results=2
    )

    pools = list(client.pool.list(options))

    assert [pool.id for pool in pools] == names
    assert {pool.vm_size for pool in pools} == {None}
