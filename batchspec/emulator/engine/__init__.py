"""Pools, jobs and tasks, and the processes that do the work."""
