"""A spec whose tasks run for a while, and the same with another pool: by another id, or by a change of size."""

from __future__ import annotations

from batchspec.run import Options

TASKS = [f"t{at}" for at in range(9)]
BASE = """\
batchspec: v1
name: demo
pool: {id: p, vm_size: Standard_D2s_v5, image: ubuntu-24.04, nodes: {dedicated: 2}, task_slots_per_node: 2}
job: {id: j}
tasks:
""" + "".join(f"  - {{id: {task_id}, command: /bin/true}}\n" for task_id in TASKS)
MOVED, LARGER = BASE.replace("id: p,", "id: q,"), BASE.replace("D2s", "D4s")
YES = Options(agree=lambda _plan: True, wait=False)
