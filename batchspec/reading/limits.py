"""How much a file may hold; more is a finding."""

from __future__ import annotations

MAX_BYTES = 64 * 1024 * 1024
MAX_DEPTH = 64
MAX_EXPANDED = 5_000_000  # nodes, counting each use of an alias
MAX_DOCUMENTS = 1_000  # in one file
MAX_FINDINGS = 1_000  # in one text: more say nothing new, and a hostile one may have as many as it has lines
MAX_ALIASED = 50_000  # nodes that aliases stand for, beside one for each ALIASED_PER_NODE characters of the file
ALIASED_PER_NODE = 4
