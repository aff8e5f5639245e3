"""Program and live state to a plan: ordered changes, each with its reason and its cost."""

from batchspec.planning.change import Action, Change, Plan
from batchspec.planning.differences import Difference
from batchspec.planning.live import Live
from batchspec.planning.plan import plan

__all__ = ["Action", "Change", "Difference", "Live", "Plan", "plan"]
