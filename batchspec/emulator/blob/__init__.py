"""Block blobs: what azure-storage-blob uses of the Blob REST API, on loopback, over files and SQLite."""
