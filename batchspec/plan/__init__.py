"""Program and live state to a plan: ordered changes, each with its reason and its cost."""

from batchspec.plan.change import Action, Change, Plan
from batchspec.plan.differences import Difference
from batchspec.plan.live import Live
from batchspec.plan.plan import plan

__all__ = ["Action", "Change", "Difference", "Live", "Plan", "plan"]
