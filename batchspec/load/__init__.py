"""YAML text to a tree of nodes that know where they stand; for files of the usual kind there is a quick way."""

from batchspec.load.collector import collector_paused
from batchspec.load.exact import load
from batchspec.load.node import Mapping, Node, Scalar, Sequence, plain
from batchspec.load.tree import quick

__all__ = ["Mapping", "Node", "Scalar", "Sequence", "collector_paused", "load", "plain", "quick"]
