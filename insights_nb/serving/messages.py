"""What a viewer's websocket may carry, judged by its form alone before anything is done with it."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any, Literal

ALLOWED_TYPES = (
    "comm_open",
    "comm_close",
    "comm_msg",
    "comm_info_request",
    "kernel_info_request",
)
"""Viewers move controls. They neither run code nor end kernels over the websocket."""

# What nothing on a page comes near.
_LONGEST_NAME = 200
_MOST_PARTS = 64
_DEEPEST = 50
_PARTS = ("header", "parent_header", "metadata", "content")
_NEEDED: dict[str, dict[str, type]] = {
    "comm_open": {"comm_id": str, "target_name": str, "data": dict},
    "comm_close": {"comm_id": str},
    "comm_msg": {"comm_id": str, "data": dict},
}


class MessageError(ValueError):
    """A message that no page of ours sends; its text is a fixed phrase, never the sender's."""


def check(message: str | bytes, *, by_parts: bool) -> None:
    """Let a message pass that Jupyter takes without an error.

    Parameters
    ----------
    message
        As it came: text or binary.
    by_parts
        Whether the websocket speaks ``v1.kernel.websocket.jupyter.org``, which puts header and
        content beside each other instead of into one JSON text.

    Raises
    ------
    MessageError
        If it has another form, or a type that viewers do not send.
    """
    found = _from_parts(message) if by_parts else _from_json(message)
    if found["channel"] != "shell":
        raise MessageError("the channel is not shell")
    for name in _PARTS:
        if not isinstance(found[name], dict):
            raise MessageError(f"the {name} is no object")
    _check_header(found["header"])
    _check_content(found["header"]["msg_type"], found["content"])


def _check_header(header: dict[str, Any]) -> None:
    for value in header.values():
        if not isinstance(value, str) or len(value) > _LONGEST_NAME:
            raise MessageError("the header has more than short texts")
    if header.get("msg_type") not in ALLOWED_TYPES:
        raise MessageError("the type is not allowed")
    if not header.get("msg_id"):
        raise MessageError("the message has no name")


def _check_content(kind: str, content: dict[str, Any]) -> None:
    for name, expected in _NEEDED.get(kind, {}).items():
        if not isinstance(content.get(name), expected):
            raise MessageError("the content lacks what its type needs")
    for name in ("comm_id", "target_name"):
        value = content.get(name)
        if value is not None and not (isinstance(value, str) and 0 < len(value) <= _LONGEST_NAME):
            raise MessageError("the comm has an odd name")


def _from_json(message: str | bytes) -> dict[str, Any]:
    binary = isinstance(message, bytes)
    if isinstance(message, bytes):
        # Four bytes count the parts, four more for each say where it begins.
        count = int.from_bytes(message[:4], "big")
        starts = _numbers(message, count, 4, "big")
        if starts[0] != 4 * (count + 1):
            raise MessageError("the parts do not follow their index")
        ends = [*starts[1:], len(message)]
        whole = _json(message[starts[0] : ends[0]])
    else:
        whole = _json(message)
    if not isinstance(whole, dict):
        raise MessageError("the message is no object")
    found = {name: whole.get(name) for name in (*_PARTS, "channel")}
    if whole.get("buffers") and not binary:
        raise MessageError("a text has no buffers")
    return found


def _from_parts(message: str | bytes) -> dict[str, Any]:
    if isinstance(message, str):
        raise MessageError("a text where binary parts were agreed on")
    # Eight bytes count the index, eight more say where each part begins, and the last one ends.
    count = int.from_bytes(message[:8], "little")
    index = _numbers(message, count, 8, "little")
    if count < len(_PARTS) + 2 or index[0] != 8 * (count + 1):
        raise MessageError("the parts do not follow their index")
    parts = [message[start:end] for start, end in pairwise(index)]
    found: dict[str, Any] = {
        name: _json(part) for name, part in zip(_PARTS, parts[1:], strict=False)
    }
    return found | {"channel": _text(parts[0])}


def _numbers(message: bytes, count: int, size: int, order: Literal["big", "little"]) -> list[int]:
    """Return the numbers of an index, which never go back nor past the message's end."""
    if not 1 <= count <= _MOST_PARTS or len(message) < size * (count + 1):
        raise MessageError("the index is longer than the message")
    found = [
        int.from_bytes(message[size * place : size * (place + 1)], order)
        for place in range(1, count + 1)
    ]
    if found != sorted(found) or found[-1] > len(message):
        raise MessageError("the index leads out of the message")
    return found


def _text(part: bytes) -> str:
    try:
        return part.decode()
    except UnicodeDecodeError as error:
        raise MessageError("the text is not UTF-8") from error


def _json(part: str | bytes) -> Any:  # noqa: ANN401 -- JSON
    text = _text(part) if isinstance(part, bytes) else part
    try:
        found = json.loads(text)
        # What JSON in Python takes, but the kernel's answer could not hold: NaN, half a character.
        json.dumps(found, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError) as error:
        raise MessageError("it is no JSON") from error
    if _is_deep(found):
        raise MessageError("it is nested too deeply")
    return found


def _is_deep(found: Any) -> bool:  # noqa: ANN401 -- JSON
    level = [found] if isinstance(found, dict | list) else []
    for _ in range(_DEEPEST):
        inner = [one.values() if isinstance(one, dict) else one for one in level]
        level = [one for each in inner for one in each if isinstance(one, dict | list)]
        if not level:
            return False
    return True
