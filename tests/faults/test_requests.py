"""The k-th request of a whole run fails, for every k and in every way, over the wire: Batch and Blob both."""

from __future__ import annotations

from collections import Counter
from itertools import count

import pytest

from batchspec.run import Verdict
from batchspec.run.events import Waiting
from tests.faults.inside import inside
from tests.faults.judges import kth, lost
from tests.faults.proxy import KINDS
from tests.faults.scene import Scene

TASKS = ("first", "last", "many-0", "many-1")


pytestmark = pytest.mark.usefixtures("impatient")


@pytest.mark.timeout(120)
@pytest.mark.parametrize("kind", KINDS)
def test_whichever_request_fails_the_work_is_done_once_and_the_next_apply_has_nothing_to_do(
    the_scene: Scene, kind: str
) -> None:
    for k in count(1):
        with the_scene.case() as case, inside(case) as world:
            case.given["many"] = "2"
            the_scene.proxy.judge(kth(k, kind))

            events, report = world.apply()

            hit = the_scene.proxy.hit
            assert report.verdict is Verdict.SUCCEEDED, (hit, report)
            assert report.diagnostics == (), hit
            assert Counter(case.ran.read_text().split()) == Counter(["start", *TASKS]), hit
            the_scene.proxy.judge()
            assert world.plan().empty, hit
            _, again = world.apply()
            assert again.verdict is Verdict.SUCCEEDED, hit
            case.check_home()
            case.check_alone()
        if hit is None:
            assert k > 20
            return
        assert any(isinstance(event, Waiting) for event in events) or hit.path == "/jobs", hit


CHANGES = {
    "the job is updated": {"many": "4", "first": "1", "priority": "7"},
    "the pool is replaced": {"vm_size": "Standard_D4s_v5"},
    "the job is replaced": {"word": "2"},
}


@pytest.mark.timeout(120)
@pytest.mark.parametrize("change", CHANGES)
def test_whichever_answer_to_a_change_is_lost_the_change_is_made_once(the_scene: Scene, change: str) -> None:
    for k in count(1):
        with the_scene.case() as case, inside(case) as world:
            case.given |= {"gate": str(case.gate), "many": "2"}
            the_scene.proxy.judge()
            world.apply(wait=False)
            case.given |= CHANGES[change]
            the_scene.proxy.judge(lost(k))

            _, report = world.apply(wait=False)

            hit = the_scene.proxy.hit
            assert report.verdict is Verdict.SUBMITTED, (hit, report)
            the_scene.proxy.judge()
            assert world.plan().empty, hit
            case.gate.touch()
            _, last = world.apply()
            assert last.verdict is Verdict.SUCCEEDED, (hit, last)
            tasks = {"the job is updated": ("first", "last", "many-1", "many-2", "many-3")}.get(change, TASKS)
            ran = Counter(case.ran.read_text().split())
            del ran["start"]
            assert ran == Counter(tasks), hit
            case.check_home()
            case.check_alone()
        if hit is None:
            assert k > 5
            return
