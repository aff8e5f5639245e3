"""YAML text to a tree of nodes that know where they stand; for files of the usual kind there is a quick way."""

from batchspec.reading.collector import collector_paused
from batchspec.reading.exact import load
from batchspec.reading.node import Mapping, Node, Scalar, Sequence, plain
from batchspec.reading.tree import quick

__all__ = ["Mapping", "Node", "Scalar", "Sequence", "collector_paused", "load", "plain", "quick"]
