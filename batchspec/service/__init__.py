"""The world behind the ports: Azure Batch and Blob storage, or the local service that speaks their protocols."""
