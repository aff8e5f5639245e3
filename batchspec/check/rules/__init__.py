"""Every rule, in no order: one module, one concern, a few codes."""

from batchspec.check.rule import Rule
from batchspec.check.rules import (
    commands,
    dependencies,
    dependency_size,
    duplicate_ids,
    images,
    input_files,
    output_paths,
    secret_names,
    slots_and_nodes,
    timeouts,
)  # fmt: skip

RULES: tuple[Rule, ...] = (
    commands.check,
    dependencies.check,
    dependency_size.check,
    duplicate_ids.check,
    images.check,
    input_files.check,
    output_paths.check,
    secret_names.check,
    slots_and_nodes.check,
    timeouts.check,
)
