"""The script of the job manager task: what it asks for, and what it makes of the answers."""

from __future__ import annotations

import ast
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from batchspec.manager import FORMAT, KEY_VARIABLE, LINK_VARIABLE, SCRIPT, add_tasks
from tests.unit.manager.script import Hurried, as_process, run, tasks
from tests.unit.manager.service import JOB, MANAGER, Service, environment, serving, stored

BASE = "https://a.blob.example/nightly"


def test_the_script_and_the_compiler_agree_on_names() -> None:
    text = SCRIPT.read_text()

    assert add_tasks.FORMAT == FORMAT
    assert f'environ.get("{KEY_VARIABLE}")' in text
    assert f'start = environ.get("{KEY_VARIABLE}"), "{LINK_VARIABLE}"' in text


def test_as_a_process_it_adds_all_tasks_and_says_how_many(tmp_path: Path) -> None:
    with serving(Service()) as service:
        process = as_process(service, stored(tmp_path / "tasks.gz", tasks(250)))
        out, err = process.communicate(timeout=50)

    assert (process.returncode, err) == (0, "")
    assert out == f"batchspec: job {JOB} holds 250 tasks\n"
    assert set(service.tasks) == {MANAGER, *(task["id"] for task in tasks(250))}
    assert sorted(service.collections) == [50, 100, 100]


def test_run_and_signatures_are_put_in(tmp_path: Path) -> None:
    body = {
        "id": "a",
        "resourceFiles": [{"httpUrl": f"{BASE}/inputs/1%20a?<sas:r>", "filePath": "x"}],
        "outputFiles": [{"destination": {"container": {"path": "outputs/nightly/~run~/tasks/a", "containerUrl": ""}}}],
        "environmentSettings": [{"name": "X", "value": "https://else.example/x?<sas:r> outputs/other/~run~ ~run~"}],
    }
    body["outputFiles"][0]["destination"]["container"]["containerUrl"] = f"{BASE}?<sas:cw>"  # type: ignore[index]
    with serving(Service()) as service:
        code = run(service, stored(tmp_path / "tasks.gz", [body]))

    text = json.dumps(service.tasks["a"])
    assert code == 0
    assert f'"{BASE}/inputs/1%20a?sp=r&sig=abc%2F"' in text
    assert f'"containerUrl": "{BASE}?sp=cw&sig=def"' in text
    assert '"path": "outputs/nightly/job-3/tasks/a"' in text
    assert service.tasks["a"]["environmentSettings"] == body["environmentSettings"], "nobody else's texts are touched"


def test_requests_are_signed_and_name_the_job(tmp_path: Path) -> None:
    with serving(Service()) as service:
        run(service, stored(tmp_path / "tasks.gz", tasks(1)))

    assert service.requests[0] == "GET /jobs/nightly%3Ajob-3/taskcounts?api-version=2025-06-01"
    assert all(headers["Authorization"].startswith("SharedKey acct:") for headers in service.headers)


def test_a_request_that_is_too_large_is_halved(tmp_path: Path) -> None:
    with serving(Service(largest=30)) as service:
        code = run(service, stored(tmp_path / "tasks.gz", tasks(100)))

    assert (code, len(service.tasks)) == (0, 101)
    assert max(service.collections) <= 30


def test_large_tasks_go_in_small_requests(tmp_path: Path) -> None:
    large = [{"id": f"t{n}", "commandLine": "x" * 300_000} for n in range(5)]
    with serving(Service()) as service:
        code = run(service, stored(tmp_path / "tasks.gz", large))

    assert code == 0
    assert sorted(service.collections) == [1, 2, 2]


def test_a_task_that_the_service_refuses_ends_the_job_and_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    service = Service()
    service.refused = {"t3": "InvalidPropertyValue"}
    with serving(service):
        code = run(service, stored(tmp_path / "tasks.gz", tasks(5)))

    assert code == 1
    assert service.ended == "BatchspecTasksRefused"
    said = capsys.readouterr().err
    assert said == 'batchspec: the service refused 1 of 5 tasks:\n  task "t3": InvalidPropertyValue No.\n'


