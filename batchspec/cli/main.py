"""The one place where failures become messages and exit codes."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from batchspec import __version__
from batchspec.diag.model import one_line
from batchspec.errors import BatchspecError, ExitCode


def run(arguments: Sequence[str]) -> int:
    """Run a command line; the exit code. Expected failures have one message, and never a traceback."""
    try:
        if arguments[:1] == ["validate"]:
            from batchspec.cli import validating

            specs = validating.of_plain(arguments)
            if specs is not None:  # as hooks and CI ask it; to import Typer would take a third of the time
                return validating.validate(specs)
        from batchspec.cli.app import app

        # Typer's own handling of exceptions is off: this function is the only one.
        result = app(list(arguments), prog_name="batchspec", standalone_mode=False)
    except BatchspecError as error:
        return _say(error)
    except Exception as error:  # noqa: BLE001  the last line of defence, which reports and does not go on
        return _other(error)
    return int(result or 0)


def _say(error: BatchspecError) -> int:
    if error.message:
        sys.stderr.write(f"batchspec: {one_line(error.message)}\n")
    if error.hint:
        sys.stderr.write(f"  hint: {one_line(error.hint)}\n")
    return error.exit_code


def _other(error: Exception) -> int:
    show = getattr(error, "show", None)
    if show is not None and hasattr(error, "exit_code"):  # a usage error, told in Typer's own words
        show(file=sys.stderr)
        return ExitCode.USAGE
    code = getattr(error, "exit_code", None)
    if type(error).__name__ in ("Exit", "Abort"):
        return int(code) if code is not None else ExitCode.INTERRUPTED
    return _bug(error)


def _bug(error: Exception) -> int:
    """A report worth pasting. It has no values of variables, which could be secret."""
    import platform
    import traceback

    sys.stderr.write(
        "batchspec: this is a bug in batchspec, please report it with all that follows\n"
        f"  batchspec {__version__}, Python {platform.python_version()}, {platform.platform()}\n"
    )
    sys.stderr.writelines(traceback.format_exception(type(error), error, error.__traceback__))
    return ExitCode.BUG
