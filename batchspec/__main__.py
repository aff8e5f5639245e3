"""The command `batchspec`, and `python -m batchspec`."""

from __future__ import annotations

import gc
import sys

from batchspec import __version__


def main() -> None:
    """Run the command line and exit with its code."""
    gc.set_threshold(200_000)
    if sys.argv[1:] == ["--version"]:  # before anything is imported: scripts ask this often
        print(f"batchspec {__version__}")  # noqa: T201  the command's own output
        return
    from batchspec.cli.main import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
