"""Messages of a websocket at random: what is let through, Jupyter takes without an error."""

from __future__ import annotations

import json
import random
from typing import Any

from jupyter_client.session import Session
from jupyter_server.services.kernels.connection.base import (
    deserialize_binary_message,
    deserialize_msg_from_ws_v1,
    serialize_binary_message,
    serialize_msg_to_ws_v1,
)

from insights_nb.serving.messages import ALLOWED_TYPES, MessageError, check
from tests.fuzz import Attack
from tests.viewers import message

_SESSION = Session(key=b"")
_ODD: tuple[Any, ...] = (
    None,
    True,
    -1,
    1e308,
    float("nan"),
    "",
    "\0",
    "x" * 300,
    "\ud800",
    [],
    [[]],
    {},
    {"method": "update"},
    "shell",
    "control",
    "execute_request",
)


def _whole(chance: random.Random) -> dict[str, Any]:
    kind = chance.choice(ALLOWED_TYPES)
    content: dict[str, Any] = {
        "comm_id": "c",
        "target_name": "jupyter.widget.control",
        "data": {"method": "update", "state": {"value": 1}, "buffer_paths": []},
    }
    return message(kind, **content)


def _bent(chance: random.Random, told: Any) -> Any:  # noqa: ANN401 - JSON
    """Change, leave out or add something somewhere."""
    if not isinstance(told, dict) or not told or chance.random() < 0.2:
        odd = chance.choice(_ODD)
        for _ in range(chance.choice((0, 0, 0, 60, 3000))):
            odd = [odd]
        return odd
    name = chance.choice([*told])
    if chance.random() < 0.3:
        return {key: value for key, value in told.items() if key != name}
    return told | {name: _bent(chance, told[name])}


def _written(value: Any) -> bytes:  # noqa: ANN401 - JSON
    try:
        return json.dumps(value).encode()
    except (RecursionError, ValueError):
        return b"[" * 5000


def _sent(chance: random.Random, *, by_parts: bool) -> str | bytes:
    told = _whole(chance)
    for _ in range(chance.randrange(3)):
        told = bent if isinstance(bent := _bent(chance, told), dict) else {"message": bent}
    if by_parts:
        names = ("header", "parent_header", "metadata", "content")
        parts = [_written(told.get(name)) for name in names]
        parts += [b"buffer"] * chance.randrange(3)
        return bytes(serialize_msg_to_ws_v1(parts, chance.choice(("shell", "shell", "iopub", ""))))
    if chance.random() < 0.5:
        return _written(told).decode()
    try:
        return bytes(serialize_binary_message(told | {"buffers": [b"buffer"]}))
    except (RecursionError, ValueError):
        return b"\0\0\0\1\0\0\0\x08[]"


def _mangled(chance: random.Random, sent: str | bytes) -> str | bytes:
    """Exchange, lose or add a few bytes, mostly of what tells how the rest is to be read."""
    raw = bytearray(sent if isinstance(sent, bytes) else sent.encode())
    for _ in range(chance.randrange(1, 4)):
        place = chance.randrange(min(len(raw), chance.choice((8, 64, len(raw) or 1))) or 1)
        if chance.random() < 0.7 and raw:
            raw[place] = chance.choice((0, 1, 8, 0x7F, 0x80, 0xFF, chance.randrange(256)))
        elif chance.random() < 0.5:
            del raw[place:]
        else:
            raw[place:place] = bytes(chance.randrange(256) for _ in range(8))
    return bytes(raw) if isinstance(sent, bytes) else raw.decode(errors="replace")


def _attempt(chance: random.Random, _: object) -> str:
    by_parts = chance.random() < 0.5
    sent = _sent(chance, by_parts=by_parts)
    if chance.random() < 0.5:
        sent = _mangled(chance, sent)
    try:
        check(sent, by_parts=by_parts)
    except MessageError:
        return "dropped"
    # As Jupyter's own handler reads and hands on what it is given.
    if by_parts:
        assert isinstance(sent, bytes)
        channel, parts = deserialize_msg_from_ws_v1(sent)
        header, _, _, content = (_SESSION.unpack(part) for part in parts[:4])
    else:
        told = deserialize_binary_message(sent) if isinstance(sent, bytes) else json.loads(sent)
        channel, header, content = told["channel"], told["header"], told["content"]
        _SESSION.serialize(told)
    assert channel == "shell"
    assert header["msg_type"] in ALLOWED_TYPES
    assert isinstance(content, dict)
    return "let through"


ATTACKS = [Attack("messages", _attempt, tries=20_000, few=1_000)]
