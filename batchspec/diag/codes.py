"""Every code that a finding can have. Rows are added and retired, never reused or renumbered."""

from __future__ import annotations

from typing import NamedTuple

BLOCKS = {
    "BS0": "text and YAML",
    "BS1": "shape",
    "BS2": "names and references",
    "BS3": "limits and combinations",
    "BS4": "files, environment, secrets",
    "BS5": "lowering",
    "BS6": "planning",
    "BS7": "the service's answers",
    "BS8": "what happened in the run",
    "BS9": "the tool itself",
}
HELP = "urn:batchspec:code:"  # of a code's page, before the lower-cased code; a name, until there is a place for it


class Code(NamedTuple):
    """A registry row. severity: error, warning or note; status: preview, stable or retired."""

    code: str
    name: str
    severity: str
    summary: str
    since: str = "0.1"
    status: str = "stable"

    @property
    def help(self) -> str:
        """The link to its page, for other programs."""
        return f"{HELP}{self.code.lower()}"


_ROWS = (
    Code("BS001", "not-utf8", "error", "the file is not UTF-8 text"),
    Code("BS002", "yaml-syntax", "error", "the text is not YAML"),
    Code("BS003", "duplicate-key", "error", "a mapping has the same key twice"),
    Code("BS004", "alias-expansion", "error", "aliases expand to too much, or to themselves"),
    Code("BS005", "unsupported-tag", "error", "a YAML tag other than the plain ones"),
    Code("BS006", "key-not-a-string", "error", "a mapping's key is not a string"),
    Code("BS007", "too-large", "error", "the file, or its nesting, is over the limit"),
    Code("BS008", "no-spec", "error", "the file holds no spec"),
    Code("BS010", "include-unreadable", "error", "an included file that is not there, or holds no part of a spec"),
    Code("BS011", "include-cycle", "error", "files that include each other in a circle"),
    Code("BS012", "include-outside", "error", "an included file outside the spec's folder"),
    Code("BS013", "too-many-includes", "error", "more included files, or deeper ones, than the limit"),
    Code("BS101", "unknown-key", "error", "a key that the spec language does not know"),
    Code("BS102", "missing-key", "error", "a key that must be there is not"),
    Code("BS103", "wrong-type", "error", "a value of the wrong type"),
    Code("BS104", "not-allowed", "error", "a value that is not among the allowed ones"),
    Code("BS105", "bad-format", "error", "a text that does not have the form asked for"),
    Code("BS106", "out-of-range", "error", "a number outside its range"),
    Code("BS107", "wrong-length", "error", "a text or a list that is too short or too long"),
    Code("BS109", "excluded-key", "error", "a key beside another that excludes it"),
    Code("BS201", "duplicate-id", "error", "two tasks with one id"),
    Code("BS202", "no-pool", "error", "a job without one pool to run on, or tasks without a job"),
    Code("BS203", "unknown-dependency", "error", "a task depends on one that is not there"),
    Code("BS204", "dependency-cycle", "error", "tasks wait for each other in a circle"),
    Code("BS205", "invalid-id", "error", "an id that is too long, or has a character that ids cannot have"),
    Code("BS206", "input-without-outputs", "error", "an input from a task that declares no outputs"),
    Code("BS207", "bad-expression", "error", "an expression that cannot be evaluated"),
    Code("BS208", "unknown-parameter", "error", "a parameter that the spec does not declare"),
    Code("BS209", "missing-parameter", "error", "a parameter without a value"),
    Code("BS210", "bad-parameter", "error", "a parameter's value that its declaration forbids"),
    Code("BS211", "unused-parameter", "warning", "a parameter that no expression reads"),
    Code("BS212", "empty-matrix", "error", "a matrix that makes no task"),
    Code("BS213", "secret-not-allowed", "error", "a value from the environment where it would be shown"),
    Code("BS214", "unset-environment", "error", "an environment variable that is not set"),
    Code("BS215", "axis-without-files", "error", "a matrix's axis whose pattern matches no file"),
    Code("BS216", "bad-table", "error", "a matrix's table that is not there, or cannot be read"),
    Code("BS217", "uneven-axes", "error", "axes side by side with different numbers of values"),
    Code("BS218", "dependency-policies-clash", "error", "two answers to what happens when one task fails"),
    Code("BS219", "exclude-without-effect", "warning", "an entry that excludes no combination"),
    Code("BS220", "secret-with-default", "error", "a secret parameter whose default is written in the spec"),
    Code("BS221", "unused-pool", "warning", "a pool that no job of the spec runs on"),
    Code(
        "BS222",
        "dependency-policy-without-dependencies",
        "warning",
        "what a task does when another fails, and it waits for none",
    ),
    Code("BS223", "range-with-gaps", "warning", "a range of ids with numbers that no task has"),
    Code("BS224", "job-action-refused", "error", "a task's exit acts on a job that does not allow it"),
    Code("BS225", "dependencies-not-enabled", "error", "dependencies in a job that says it uses none"),
    Code("BS229", "unknown-axis", "error", "a combination that does not fit the axes of its matrix"),
    Code("BS301", "slots-over-node", "error", "a task needs more slots than a node has"),
    Code("BS302", "no-nodes", "error", "a pool that can never have a node"),
    Code("BS303", "timeout-over-job", "error", "a task may run longer than its job"),
    Code("BS304", "too-many-tasks", "error", "a spec that expands to more tasks than the limit"),
    Code("BS305", "too-many-dependencies", "error", "a task that waits for more tasks than the service takes"),
    Code("BS306", "multi-instance-needs-internode", "error", "a task on several nodes that cannot talk to each other"),
    Code("BS307", "multi-instance-with-slots", "error", "a task on several nodes that share their slots"),
    Code("BS308", "multi-instance-over-pool", "error", "a task on more nodes than the pool has"),
    Code("BS309", "internode-mixed-nodes", "error", "dedicated and spot nodes that shall talk to each other"),
    Code("BS310", "autoscale-with-fixed-nodes", "error", "a formula beside fixed numbers of nodes"),
    Code("BS311", "autoscale-interval", "error", "autoscale settings that the service does not take"),
    Code("BS312", "can-block-for-ever", "warning", "a failure would leave tasks, and so the job, waiting for ever"),
    Code("BS313", "schedule-too-often", "error", "a schedule's time that is less than a minute"),
    Code("BS314", "schedule-window", "error", "a schedule that ends before it starts"),
    Code("BS315", "release-timeout", "error", "a release task that may run longer than 15 minutes"),
    Code("BS316", "release-without-preparation", "error", "a release task without a preparation task"),
    Code("BS317", "container-task-on-plain-pool", "error", "a task in a container, on nodes that have none"),
    Code("BS318", "plain-task-on-container-pool", "error", "a task in no container, on a pool where all are"),
    Code("BS321", "autoscale-syntax", "error", "a formula that cannot be read"),
    Code("BS322", "autoscale-type", "error", "a formula that uses a value as what it is not"),
    Code("BS323", "autoscale-unknown-name", "error", "a formula with a name that does not exist"),
    Code("BS324", "autoscale-never-assigns", "error", "a formula that sets no number of nodes"),
    Code("BS325", "autoscale-retired", "warning", "a formula with a name that the service has retired"),
    Code("BS326", "endpoint-configuration", "error", "ports of nodes that the service refuses"),
    Code("BS327", "resize-timeout", "error", "a resize timeout of less than 5 minutes"),
    Code("BS328", "idle-resize-timeout", "warning", "a resize timeout beside a formula, without effect"),
    Code("BS329", "upgrade-policy", "error", "upgrades of nodes that the rest of the pool rules out"),
    Code("BS330", "pool-without-end", "warning", "a pool of fixed nodes that nobody takes away"),
    Code("BS331", "job-without-limit", "warning", "a job without a time limit"),
    Code("BS332", "no-retention", "note", "tasks whose directories stay for 7 days"),
    Code("BS340", "environment-too-large", "error", "a variable that is larger than the nodes' system takes"),
    Code("BS341", "task-too-large", "error", "a task that does not fit into one request"),
    Code("BS342", "over-pool-limit", "error", "more of something than the service allows a pool"),
    Code("BS350", "image-agent-mismatch", "error", "a node agent that does not fit the image"),
    Code("BS351", "retired", "error", "an image, node agent, VM size or API version that is retired"),
    Code(
        "BS352", "retires-soon", "warning", "an image, node agent, VM size or API version that retires within 180 days"
    ),
    Code("BS353", "unknown-vm-size", "warning", "a VM size whose name is not of the form that Azure's have"),
    Code("BS354", "slots-over-cores", "error", "more task slots than a node of the VM size can have"),
    Code("BS355", "wrong-shell", "warning", "a command for Windows on Linux nodes, or the reverse"),
    Code("BS356", "script-on-windows", "error", "a script for bash on Windows nodes"),
    Code("BS401", "missing-file", "error", "an input file that is not there"),
    Code("BS402", "input-is-directory", "error", "an input that names a directory"),
    Code("BS403", "empty-glob", "error", "an input pattern that matches no file"),
    Code("BS404", "path-outside", "error", "a path that leaves the folder it belongs to"),
    Code("BS405", "input-clash", "error", "two inputs at one destination"),
    Code("BS406", "command-needs-shell", "warning", "a command that only a shell would understand"),
    Code("BS407", "sas-shorter-than-job", "warning", "signed links that end before the job may"),
    Code("BS408", "signed-url", "warning", "a URL with a signature, a key or a password in clear text"),
    Code("BS409", "secret-literal", "warning", "a secret that is written in clear text"),
    Code("BS410", "secret-in-command", "warning", "a value from the environment in a command line or a script"),
    Code("BS411", "clear-text-password", "warning", "a field for a password or a key, in clear text"),
    Code("BS412", "download-from-elsewhere", "error", "an output to download that is not kept in the spec's container"),
    Code("BS501", "unknown-image", "error", "an image alias that is not known"),
    Code("BS502", "script-too-long", "error", "a script longer than the service takes"),
    Code("BS503", "pattern-input-without-shell", "error", "outputs by pattern, as inputs of a bare command"),
    Code("BS504", "not-in-this-api", "error", "a field that the spoken API version does not have"),
    Code("BS601", "pool-differs", "error", "a pool of this id that is ours and differs from the spec"),
    Code("BS602", "not-ours", "error", "an object of this id that this spec did not make"),
    Code("BS603", "job-differs", "error", "a job of this id that is ours and differs from the spec"),
    Code("BS604", "still-deleting", "error", "an object of this id that the service has not finished deleting"),
    Code("BS605", "pool-missing", "error", "the pool that a job shall run on is not there"),
    Code("BS701", "refused", "error", "the service refused a request"),
    Code("BS702", "task-refused", "error", "the service refused a task"),
    Code("BS703", "tasks-miscounted", "error", "the job does not hold the tasks that were added"),
    Code("BS801", "task-failed", "error", "a task ended with a failure"),
    Code("BS802", "task-blocked", "error", "a task that can never run"),
    Code("BS803", "start-task-failed", "error", "a node's start task failed"),
    Code("BS804", "node-unusable", "error", "a node that cannot run tasks"),
    Code("BS805", "pool-cannot-grow", "error", "the service could not give the pool its nodes"),
    Code("BS806", "preparation-failed", "error", "the job preparation task failed on a node"),
    Code("BS807", "job-ended-early", "error", "the job ended before its tasks did"),
    Code("BS808", "output-missing", "warning", "a declared output that did not come"),
    Code("BS809", "unsafe-output-name", "warning", "an output whose name would leave the results folder"),
    Code("BS810", "pool-gone", "error", "the pool was deleted while its job was under way"),
    Code("BS811", "results-not-written", "error", "the outputs are stored, but could not be written here"),
    Code("BS812", "cleanup-failed", "warning", "what on_finish asks for could not be done"),
    Code("BS901", "unused-ignore", "warning", "a comment that silences nothing"),
    Code("BS902", "bad-ignore", "warning", "a comment that would silence what it cannot"),
)

CODES = {row.code: row for row in _ROWS}
