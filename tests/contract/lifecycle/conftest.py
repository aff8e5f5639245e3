"""The emulator's fixture."""

from tests.support.emulator import emulator

__all__ = ["emulator"]
