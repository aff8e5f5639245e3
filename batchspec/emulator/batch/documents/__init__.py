"""Records of the engine as the JSON documents of the service: a table of members per document."""
