"""The command line: it parses, calls, shows and returns an exit code; it computes nothing."""
