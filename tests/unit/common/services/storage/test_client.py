"""Objects of any bucket, through Google's client and the Storage stand-in."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.errors import UnavailableError
from common.services.storage.client import ObjectState, StorageClient
from localdev.stack.layout import LOGS_BUCKET, PROJECT
from localdev.stack.ports import free_port
from localdev.stand_ins.storage.service import StorageStandIn as StandIn
from tests.support.runs import NOON

KEY = "a/key"


@pytest.fixture
def client(storage_service: StandIn, monkeypatch: pytest.MonkeyPatch) -> StorageClient:
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", storage_service.url)
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", PROJECT)
    return StorageClient()


def put(client: StorageClient, content: bytes) -> ObjectState:
    client.blob(LOGS_BUCKET, KEY).upload_from_string(content)
    state = client.state(LOGS_BUCKET, KEY)
    assert state
    return state


def test_a_missing_object_has_no_state(client: StorageClient) -> None:
    assert client.state(LOGS_BUCKET, KEY) is None


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=50), piece_bytes=st.integers(1, 60))
def test_the_pieces_add_up_to_the_object(client: StorageClient, content: bytes, piece_bytes: int) -> None:
    state = put(client, content)
    pieces = list(client.pieces(LOGS_BUCKET, KEY, state, piece_bytes=piece_bytes))
    assert b"".join(piece or b"" for piece in pieces) == content
    assert len(pieces) == -(-len(content) // piece_bytes)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=50), start=st.integers(0, 50))
def test_pieces_can_start_at_any_byte(client: StorageClient, content: bytes, start: int) -> None:
    pieces = list(client.pieces(LOGS_BUCKET, KEY, put(client, content), from_byte=start, piece_bytes=10))
    assert b"".join(piece or b"" for piece in pieces) == content[start:]


def test_pieces_end_with_none_when_the_object_is_replaced(client: StorageClient) -> None:
    pieces = client.pieces(LOGS_BUCKET, KEY, put(client, b"x" * 50), piece_bytes=10)
    assert next(pieces) == b"x" * 10
    put(client, b"y" * 50)
    rest = list(pieces)
    assert rest[-1] is None
    assert set(rest[:-1]) <= {b"x" * 10}  # pieces that were read ahead


def test_a_range_of_a_replaced_generation_is_none(client: StorageClient) -> None:
    old = put(client, b"old")
    put(client, b"new")
    assert client.read_range(LOGS_BUCKET, KEY, old, start=0, end=3) is None
    assert client.read_range(LOGS_BUCKET, KEY, old, start=3, end=3) == b""


def test_an_outage_of_storage_raises_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", PROJECT)
    client = StorageClient(patience_s=0.1)
    with pytest.raises(UnavailableError):
        client.state(LOGS_BUCKET, KEY)
    with pytest.raises(UnavailableError):
        client.read_range(LOGS_BUCKET, KEY, ObjectState(1, 9, NOON), start=0, end=9)
