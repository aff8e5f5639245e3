"""Every code that a finding can have. Rows are added and retired, never reused or renumbered.

BS0xx text and YAML · BS1xx shape · BS2xx names and references · BS3xx limits and combinations ·
BS4xx files, environment, secrets · BS5xx lowering · BS6xx planning · BS7xx the service's answers ·
BS8xx what happened in the run · BS9xx the tool itself
"""

from __future__ import annotations

from typing import NamedTuple


class Code(NamedTuple):
    """A registry row. severity: error, warning or note; status: preview, stable or retired."""

    code: str
    name: str
    severity: str
    summary: str
    since: str = "0.1"
    status: str = "stable"


_ROWS = (
    Code("BS001", "not-utf8", "error", "the file is not UTF-8 text"),
    Code("BS002", "yaml-syntax", "error", "the text is not YAML"),
    Code("BS003", "duplicate-key", "error", "a mapping has the same key twice"),
    Code("BS004", "alias-expansion", "error", "aliases expand to too much, or to themselves"),
    Code("BS005", "unsupported-tag", "error", "a YAML tag other than the plain ones"),
    Code("BS006", "key-not-a-string", "error", "a mapping's key is not a string"),
    Code("BS007", "too-large", "error", "the file, or its nesting, is over the limit"),
    Code("BS008", "no-spec", "error", "the file holds no spec"),
    Code("BS101", "unknown-key", "error", "a key that the spec language does not know"),
    Code("BS102", "missing-key", "error", "a key that must be there is not"),
    Code("BS103", "wrong-type", "error", "a value of the wrong type"),
    Code("BS104", "not-allowed", "error", "a value that is not among the allowed ones"),
    Code("BS105", "bad-format", "error", "a text that does not have the form asked for"),
    Code("BS106", "out-of-range", "error", "a number outside its range"),
    Code("BS107", "wrong-length", "error", "a text or a list that is too short or too long"),
    Code("BS109", "excluded-key", "error", "a key beside another that excludes it"),
    Code("BS201", "duplicate-id", "error", "two tasks with one id"),
    Code("BS203", "unknown-dependency", "error", "a task depends on one that is not there"),
    Code("BS204", "dependency-cycle", "error", "tasks wait for each other in a circle"),
    Code("BS206", "input-without-outputs", "error", "an input from a task that declares no outputs"),
    Code("BS207", "bad-expression", "error", "an expression that cannot be evaluated"),
    Code("BS208", "unknown-parameter", "error", "a parameter that the spec does not declare"),
    Code("BS209", "missing-parameter", "error", "a parameter without a value"),
    Code("BS210", "bad-parameter", "error", "a parameter's value that its declaration forbids"),
    Code("BS212", "empty-matrix", "error", "a matrix that makes no task"),
    Code("BS213", "secret-not-allowed", "error", "a value from the environment where it would be shown"),
    Code("BS214", "unset-environment", "error", "an environment variable that is not set"),
    Code("BS301", "slots-over-node", "error", "a task needs more slots than a node has"),
    Code("BS302", "no-nodes", "error", "a pool that can never have a node"),
    Code("BS303", "timeout-over-job", "error", "a task may run longer than its job"),
    Code("BS304", "too-many-tasks", "error", "a spec that expands to more tasks than the limit"),
    Code("BS305", "too-many-dependencies", "error", "a task that waits for more tasks than the service takes"),
    Code("BS401", "missing-file", "error", "an input file that is not there"),
    Code("BS402", "input-is-directory", "error", "an input that names a directory"),
    Code("BS403", "empty-glob", "error", "an input pattern that matches no file"),
    Code("BS404", "path-outside", "error", "a path that leaves the folder it belongs to"),
    Code("BS405", "input-clash", "error", "two inputs at one destination"),
    Code("BS406", "command-needs-shell", "warning", "a command that only a shell would understand"),
    Code("BS501", "unknown-image", "error", "an image alias that is not known"),
    Code("BS502", "script-too-long", "error", "a script longer than the service takes"),
    Code("BS503", "pattern-input-without-shell", "error", "outputs by pattern, as inputs of a bare command"),
    Code("BS601", "pool-differs", "error", "a pool of this id that is ours and differs from the spec"),
    Code("BS602", "not-ours", "error", "an object of this id that this spec did not make"),
    Code("BS603", "job-differs", "error", "a job of this id that is ours and differs from the spec"),
    Code("BS604", "still-deleting", "error", "an object of this id that the service has not finished deleting"),
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
)

CODES = {row.code: row for row in _ROWS}
