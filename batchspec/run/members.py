"""See `batchspec.compiler.members`."""

from batchspec.compiler.members import ends_by_itself, is_empty, is_open, manager, task_ids

__all__ = ["ends_by_itself", "is_empty", "is_open", "manager", "task_ids"]
