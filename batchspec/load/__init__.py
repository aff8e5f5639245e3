"""YAML text to a tree of nodes that know where they stand."""

from batchspec.load.node import Mapping, Node, Scalar, Sequence, plain
from batchspec.load.reader import load

__all__ = ["Mapping", "Node", "Scalar", "Sequence", "load", "plain"]
