"""Rules about the members of an object together."""

from __future__ import annotations

from typing import Any

from batchspec.emulator.batch.schema.kinds import Rule, Unfit


def exactly_one(*names: str) -> Rule:
    """Exactly one of the members must be there."""

    def rule(value: dict[str, Any]) -> None:
        given = [name for name in names if name in value]
        if not given:
            raise Unfit("MissingRequiredProperty", None, f"one of {', '.join(names)} must be given", names[0])
        if len(given) > 1:
            raise Unfit("InvalidPropertyValue", None, f"cannot be given beside {given[0]}", given[1])

    return rule


def sized_one_way(value: dict[str, Any]) -> None:
    """A pool has a formula or numbers of nodes, and which of them, `enableAutoScale` says."""
    numbers, by_formula = ("targetDedicatedNodes", "targetLowPriorityNodes"), ("autoScaleFormula",)
    scales = value.get("enableAutoScale") is True
    if scales and "autoScaleFormula" not in value:
        raise Unfit("InvalidAutoScalingSettings", None, "must be given when enableAutoScale is true", *by_formula)
    for name in numbers if scales else (*by_formula, "autoScaleEvaluationInterval"):
        if name in value:
            when = "true" if scales else "not true"
            reason = f"cannot be given when enableAutoScale is {when}"
            raise Unfit("InvalidAutoScalingSettings", value[name], reason, name)
    if not scales:
        at_least_one(*numbers)(value)


def at_least_one(*names: str) -> Rule:
    """One of the members at least must be there."""

    def rule(value: dict[str, Any]) -> None:
        if not any(name in value for name in names):
            raise Unfit("MissingRequiredProperty", None, f"one of {', '.join(names)} must be given", names[0])

    return rule
