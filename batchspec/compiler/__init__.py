"""Spec to program. Importing it costs what the SDK's models cost, so callers import it where they use it."""
