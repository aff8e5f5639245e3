"""The environment of a task: what the service sets, what the spec sets, and next to nothing of the caller's.

The variables are those of the service's page "Azure Batch runtime environment variables".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from batchspec.emulator.engine.layout import run_name

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from batchspec.emulator.engine.commands import Run
    from batchspec.emulator.engine.records import Body

Environment = dict[str, str]

# Without these no program finds its tools, its language, the time, or the way through a company's proxy
# certificate. Everything else, secrets above all, stays with the caller.
INHERITED: Final = frozenset({
    "PATH", "LANG", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "PIP_CERT",
})  # fmt: skip
_DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def inherited(host: Mapping[str, str]) -> Environment:
    """The part of the caller's environment that tasks see."""
    kept = {name: value for name, value in host.items() if name in INHERITED or name.startswith("LC_")}
    return {"PATH": _DEFAULT_PATH} | kept


def of_node(run: Run, node_dir: Path, account: tuple[str, str]) -> Environment:
    """What all runs on a node see; `account` is its name and URL."""
    node = run.node
    return {
        "AZ_BATCH_ACCOUNT_NAME": account[0],
        "AZ_BATCH_ACCOUNT_URL": account[1],
        "AZ_BATCH_POOL_ID": node.pool.id,
        "AZ_BATCH_NODE_ID": node.id,
        "AZ_BATCH_NODE_IS_DEDICATED": "true" if node.dedicated else "false",
        "AZ_BATCH_NODE_ROOT_DIR": str(node_dir),
        "AZ_BATCH_NODE_SHARED_DIR": f"{node_dir}/shared",
        "AZ_BATCH_NODE_STARTUP_DIR": f"{node_dir}/startup",
        "AZ_BATCH_NODE_STARTUP_WORKING_DIR": f"{node_dir}/startup/wd",
        "AZ_BATCH_NODE_MOUNTS_DIR": f"{node_dir}/fsmounts",
    }


def of_job(run: Run, job_dir: Path) -> Environment:
    """What the runs of a job see on a node: job preparation's place, and the job's common settings."""
    if run.job is None:
        return {}
    variables = {"AZ_BATCH_JOB_ID": run.job.id}
    if preparation := run.job.body.get("jobPreparationTask"):
        directory = job_dir / (preparation.get("id") or "jobpreparation")
        if run.kind != "prepare":
            variables["AZ_BATCH_JOB_PREP_DIR"] = str(directory)
            variables["AZ_BATCH_JOB_PREP_WORKING_DIR"] = f"{directory}/wd"
    return variables | settings(run.job.body.get("commonEnvironmentSettings"))


def of_run(run: Run, run_dir: str, body: Body) -> Environment:
    variables = {
        "AZ_BATCH_TASK_DIR": run_dir,
        "AZ_BATCH_TASK_WORKING_DIR": f"{run_dir}/wd",
        "HOME": f"{run_dir}/wd",
    }
    if run.kind != "start":
        variables["AZ_BATCH_TASK_ID"] = run_name(run)
    return variables | settings(body.get("environmentSettings"))


def settings(entries: list[Body] | None) -> Environment:
    """EnvironmentSetting objects; one without a value sets an empty string. ValueError for a name that is none."""
    if any("=" in entry["name"] for entry in entries or ()):
        raise ValueError("the name of an environment variable holds no equals sign")
    return {entry["name"]: entry.get("value") or "" for entry in entries or ()}