def test_many_refusals_are_told_in_part(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    service = Service()
    service.refused = {f"t{n}": "InvalidPropertyValue" for n in range(30)}
    with serving(service):
        run(service, stored(tmp_path / "tasks.gz", tasks(40)))

    said = capsys.readouterr().err
    assert said.count('task "t') == add_tasks.SHOWN
    assert "and 10 more" in said


def test_a_task_that_is_too_large_by_itself_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with serving(Service(largest=0)) as service:
        code = run(service, stored(tmp_path / "tasks.gz", tasks(2)))

    assert (code, service.ended) == (1, "BatchspecTasksRefused")
    assert 'task "t0": RequestBodyTooLarge' in capsys.readouterr().err


def test_a_server_error_of_one_task_is_asked_again_for_that_one(tmp_path: Path) -> None:
    service = Service()
    service.failing = {"t2": 3}
    with serving(service):
        code = run(service, stored(tmp_path / "tasks.gz", tasks(5)))

    assert code == 0
    assert service.collections == [5, 1, 1, 1]
    assert set(service.adds.values()) == {1}


def test_a_service_that_stays_busy_lets_the_task_be_tried_again(
    tmp_path: Path, hurried: Hurried, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving(Service(dict.fromkeys(range(1, 500), "503"))) as service:
        code = run(service, stored(tmp_path / "tasks.gz", tasks(5)))

    assert code == add_tasks.TRY_AGAIN
    assert hurried.now <= add_tasks.PATIENCE
    assert service.ended is None, "the job is left for the next try"
    assert "it answers 503" in capsys.readouterr().err


def test_it_waits_as_long_as_the_service_asks(tmp_path: Path, hurried: Hurried) -> None:
    with serving(Service({1: "429"})) as service:
        code = run(service, stored(tmp_path / "tasks.gz", tasks(1)))

    assert code == 0
    assert hurried.pauses[0] >= 1.0


@pytest.mark.parametrize("header", ["soon", "Wed, 21 Oct 2026 07:28:00 GMT", "-1", "²"])
def test_what_is_no_number_of_seconds_is_not_waited_for(tmp_path: Path, hurried: Hurried, header: str) -> None:
    service = Service({1: "429"})
    service.retry_after = header
    with serving(service):
        code = run(service, stored(tmp_path / "tasks.gz", tasks(1)))

    assert code == 0
    assert hurried.pauses[0] < 1.0


@pytest.mark.parametrize(("kind", "said"), [("401", "401"), ("403", "403"), ("page", "200")])
def test_who_is_not_let_in_says_so_and_ends(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str, said: str
) -> None:
    with serving(Service(dict.fromkeys(range(1, 500), kind))) as service:
        code = run(service, stored(tmp_path / "tasks.gz", tasks(5)))

    assert code == add_tasks.REFUSED
    answer = f"the service answers {said}: {'without a reason' if kind == 'page' else 'ServerBusy'}"
    told = [line.partition(": ")[2] for line in capsys.readouterr().err.splitlines()]
    assert told == [answer, f"the job cannot be ended: {answer}"]


def test_no_secret_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    service = Service()
    service.refused = {"t0": "Invalid sp=r&sig=abc%2F c2VjcmV0IGtleQ=="}
    with serving(service):
        run(service, stored(tmp_path / "tasks.gz", tasks(1)))

    said = capsys.readouterr().err
    assert 'task "t0": Invalid *** ***' in said


def test_what_the_job_holds_is_not_added_again(tmp_path: Path) -> None:
    service = Service(page=40)
    service.tasks |= {task["id"]: task for task in tasks(150)}
    with serving(service):
        code = run(service, stored(tmp_path / "tasks.gz", tasks(160)))

    assert code == 0
    assert service.collections == [10]


def test_another_format_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with serving(Service()) as service:
        code = run(service, stored(tmp_path / "tasks.gz", [], format=2))

    assert code == 1
    assert "format 2" in capsys.readouterr().err


def test_a_token_is_not_sent_in_clear_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with serving(Service()) as service:
        variables = {**environment(service), KEY_VARIABLE: ""}
        code = add_tasks.main(str(stored(tmp_path / "tasks.gz", tasks(1), identity="/id")), variables)

    assert (code, service.requests) == (1, [])
    assert "is not https" in capsys.readouterr().err


class _Metadata(Service):
    """The metadata service of a node: it is not ready at first, as after a start."""

    def answer(self, method: str, target: str, body: bytes) -> tuple[int, dict[str, Any]]:  # noqa: ARG002  # the base's
        if len(self.requests) == 1:
            return 410, {}
        return 200, {"access_token": "token-1", "expires_in": "86400"}


def test_the_identity_of_the_node_signs_in(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(_Metadata()) as metadata:
        monkeypatch.setattr(add_tasks, "IMDS", f"{metadata.url}/metadata/identity/oauth2/token")
        credential = add_tasks.ManagedIdentity("/subscriptions/s/x y")
        found = [credential.headers("GET", "/", {}) for _ in range(3)]

    assert found == [{"Authorization": "Bearer token-1"}] * 3
    assert metadata.requests[-1] == (
        "GET /metadata/identity/oauth2/token?api-version=2018-02-01"
        "&resource=https%3A%2F%2Fbatch.core.windows.net%2F&msi_res_id=%2Fsubscriptions%2Fs%2Fx+y"
    )
    assert len(metadata.requests) == 2, "a token is kept as long as it is good"
    assert metadata.headers[0]["Metadata"] == "true"


def test_the_script_is_of_python_3_8_and_imports_the_standard_library_alone() -> None:
    tree = ast.parse(SCRIPT.read_text(), feature_version=(3, 8))

    found = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    found |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in found} <= sys.stdlib_module_names
