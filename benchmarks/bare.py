"""The least a relay can do on an ASGI server: no Django, no Channels, no parsing."""

from typing import Any

rooms: dict[str, list[Any]] = {}


async def application(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] != "websocket":
        return
    await receive()
    await send({"type": "websocket.accept", "subprotocol": "call.v1"})
    room = rooms.setdefault(scope["path"], [])
    room.append(send)
    try:
        while (event := await receive())["type"] == "websocket.receive":
            for other in room:
                if other is not send:
                    await other({"type": "websocket.send", "text": event["text"]})
    finally:
        room.remove(send)
