"""Why a run could not do its work, as the service's failure codes; no query string, for that holds the SAS."""

from __future__ import annotations

import errno
import logging
import re
import traceback
from typing import TYPE_CHECKING

from batchspec.emulator.engine.records import Failure

if TYPE_CHECKING:
    from batchspec.emulator.engine.http import Rejected

_FULL = (errno.ENOSPC, errno.EDQUOT)
_SECRET = re.compile(r"(?<=//)[^/?#\s]*@|[?#].*", re.DOTALL)
_log = logging.getLogger(__name__)


class Failed(Exception):
    """Ends a run with a failure."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


def plain(url: str) -> str:
    """A URL, or a text that may hold some, without its secrets. It need not be a valid one."""
    return _SECRET.sub("", url)


def download(error: Rejected, url: str, path: str) -> Failure:
    """A resource file that did not come."""
    details = (("BlobSource", plain(url)), ("FilePath", path), ("Message", plain(str(error))))
    if error.status == 404:
        message = "One of the specified Azure Blob(s) is not found"
        return Failure("UserError", "BlobNotFound", message, details)
    if error.status in (401, 403):
        message = "Access for one of the specified Azure Blob(s) is denied"
        return Failure("UserError", "BlobAccessDenied", message, details)
    if error.timed_out:
        message = "Downloading one of the specified Azure Blob(s) timed out"
        return Failure("ServerError", "BlobDownloadTimedOut", message, details)
    message = "Miscellaneous error encountered while downloading one of the specified Azure Blob(s)"
    return Failure("UserError", "BlobDownloadMiscError", message, details)


def upload(error: OSError, status: int | None, url: str, path: str) -> Failure:
    """An output file that did not go."""
    details = (("FilePath", path), ("Destination", plain(url)), ("Message", plain(str(error))))
    if status == 404:
        message = "One of the specified Azure container(s) was not found while attempting to upload an output file"
        return Failure("UserError", "FileUploadContainerNotFound", message, details)
    if status in (401, 403):
        message = "Access to one of the specified Azure container(s) was denied while uploading an output file"
        return Failure("UserError", "FileUploadAccessDenied", message, details)
    message = "A miscellaneous error was encountered while uploading one of the output files"
    return Failure("UserError", "FileUploadMiscError", message, details)


def disk(error: OSError, code: str, path: str) -> Failure:
    """A file or directory of the run that could not be written; a full disk is always said to be one."""
    details = (("FilePath", path), ("Message", error.strerror or str(error)))
    if error.errno in _FULL:
        return Failure("ServerError", "DiskFull", "There is not enough disk space on the node", details)
    return Failure("ServerError", code, f"The node could not write {path}", details)


def launch(error: OSError | ValueError, program: str) -> Failure:
    """A command that could not be started."""
    details = (("Program", program), ("Message", getattr(error, "strerror", None) or str(error)))
    if isinstance(error, FileNotFoundError):
        message = "The specified command program is not found"
        return Failure("UserError", "CommandProgramNotFound", message, details)
    if isinstance(error, OSError) and error.errno in _FULL:
        return disk(error, "CommandLaunchFailed", program)
    return Failure("UserError", "CommandLaunchFailed", "Failed to launch the specified command line", details)


def unforeseen(error: Exception, code: str, path: str) -> Failure:
    """What nobody thought of: the run fails, and the log says where, for the run's own data led there."""
    said = plain(f"{type(error).__name__}: {error}").encode("utf-8", "backslashreplace").decode()
    frames = "".join(traceback.format_tb(error.__traceback__))  # without the exception, which may hold a secret
    _log.error("a run in %s failed as nobody foresaw: %s\n%s", path, said, frames)
    details = (("FilePath", path), ("Message", said))
    return Failure("ServerError", code, "The node met an error that it does not know", details)
