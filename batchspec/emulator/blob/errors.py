"""The Blob service's errors: one table of codes, one exception, one XML body.

Statuses and messages are those of Microsoft's "Common REST API error codes" and "Blob service error codes";
`OURS` names the codes that the service does not have.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape
from types import MappingProxyType

_NOT_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

OURS = frozenset({"InsufficientStorage"})

ERRORS: Mapping[str, tuple[int, str]] = MappingProxyType(
    {
        "ConditionNotMet": (412, "The condition specified using HTTP conditional header(s) is not met."),
        # the request
        "InvalidBlobOrBlock": (400, "The specified blob or block content is invalid."),
        "InvalidBlockList": (400, "The specified block list is invalid."),
        "InvalidHeaderValue": (
            400,
            "The value for one of the HTTP headers is not in the correct format.",
        ),
        "InvalidMetadata": (
            400,
            "The metadata specified is invalid. It has characters that are not permitted.",
        ),
        "InvalidQueryParameterValue": (
            400,
            "Value for one of the query parameters specified in the request URI is invalid.",
        ),
        "InvalidResourceName": (400, "The specified resource name contains invalid characters."),
        "InvalidUri": (400, "The requested URI does not represent any resource on the server."),
        "InvalidXmlDocument": (400, "XML specified is not syntactically valid."),
        "Md5Mismatch": (
            400,
            "The MD5 value specified in the request did not match the MD5 value calculated by the server.",
        ),
        "MetadataTooLarge": (400, "The metadata specified exceeds the maximum size permitted (8 KB)."),
        "MissingRequiredHeader": (400, "An HTTP header that's mandatory for this request is not specified."),
        "MissingRequiredQueryParameter": (
            400,
            "A query parameter that's mandatory for this request is not specified.",
        ),
        "OutOfRangeInput": (400, "One of the request inputs is out of range."),
        "OutOfRangeQueryParameterValue": (
            400,
            "One of the query parameters specified in the request URI is outside the permissible range.",
        ),
        "UnsupportedHeader": (400, "One of the headers specified in the request is not supported."),
        "UnsupportedQueryParameter": (
            400,
            "One of the query parameters specified in the request URI is not supported.",
        ),
        "BlockCountExceedsLimit": (409, "A blob has at most 50,000 committed blocks."),
        "MissingContentLengthHeader": (411, "The Content-Length header was not specified."),
        "RequestBodyTooLarge": (
            413,
            "The request body is too large and exceeds the maximum permissible limit.",
        ),
        "InvalidRange": (416, "The range specified is invalid for the current size of the resource."),
        "UnsupportedHttpVerb": (405, "The resource doesn't support specified Http Verb."),
        # who asks
        "InvalidAuthenticationInfo": (
            401,
            ("Authentication information is not given in the correct format. Check the value of Authorization header."),
        ),
        "NoAuthenticationInformation": (
            401,
            (
                "Server failed to authenticate the request."
                " Please refer to the information in the www-authenticate header."
            ),
        ),
        "AuthenticationFailed": (
            403,
            (
                "Server failed to authenticate the request."
                " Make sure the value of Authorization header is formed correctly including the signature."
            ),
        ),
        "AuthorizationFailure": (403, "This request is not authorized to perform this operation."),
        "AuthorizationPermissionMismatch": (
            403,
            "This request is not authorized to perform this operation using this permission.",
        ),
        "AuthorizationProtocolMismatch": (
            403,
            "This request is not authorized to perform this operation using this protocol.",
        ),
        "AuthorizationResourceTypeMismatch": (
            403,
            "This request is not authorized to perform this operation using this resource type.",
        ),
        "AuthorizationServiceMismatch": (
            403,
            "This request is not authorized to perform this operation using this service.",
        ),
        "AuthorizationSourceIPMismatch": (
            403,
            "This request is not authorized to perform this operation using this source IP {ip}.",
        ),
        "UnauthorizedBlobOverwrite": (403, "This request is not authorized to perform blob overwrites."),
        # what is there
        "BlobNotFound": (404, "The specified blob does not exist."),
        "ContainerNotFound": (404, "The specified container does not exist."),
        "BlobAlreadyExists": (409, "The specified blob already exists."),
        "ContainerAlreadyExists": (409, "The specified container already exists."),
        "LeaseNotPresentWithBlobOperation": (412, "There is currently no lease on the blob."),
        "LeaseNotPresentWithContainerOperation": (412, "There is currently no lease on the container."),
        # the server
        "InternalError": (500, "The server encountered an internal error. Please retry the request."),
        "NotImplemented": (
            501,
            "The requested operation is not implemented on the specified resource.",
        ),
        "InsufficientStorage": (507, "The disk that holds the local service's blobs is full."),
    }
)


class BlobError(Exception):
    """A refusal: a code of `ERRORS`, and named facts that the body carries beside it."""

    def __init__(self, code: str, **facts: str) -> None:
        super().__init__(code, facts)
        self.code = code
        self.facts = facts
        self.status, self._message = ERRORS[code]

    def body(self, request_id: str, time: str) -> bytes:
        """The XML document; `time` is ISO-8601 in UTC."""
        message = self._message.replace("{ip}", self.facts.get("SourceIP", ""))
        text = f"{message}\nRequestId:{request_id}\nTime:{time}"
        facts = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in self.facts.items())
        document = f"<Error><Code>{self.code}</Code><Message>{escape(text)}</Message>{facts}</Error>"
        # what XML cannot carry, a request may name all the same
        return (
            b'<?xml version="1.0" encoding="utf-8"?>' + _NOT_XML.sub(lambda one: ascii(one[0])[1:-1], document).encode()
        )


def bad_header(name: str, value: str) -> BlobError:
    """The refusal of a header whose value does not parse."""
    return BlobError("InvalidHeaderValue", HeaderName=name, HeaderValue=value)


def bad_query(name: str, value: str, reason: str) -> BlobError:
    """The refusal of a query parameter whose value does not fit."""
    return BlobError("InvalidQueryParameterValue", QueryParameterName=name, QueryParameterValue=value, Reason=reason)


def not_implemented(operation: str) -> BlobError:
    """The refusal of an operation or option of the service that this one does not have."""
    return BlobError("NotImplemented", Operation=operation)


def not_authentic(detail: str) -> BlobError:
    """A signature, a time or a token that does not hold."""
    return BlobError("AuthenticationFailed", AuthenticationErrorDetail=detail)
