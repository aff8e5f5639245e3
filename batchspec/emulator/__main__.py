"""The emulator's command line, which is all that the rest of batchspec knows of it.

Exit codes: 0 done · 2 usage · 4 cannot be done, with the reason in one line · 70 a bug, with its traceback.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from batchspec.emulator.home import HomeError
from batchspec.emulator.lifecycle import ServeOptions, reset, serve, stop

_FASTEST = 1e5
_LARGEST_OFFSET = 10 * 365 * 86400.0
DEFAULT_ROOT = Path(".batchspec/local")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit code."""
    options = _parser().parse_args(argv)
    try:
        if options.command == "serve":
            return serve(_serve_options(options))
        said = stop(options.root) if options.command == "stop" else reset(options.root, force=options.force)
    except HomeError as error:
        with suppress(OSError):  # the disk that is full may be the log's, too
            sys.stderr.write(f"batchspec emulator: {error}\n")
        return 4
    except KeyboardInterrupt:
        return 130
    except Exception:
        logging.getLogger("batchspec.emulator").exception("a bug in the emulator; it ends here")
        return 70
    sys.stdout.write(f"{said}\n")
    return 0


def _serve_options(given: argparse.Namespace) -> ServeOptions:
    return ServeOptions(
        given.root, given.port, given.idle, given.json, given.detached, given.clock_rate, given.clock_skew,
        given.control,
    )  # fmt: skip


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("batchspec emulator", description="A local Azure Batch and Blob service.")
    commands = parser.add_subparsers(dest="command", required=True)

    serving = commands.add_parser("serve", help="serve until stopped; prints NAME=value lines once ready")
    serving.add_argument("--port", type=_port, default=0, help="port on 127.0.0.1; 0: the last one, or any")
    serving.add_argument(
        "--idle", type=_seconds, default=0.0, metavar="SECONDS", help="stop after that long without work; 0: never"
    )
    serving.add_argument("--json", action="store_true", help="print one JSON object instead of lines")
    serving.add_argument("--detached", action="store_true", help="go on in the background once ready")
    serving.add_argument(
        "--clock-rate", type=_rate, default=1.0, metavar="N",
        help="run the clock N times as fast: schedules, time limits, retention, autoscale; signatures keep real time",
    )  # fmt: skip
    serving.add_argument(
        "--clock-skew", type=_offset, default=0.0, metavar="SECONDS",
        help="be wrong about the time of day: in the Date header, and when checking signatures and SAS",
    )  # fmt: skip
    serving.add_argument(
        "--control", action="store_true",
        help="for tests: let whoever can reach the port ask for faults, node failures and jumps of the clock below"
        " /_emulator/ (see batchspec/emulator/control)",
    )  # fmt: skip
    stopping = commands.add_parser("stop", help="stop it; what ran is queued again at the next start")
    resetting = commands.add_parser("reset", help="remove all its state: jobs, blobs, key")
    resetting.add_argument("--force", action="store_true", help="stop it first, if it runs")
    for command in (serving, stopping, resetting):
        command.add_argument(
            "--root", type=Path, default=DEFAULT_ROOT, metavar="DIR", help=f"its directory ({DEFAULT_ROOT})"
        )
    return parser


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"'{text}' is no port: give a number from 0 to 65535")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"'{text}' is no number of seconds")
    return seconds


def _offset(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = float("inf")
    if not abs(seconds) <= _LARGEST_OFFSET:
        raise argparse.ArgumentTypeError(f"'{text}' is no number of seconds, or too many")
    return seconds


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = 0.0
    if not 0 < rate <= _FASTEST:
        raise argparse.ArgumentTypeError(f"'{text}' is no rate: give a number above 0, at most {_FASTEST:g}")
    return rate


if __name__ == "__main__":
    sys.exit(main())
