"""What every Batch REST operation shares: signatures, errors, versions, OData, paging, conditions."""
