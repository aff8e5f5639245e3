"""What only running needs, for who looks at work or clears it away: the secrets, the input files, an image of today.

What work is called has to be known all the same: ids, groups, the container, and the outputs in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from batchspec.diag import Diagnostic, Severity

# An unset variable; inputs that are not there, or are no files; what has been retired since the work was run.
EASED = frozenset({"BS214", "BS401", "BS402", "BS403", "BS351"})
_OUTPUTS = r"outputs(/.*)?"
_NAMES = re.compile(
    r"(/(name|api_version|storage(/.*)?|pool(/id)?|job(/id|/pool_info(/pool_id)?)?"
    rf"|job/(task_defaults(/{_OUTPUTS})?|job_manager_task(/(id|{_OUTPUTS}))?)"
    rf"|tasks(/\d+(/(id|name|matrix(/.*)?|depends_on(/.*)?|{_OUTPUTS}))?)?))?"
)


def eased(found: Iterable[Diagnostic], unknown: Iterable[str]) -> list[Diagnostic]:
    """The findings, with what only running needs as notes. unknown: pointers to what could not be worked out.

    They stay as they are when nobody can tell from the rest what the work is called.
    """
    if any(map(_NAMES.fullmatch, unknown)):
        return list(found)
    return [one.at(Severity.NOTE) if one.code in EASED else one for one in found]
