"""Files that come to a task, and files that it leaves."""

from __future__ import annotations

from typing import ClassVar

from batchspec.spec.native.common import ComputeNodeIdentityReference
from batchspec.spec.native.tasks import OutputFileDestination
from batchspec.spec.shape import Flag, Text
from batchspec.spec.table import Bound, Table, key, native


class Input(Bound):
    """Files for a working directory: from this machine, from storage, from a URL, or another task's outputs."""

    sdk: ClassVar[str] = "ResourceFile"

    path: str | None = key(
        Text(shortest=1),
        "A local file or pattern (*, ?, **) from the spec's folder; what stands before a wildcard is left off.",
        "hexgrid/*.py",
        default=None,
        field="http_url",
    )
    url: str | None = key(
        Text(
            pattern=r"https?://[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?(:[0-9]{1,5})?([/?#][!-~]*)?",
            form="a URL: https:// or http://, a host, a path without spaces, percent-encoded",
        ),
        "A file to fetch; its last segment is its name.",
        "https://example.com/data.csv",
        default=None,
        field="http_url",
    )
    blob: str | None = key(
        Text(
            pattern=r"(?!(.*/)?\.\.?(/|$))[^/\\*?\x00-\x1f\x7f]+(/[^/\\*?\x00-\x1f\x7f]+)*",
            longest=1024,
            form="a blob's name: no / at its start or end, no . or .. between them, no wildcard, no backslash",
        ),
        "A blob of the spec's own container (storage.container), by its name; the last segment is the file's.",
        "data/stations.json",
        default=None,
        field="http_url",
    )
    task: str | None = key(
        Text(shortest=1),
        "The outputs of a task, or of all tasks of a name, each in a folder named after its task; implies depends_on.",
        "grid",
        default=None,
        field="http_url",
    )
    storage_container_url: str | None = native(
        Text(shortest=1),
        "The URL of a blob container whose blobs are fetched, readable and listable by the nodes.",
        "https://account.blob.core.windows.net/data",
    )
    auto_storage_container_name: str | None = native(
        Text(shortest=1), "A container of the account's auto-storage whose blobs are fetched.", "data"
    )
    to: str | None = key(
        Text(shortest=1),
        "The folder below the working directory that the files are put in.",
        "data",
        default=None,
        field="file_path",
    )
    file_path: str | None = native(
        Text(shortest=1),
        "Where the file of a URL or a blob is put, its name included, when it shall have another name.",
        "data/input.csv",
    )
    blob_prefix: str | None = native(
        Text(shortest=1), "Of a container, only the blobs whose names begin so.", "2020-01-01/"
    )
    file_mode: str | None = native(
        Text(shortest=1), "The mode of the files on a Linux node, in octal; 0770 when not given.", "0750"
    )
    identity_reference: ComputeNodeIdentityReference | None = native(
        Table(ComputeNodeIdentityReference),
        "The pool's managed identity that fetches them, in place of a signature in the URL.",
        {"resource_id": "/subscriptions/.../userAssignedIdentities/reader"},
    )

    one_of: ClassVar[tuple[str, ...]] = (
        "path",
        "url",
        "blob",
        "task",
        "storage_container_url",
        "auto_storage_container_name",
    )


class Output(Bound):
    """Files that a task leaves, kept in the storage container when it ends."""

    sdk: ClassVar[str] = "OutputFile"

    path: str = key(
        Text(shortest=1),
        "A file or pattern (*, ?, **), from the task's working directory.",
        "hexgrid_*.json",
        field="file_pattern",
    )
    download: bool = key(Flag(), "Bring it home into outputs/ when the job ends.", True, default=False)
    when: str = key(
        Text(choices=("success", "failure", "always")),
        "Keep it when the task succeeds, when it fails, or always.",
        "always",
        default="success",
        field="upload_options.upload_condition",
    )
    destination: OutputFileDestination | None = native(
        Table(OutputFileDestination),
        "A place of your own for it, in place of the spec's container; other tasks cannot take it from there.",
        {"container": {"container_url": "https://account.blob.core.windows.net/results"}},
    )
