"""What only running needs, for who looks at work or clears it away: the secrets, the input files, an image of today.

What work is called has to be known all the same: ids, groups, the container, and the outputs in it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

from batchspec.diag import Diagnostic, Severity
from batchspec.spec.known import MISSING
from batchspec.spec.model import Parameter

_NOT_GIVEN = "BS209"  # a parameter: of secret ones alone
# An unset variable; inputs that are not there, or are no files; what has been retired since the work was run; the files
# of a matrix.
EASED = frozenset({_NOT_GIVEN, "BS214", "BS401", "BS402", "BS403", "BS351", *MISSING})
_OUTPUTS = r"outputs(/.*)?"
_NAMES = re.compile(
    r"(/(name|api_version|storage(/.*)?|pool(/id)?|job(/id|/pool_info(/pool_id)?)?"
    rf"|job/(task_defaults(/{_OUTPUTS})?|job_manager_task(/(id|{_OUTPUTS}))?)"
    rf"|tasks(/\d+(/(id|name|matrix(/.*)?|depends_on(/.*)?|{_OUTPUTS}))?)?))?"
)


def eased(found: Iterable[Diagnostic], unknown: Iterable[str], parameters: Mapping[str, Parameter]) -> list[Diagnostic]:
    """The findings, with what only running needs as notes. unknown: pointers to what could not be worked out.

    They stay as they are when nobody can tell from the rest what the work is called.
    """
    if any(map(_NAMES.fullmatch, unknown)):
        return list(found)
    secret = {one.pointer for one in parameters.values() if one.secret}
    return [one.at(Severity.NOTE) if _is_eased(one, secret) else one for one in found]


def _is_eased(one: Diagnostic, secret: Collection[str]) -> bool:
    return one.code in EASED and (one.code != _NOT_GIVEN or one.pointer in secret)
