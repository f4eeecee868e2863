"""What is added to Daphne's classes."""

import pytest
from daphne.ws_protocol import WebSocketProtocol

from calls.servers import daphne


@pytest.mark.parametrize("state", ["STATE_CLOSING", "STATE_CLOSED"])
def test_sending_to_a_socket_that_has_ended_is_an_oserror(
    monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    monkeypatch.setattr(WebSocketProtocol, "serverSend", WebSocketProtocol.serverSend)
    daphne._drop_who_does_not_read()
    protocol = WebSocketProtocol()
    protocol.transport = protocol.client_addr = None
    protocol.state = getattr(WebSocketProtocol, state)
    with pytest.raises(ConnectionResetError):
        protocol.serverSend("{}")
