"""One blob service for the tests of a file, and a container of its own for each."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest
from azure.storage.blob import BlobServiceClient, ContainerClient

from tests.support.blob_service import Service, serving_blobs


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with serving_blobs(tmp_path_factory.mktemp("blobs")) as service:
        yield service


@pytest.fixture
def client(service: Service) -> Iterator[BlobServiceClient]:
    with service.client() as client:
        yield client


@pytest.fixture
def container(client: BlobServiceClient) -> ContainerClient:
    return client.create_container(f"c{secrets.token_hex(8)}")
