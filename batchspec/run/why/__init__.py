"""Why work does not move: the reasons, in one place for `why`, and for every watch that has to end.

    job      the job itself has ended, or will not go on
    pool     its pool has no nodes that run tasks, or gets none
    tasks    what a task waits for
    facts -> reasons: all of it is pure; `gather` asks the service for the facts

`batchspec.run.stall` asks for the first two whenever a watch sees nothing move.
"""
