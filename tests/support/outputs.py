"""An output file of a task, as azure-batch tells of it."""

from __future__ import annotations

from azure.batch.models import (
    OutputFile,
    OutputFileBlobContainerDestination,
    OutputFileDestination,
    OutputFileUploadOptions,
)


def output_file(pattern: str, container_url: str, path: str, condition: str = "taskcompletion") -> OutputFile:
    """What fits the pattern goes to a path in a container when the condition holds."""
    container = OutputFileBlobContainerDestination(container_url=container_url, path=path)
    return OutputFile(
        file_pattern=pattern,
        destination=OutputFileDestination(container=container),
        upload_options=OutputFileUploadOptions(upload_condition=condition),
    )
