"""The job manager task of a schedule: a script for the nodes, which imports nothing but the standard library."""

from __future__ import annotations

from pathlib import Path

SCRIPT = Path(__file__).with_name("add_tasks.py")
FORMAT = 1  # of the file of tasks that the script reads
KEY_VARIABLE = "BATCHSPEC_ACCOUNT_KEY"  # the account's key; without it the script asks for a token
LINK_VARIABLE = "BATCHSPEC_LINK_"  # and permissions in capitals: the container's URL with that signature
