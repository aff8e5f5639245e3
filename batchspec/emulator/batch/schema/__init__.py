"""What request bodies may hold: tables in our own notation, compiled once per API version."""
