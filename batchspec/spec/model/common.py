"""Shapes and sentences that several tables share. The limits are those of the service's REST reference."""

from __future__ import annotations

from batchspec.spec.shape import Either, ListOf, MapOf, Text, TextOrNumber, Value, Whole
from batchspec.spec.table import Bound, Table

ID = Text(pattern=r"[A-Za-z0-9_-]+", longest=64, form="letters, digits, - and _, at most 64 of them", code="BS205")
TASK_ID = TextOrNumber(
    pattern=r"[A-Za-z0-9_-]+", longest=64, form="letters, digits, - and _, at most 64 of them", code="BS205"
)
NAME = Text(pattern=r"[A-Za-z_][A-Za-z0-9_]*", form="a letter or _, then letters, digits and _")
DISPLAY_NAME = Text(shortest=1, longest=1024)
VARIABLE = Text(
    pattern=r"(?!AZ_BATCH_|BATCHSPEC_RUN$)[A-Za-z_][A-Za-z0-9_.()-]*",
    form="a letter or _, then letters, digits and _; names that start with AZ_BATCH_ belong to the service",
)


class NoValue(Bound):
    """A variable that is named and given no value, not even an empty one."""


ENVIRONMENT = MapOf(Either((Value(), Table(NoValue))), VARIABLE)
METADATA = MapOf(Text())
COMMAND = Either((Text(), ListOf(Value(("string", "number")), shortest=1)))
RETRIES = Whole(-1, 2**31 - 1)

COMMAND_DOC = "An argv list, or a command line. It runs without a shell: no &&, no |, no $VAR."
RUN_DOC = "A script for bash, run with set -euo pipefail. Any quoting survives."
ENVIRONMENT_DOC = "Environment variables. A value of null leaves the variable out; {} names it without a value."
ELEVATED_DOC = "Run as administrator. The local target refuses it."
INPUTS_DOC = "Files that are put into the working directory before the command starts."
RETRIES_DOC = "How often it is started again after a failure; -1 is without end."
TIMEOUT_DOC = "The longest that one try may run; then it is killed."
RETENTION_DOC = "How long its directory stays on the node; 7 days when not given."
WAIT_DOC = "Tasks wait until it has succeeded; true when not given."
DISPLAY_DOC = "A name for people to read; it need not be unique."
METADATA_DOC = "Names and values for your own use; the service keeps them and gives them no meaning."
