"""The part of OData that the service speaks: $filter, $select, $expand."""
