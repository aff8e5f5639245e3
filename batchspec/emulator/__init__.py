"""A local Azure Batch and Blob service on loopback, reached by URL only: `python -m batchspec.emulator serve`."""
