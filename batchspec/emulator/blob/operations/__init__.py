"""One row per operation of the Blob REST API, in `table`; what the rows do, in the other modules."""
