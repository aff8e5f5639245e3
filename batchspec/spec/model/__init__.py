"""The spec language, key by key: typed, frozen, and the one table that the JSON Schema is made from.

    SpecKeys
    +-- include: [file]
    +-- parameters: {name: Parameter}
    +-- storage: Storage
    +-- logs: Logs
    +-- pool: Pool               nodes: Nodes, image: alias or Image, start_task: StartTask
    +-- job: Job                 prepare: Preparation, release: Release, inputs, task_defaults: TaskDefaults
    +-- schedule: Schedule
    +-- tasks: [Task]            matrix: {axis: list or Axis}, inputs: [Input], outputs: [Output]
    +-- on_finish: OnFinish
    +-- targets: {name: patch}

These are the friendly names. Every other writable field of the service stands beside them under the SDK's own
snake_case name (`native` rows, and the tables of `batchspec.spec.native`).
"""

from batchspec.spec.model.common import ENVIRONMENT, ID, NAME, NoValue
from batchspec.spec.model.files import Input, Output
from batchspec.spec.model.job import AutoPool, Job, PoolInformation, Schedule
from batchspec.spec.model.matrix import MATRIX, Axis, Matrix
from batchspec.spec.model.parameters import Parameter
from batchspec.spec.model.pool import Autoscale, Image, Nodes, Pool, PoolSpecification
from batchspec.spec.model.runs import Manager, Preparation, Release, Runs, StartTask
from batchspec.spec.model.spec import Logs, OnFinish, SpecKeys, Storage
from batchspec.spec.model.tasks import IdRange, MultiInstance, Task, TaskDefaults

__all__ = [
    "ENVIRONMENT",
    "ID",
    "MATRIX",
    "NAME",
    "AutoPool",
    "Autoscale",
    "Axis",
    "IdRange",
    "Image",
    "Input",
    "Job",
    "Logs",
    "Manager",
    "Matrix",
    "MultiInstance",
    "NoValue",
    "Nodes",
    "OnFinish",
    "Output",
    "Parameter",
    "Pool",
    "PoolInformation",
    "PoolSpecification",
    "Preparation",
    "Release",
    "Runs",
    "Schedule",
    "SpecKeys",
    "StartTask",
    "Storage",
    "Task",
    "TaskDefaults",
]
