"""The service's errors: one table of codes, one exception, one body.

Statuses and messages are those of Microsoft's "Batch status and error codes"; codes that this emulator
adds are marked in `OURS`. A refusal names what it refuses in `values`, as the service does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

OURS = frozenset({"OperationNotImplemented"})

ERRORS: Mapping[str, tuple[int, str]] = MappingProxyType(
    {
        # the request
        "InvalidAuthenticationInfo": (
            400,
            (
                "The authentication information was not provided in the correct format."
                " Verify the value of Authorization header."
            ),
        ),
        "InvalidHeaderValue": (
            400,
            "The value provided for one of the HTTP headers was not in the correct format.",
        ),
        "InvalidPropertyValue": (
            400,
            "The value provided for one of the property in the request body is invalid.",
        ),
        "InvalidQueryParameterValue": (
            400,
            "An invalid value was specified for one of the query parameters in the request URI.",
        ),
        "InvalidRequestBody": (400, "The specified Request Body is not syntactically valid."),
        "InvalidUri": (400, "The requested URI does not represent any resource on the server."),
        "MissingRequiredProperty": (400, "A required property was not specified in the request body."),
        "MissingRequiredQueryParameter": (
            400,
            "A required query parameter was not specified for this request.",
        ),
        "MultipleConditionHeadersNotSupported": (400, "Multiple condition headers are not supported."),
        "OutOfRangeQueryParameterValue": (
            400,
            "A query parameter specified in the request URI is outside the permissible range.",
        ),
        "UnsupportedProperty": (
            400,
            "One of the properties specified in the request body is not supported.",
        ),
        "UnsupportedQueryParameter": (
            400,
            "One of the query parameters specified in the request URI is not supported.",
        ),
        "UnsupportedRequestVersion": (400, "The specified request version is not supported."),
        "AuthenticationFailed": (
            403,
            (
                "The server failed to authenticate the request."
                " Verify that the value of Authorization header is formed correctly and includes the signature."
            ),
        ),
        "UnsupportedHttpVerb": (405, "The resource doesn't support the specified HTTP verb."),
        "ConditionNotMet": (
            412,
            "The condition specified in the conditional header(s) was not met for a write operation.",
        ),
        "RequestBodyTooLarge": (413, "The size of the request body exceeds the maximum size permitted."),
        "InvalidRange": (416, "The range specified is invalid for the current size of the resource."),
        "InternalError": (500, "The server encountered an internal error. Please retry the request."),
        "OperationNotImplemented": (501, "This operation of the service is not implemented here."),
        # what this service has none of
        "ApplicationNotFound": (404, "The specified application does not exist."),
        "CertificateNotFound": (404, "The specified certificate does not exist."),
        # pools and nodes
        "PoolNotFound": (404, "The specified pool does not exist."),
        "NodeNotFound": (404, "The specified node does not exist."),
        "InvalidAutoScalingSettings": (400, "The specified auto-scaling settings are not valid."),
        "AutoScalingFormulaSyntaxError": (400, "The specified auto-scaling formula has a syntax error."),
        "AutoScalingFormulaTooLong": (400, "The specified auto-scaling formula exceeds lengths limit."),
        "TooManyEnableAutoScaleRequests": (503, "Too many Enable Pool AutoScale requests are issued on the pool."),
        "PoolExists": (409, "The specified pool already exists."),
        "PoolBeingDeleted": (
            409,
            "The specified pool has been marked for deletion and is being reclaimed.",
        ),
        "PoolBeingResized": (409, "The specified pool is being resized"),
        "NodeStateUnusable": (409, "The state of the specified node is unusable"),
        "OperationNotValidOnNode": (409, "The specified operation is not valid on the node."),
        "NodeBeingCreated": (409, "The specified node is being created"),
        "NodeBeingStarted": (409, "The specified node is being started"),
        "NodeBeingRebooted": (409, "The specified node is being rebooted"),
        "NodeBeingReimaged": (409, "The specified node is being reimaged"),
        "OperationInvalidForCurrentState": (
            409,
            "The specified operation is not valid for the current state of the resource.",
        ),
        # jobs
        "JobNotFound": (404, "The specified job does not exist."),
        "JobExists": (409, "The specified job already exists."),
        "JobBeingDeleted": (
            409,
            "The specified job has been marked for deletion and is being garbage collected.",
        ),
        "JobBeingTerminated": (409, "The specified job is being terminated."),
        "JobCompleted": (409, "The specified job is already in a completed state."),
        "JobScheduleNotFound": (404, "The specified job schedule does not exist."),
        "JobScheduleExists": (409, "The specified job schedule already exists."),
        "JobScheduleCompleted": (409, "The specified job schedule is already in completed state."),
        "JobScheduleBeingTerminated": (409, "The specified job schedule is being terminated."),
        "JobScheduleBeingDeleted": (
            409,
            "The specified job schedule has been marked for deletion and is being reclaimed.",
        ),
        "JobWithSameIdExists": (
            409,
            "A job with the specified job schedule id exists. Job and job schedule cannot have the same id.",
        ),
        "JobScheduleWithSameIdExists": (
            409,
            "A job schedule with the specified job id exists. Job and job schedule cannot have the same id.",
        ),
        "JobPreparationTaskNotSpecified": (409, "The specified job does not have job preparation task."),
        # tasks and files
        "TaskDependenciesNotSpecifiedOnJob": (
            400,
            (
                "A task was specified as depending on other tasks,"
                " but the job did not specify that it would use task dependencies."
            ),
        ),
        "TaskDependencyListTooLong": (
            400,
            (
                "A task was specified as depending on other tasks,"
                " but the list of dependencies was too long to be stored."
            ),
        ),
        "TaskDependencyRangesTooLong": (
            400,
            (
                "A task was specified as depending on multiple ranges of task ids,"
                " and the list of ranges was too long to be stored."
            ),
        ),
        "TaskNotFound": (404, "The specified task does not exist."),
        "FileNotFound": (404, "The specified file does not exist."),
        "TaskExists": (409, "The specified task already exists."),
        "TaskCompleted": (409, "The specified task is already in a completed state."),
        "TaskNotCompleted": (
            409,
            (
                "The specified task is not in a completed state,"
                " and the requested operation can be performed only on completed tasks."
            ),
        ),
        "TaskSucceeded": (
            409,
            (
                "The specified task has already completed successfully,"
                " and the requested operation cannot be performed on successful tasks."
            ),
        ),
        "TaskFilesUnavailable": (409, "The files of the specified task are unavailable."),
        "TaskFilesCleanedup": (409, "The files of the specified task are cleanedup."),
        "TaskIdSameAsJobPreparationTask": (
            409,
            "The specified task id is same as the job preparation task.",
        ),
        "TaskIdSameAsJobReleaseTask": (409, "The specified task id is same as the job release task."),
    }
)


class BatchError(Exception):
    """An answer other than success: a code of `ERRORS` and the key/value pairs that explain it."""

    def __init__(self, code: str, values: Sequence[tuple[str, str]] = (), *, message: str = "") -> None:
        self.code = code
        self.status, documented = ERRORS[code]
        self.message = message or documented
        self.values = tuple(values)
        super().__init__(f"{code}: {self.message} {dict(self.values)}")


def property_error(code: str, name: str, value: object, reason: str) -> BatchError:
    """A refusal of one member of a body: `name` is its dotted path, `reason` one sentence."""
    pairs = [("PropertyName", name), ("PropertyValue", _shown(value)), ("Reason", reason)]
    return BatchError(code, [pair for pair in pairs if pair[1]])


def query_error(code: str, name: str, value: str, reason: str) -> BatchError:
    """A refusal of one query parameter."""
    return BatchError(code, [("QueryParameterName", name), ("QueryParameterValue", value), ("Reason", reason)])


def header_error(name: str, value: str, reason: str) -> BatchError:
    """A refusal of one header."""
    return BatchError("InvalidHeaderValue", [("HeaderName", name), ("HeaderValue", value), ("Reason", reason)])


def message_of(error: BatchError, request_id: str, time: str) -> dict[str, str]:
    """The `message` member of an error: the service appends the request's id and time to its text."""
    return {"lang": "en-US", "value": f"{error.message}\nRequestId:{request_id}\nTime:{time}"}


def error_body(error: BatchError, base_url: str, request_id: str, time: str) -> dict[str, object]:
    """The whole body of an error answer; `values` is left out when there are none."""
    entity = "Microsoft.Azure.Batch.Protocol.Entities.Container.errors"
    body: dict[str, object] = {
        "odata.metadata": f"{base_url}/$metadata#{entity}/@Element",
        "code": error.code,
        "message": message_of(error, request_id, time),
    }
    if error.values:
        body["values"] = error_values(error)
    return body


def error_values(error: BatchError) -> list[dict[str, str]]:
    """The `values` member: pairs in the order in which they explain."""
    return [{"key": key, "value": value} for key, value in error.values]


def _shown(value: object) -> str:
    if value is None or isinstance(value, (dict, list)):
        return ""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= 200 else text[:197] + "..."
