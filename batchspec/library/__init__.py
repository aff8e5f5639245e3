"""What `import batchspec` gives: a spec as a value, and its runs, followed from any process that knows their ids.

    load -> Spec -> compile -> Program
                 -> plan    -> Plan
                 -> apply   -> Run -> status, wait, logs, outputs, cancel
    get_run(id) ------------> Run -> watch -> Event*

Nothing here prints, ends the process, or remembers anything between two calls. A Spec and a Run are plain values that
hold no connection: threads may share them. Each call opens its own connection, and closes it.
"""
