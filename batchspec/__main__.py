"""The command `batchspec`, and `python -m batchspec`."""

from __future__ import annotations

import gc
import io
import os
import signal
import sys

from batchspec import __version__


def main() -> None:
    """Run the command line and exit with its code."""
    gc.set_threshold(200_000)
    _fill()
    if sys.argv[1:] == ["--version"]:  # before anything is imported: scripts ask this often
        print(f"batchspec {__version__}")  # noqa: T201  the command's own output
        return
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # names of files and words of tasks may be any bytes
    try:
        from batchspec.cli.main import run

        code = run(sys.argv[1:])
    except KeyboardInterrupt:  # at any time, also while Python still imports
        sys.stderr.write("batchspec: interrupted\n")
        code = 130
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # all is done and told; what is left is Python's own end
    sys.exit(code)


def _fill() -> None:
    """Open the standard streams that whoever started us has closed, so that no file of ours takes their place."""
    for at, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        if getattr(sys, name) is None:
            null = os.open(os.devnull, os.O_RDWR)
            if null != at:
                os.dup2(null, at)
                os.close(null)
            setattr(sys, name, open(at, mode, encoding="utf-8", closefd=False))  # noqa: SIM115  open until we end


if __name__ == "__main__":
    main()
