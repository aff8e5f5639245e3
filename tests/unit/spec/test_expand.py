"""The quick way to a template's tasks makes what the plain way makes."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings, strategies as st

from batchspec.reading import Mapping, Node, Scalar, Sequence
from batchspec.spec.draft import Settings, draft
from batchspec.spec.expand import Broken, Expanded, exactly, expand
from batchspec.spec.model import Matrix, Task
from batchspec.spec.table import Bound
from batchspec.spec.template import Template
from tests.support.project import HEAD, Project
from tests.support.strategies import node

values_ = st.one_of(
    st.sampled_from(["a", "b-c", "x y", "", "1", "2h", "100%", "%s", "${{", "{}", "é", "a" * 70]),
    st.integers(-3, 300),
    st.booleans(),
    st.floats(-2, 2),
)
texts = st.lists(
    st.sampled_from(
        [
            "a", "-", "%", "%s ", "{0}", "}}", " ",
            "${{ matrix.i }}", "${{matrix.j}}", "${{ matrix.i }}",
            "${{ params.p }}", "${{ params.s }}", "${{ params.gone }}", "${{ env.E }}", "${{ env.NO | default('d') }}",
            "${{ matrix.i ~ params.p }}", "${{ matrix.i // matrix.j }}", "${{ matrix.nope }}", "${{ matrix.i.path }}",
            "${{ null }}", "${{ '${{' }}", "${{ 7 }}", "${{ matrix.i | default('x') }}",
        ]
    ),
    min_size=1,
    max_size=3,
).map("".join)  # fmt: skip
anything = st.one_of(texts, texts, values_)
tasks = st.fixed_dictionaries(
    {"id": texts, "run": texts},
    optional={
        "name": anything,
        "timeout": anything,
        "required_slots": anything,
        "environment": st.dictionaries(st.sampled_from(["A", "B"]), anything, max_size=2),
        "inputs": st.lists(st.fixed_dictionaries({"url": texts}, optional={"to": anything}), max_size=2),
        "depends_on": st.lists(anything, max_size=2),
    },
)
axes = st.fixed_dictionaries(
    {},
    optional={
        "i": st.lists(values_, min_size=1, max_size=3),
        "j": st.one_of(st.lists(values_, min_size=1, max_size=3), st.just({"range": 3})),
        "include": st.lists(st.fixed_dictionaries({"i": values_, "j": values_}), max_size=2),
    },
).filter(bool)


def plainly(one: Any) -> Any:
    """All that a value is made of, to compare by."""
    if isinstance(one, Bound):
        given = {name: value for name, value in one.__dict__.items() if name in type(one).rows}
        model = Task if isinstance(one, Task) else type(one)
        return model, one.pointer, plainly(one.node), {name: plainly(value) for name, value in given.items()}
    if isinstance(one, Scalar):
        return type(one.value), one.value, one.start, one.end, one.secret
    if isinstance(one, Sequence):
        return [plainly(item) for item in one.items]
    if isinstance(one, Mapping):
        return {name: (plainly(one.keys[name]), plainly(value)) for name, value in one.items()}
    if isinstance(one, (tuple, list)):
        return [plainly(item) for item in one]
    if isinstance(one, Matrix):
        return plainly(one.node), plainly(one.axes), plainly(one.include)
    if isinstance(one, dict):
        return {name: plainly(value) for name, value in one.items()}
    return type(one), one if one == one else "nan"


def outcome(one: Task | Broken) -> Any:
    if isinstance(one, Task):
        return plainly(one)
    return one.problems, plainly(one.misfit)


def template(task: dict[str, Any], matrix: dict[str, Any]) -> tuple[Template, frozenset[str]]:
    spec = {
        "parameters": {
            "p": {"default": "value"},
            "s": {"default": "${{ env.E }}"},
            "gone": {"type": "integer", "default": "x"},
        },
        "tasks": [{**task, "matrix": matrix}],
    }
    document = node(spec)
    assert isinstance(document, Mapping)
    drafted = draft(document, Settings(environ={"E": "secret"}))
    return drafted.templates[0], drafted.environment.secrets


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tasks, axes)
def test_a_task_made_quickly_is_the_task_made_in_full(task: dict[str, Any], matrix: dict[str, Any]) -> None:
    quick, _ = template(task, matrix)
    full, _ = template(task, matrix)
    if quick.combinations is None:
        return

    made = [outcome(one) for one in expand(quick)]

    assert full.combinations is not None
    assert made == [outcome(exactly(full, row, {})) for row in full.combinations]
    env, other = quick.contexts["env"], full.contexts["env"]
    assert env.secrets == other.secrets  # type: ignore[attr-defined]  # an Environment


MANY = """tasks:
  - id: a-${{ matrix.i }}
    run: echo ${{ matrix.i }}
    inputs: [{url: "https://host/x"}, {url: "https://host/${{ matrix.i }}"}]
    environment: {A: fixed}
    matrix: {i: {range: 100}}
"""


def test_what_combinations_share_is_one_object_and_nodes_are_made_when_asked_for(project: Project) -> None:
    *_, one, other = project.spec(HEAD + MANY).tasks

    assert isinstance(one, Expanded)
    assert one.environment is other.environment
    assert one.inputs[0] is other.inputs[0]
    assert one.inputs[1] is not other.inputs[1]
    assert one.at("id").value == "a-98"  # type: ignore[attr-defined]  # a scalar
    assert one.at("inputs", "nope") is not one.node
    assert one.at("environment") is other.at("environment")
    assert one.has("inputs")
    assert not one.has("name")
    assert "node" not in other.__dict__
    assert isinstance(other.node, Mapping)
    assert other.at("inputs") is other.node.values["inputs"]


def test_what_is_a_tasks_own_in_a_list_has_its_node_when_it_is_asked_for(project: Project) -> None:
    own = project.spec(HEAD + MANY).tasks[-1].inputs[1]

    assert "node" not in own.__dict__
    assert own.pointer == "/tasks/0/inputs/1"
    assert own.at("url").value == "https://host/99"  # type: ignore[attr-defined]  # a scalar
    assert own.node is own.node
    assert own.has("url")
    assert not own.has("to")


def test_a_place_is_where_the_template_says_it(project: Project) -> None:
    task = project.spec(HEAD + MANY).tasks[7]
    place: Node = task.at("run")

    assert (place.span.start.line, place.span.start.column) == (7, 10)
