"""What a viewer's browser may send: odd addresses and messages, and values for every widget."""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Iterator
from typing import Any

import ipywidgets
import nbformat
import pytest
import traitlets
from jupyter_server.services.kernels.connection.base import serialize_msg_to_ws_v1
from tornado.websocket import WebSocketClientConnection

from insights_nb.explorers.dashboard import Dashboard
from insights_nb.serving.inputs import inputs, taken
from insights_nb.serving.messages import MessageError, check
from insights_nb.widgets import ChartView, Segmented
from insights_nb.widgets._base import Look
from tests.servers import Server, dashboard
from tests.viewers import Viewer, answered, aside, message

pytestmark = pytest.mark.system

NOTEBOOK = """
import ipywidgets, json
from insights_nb.widgets import Segmented
html, slider, child = ipywidgets.HTML("kept"), ipywidgets.IntSlider(), ipywidgets.Label("child")
control = Segmented(label="Per", options=[("a", "A"), ("b", "B")], value="a")
box = ipywidgets.VBox([html, slider, child])
print(json.dumps({
    "html": html.model_id, "slider": slider.model_id, "box": box.model_id,
    "layout": box.layout.model_id, "look": control._style_sheet.model_id,
    "control": control.model_id, "style": slider.style.model_id,
}))
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    path = tmp_path_factory.mktemp("book") / "book.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(NOTEBOOK)]), path)
    with dashboard("--notebook", str(path)) as running:
        yield running


@pytest.fixture(scope="module")
def viewer(served: Server) -> Iterator[Viewer]:
    found = Viewer(served.url)
    yield found
    found.close()


@pytest.fixture(scope="module")
def page(viewer: Viewer) -> dict[str, Any]:
    """The kernel's name, and the widgets' by what they are called in the notebook."""
    said = viewer.start()
    printed = said["cells"][0]["outputs"][0]["data"]["text/plain"]
    return {"kernel": said["kernel"]["id"], **json.loads(printed)}


async def state_of(link: WebSocketClientConnection, name: str) -> dict[str, Any]:
    asked = message("comm_msg", comm_id=name, data=REQUEST)
    await link.write_message(json.dumps(asked))
    (found,) = (
        said["content"]["data"]["state"]
        for said in await answered(link)
        if said["msg_type"] == "comm_msg"
        and said["parent_header"]["msg_id"] == asked["header"]["msg_id"]
    )
    return dict(found)


REQUEST = {"method": "request_state"}


def update(name: str, **state: object) -> str:
    data = {"method": "update", "state": state, "buffer_paths": []}
    return json.dumps(message("comm_msg", comm_id=name, data=data))


# -- Addresses ---------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["%00", "a%00b", "%0a", "static/{}/app/%00", "static/{}/%00/x"])
def test_an_address_that_is_no_name_is_not_found(served: Server, path: str) -> None:
    answer = served.get(path.format(version(served)))
    assert answer.status_code == 404
    assert "Traceback" not in served.log()


@pytest.mark.parametrize("start", ["", "static/{}/app/", "static/{}/", "api/kernels/"])
@pytest.mark.parametrize("rest", ["x" * 5_000, "x/" * 25_000])
def test_an_address_without_end_is_not_found(served: Server, start: str, rest: str) -> None:
    answer = served.get(start.format(version(served)) + rest)
    assert answer.status_code == 404
    assert "Traceback" not in served.log()


def version(served: Server) -> str:
    found = re.search(r"/static/(\w+)/", served.get().text)
    assert found
    return found[1]


# -- Messages ----------------------------------------------------------------------------------


def _with(**parts: object) -> dict[str, Any]:
    return message("kernel_info_request") | parts


def _without(name: str) -> dict[str, Any]:
    return {key: value for key, value in message("kernel_info_request").items() if key != name}


_HEADER = message("kernel_info_request")["header"]
ODD_MESSAGES: dict[str, str | bytes] = {
    "empty": "",
    "no JSON": "{",
    "no object": "[]",
    "a number": "1",
    "nothing": "{}",
    "null": "null",
    "no header": json.dumps(_without("header")),
    "no parent": json.dumps(_without("parent_header")),
    "no metadata": json.dumps(_without("metadata")),
    "no content": json.dumps(_without("content")),
    "no channel": json.dumps(_without("channel")),
    "an unknown channel": json.dumps(_with(channel="x")),
    "a channel that is no text": json.dumps(_with(channel=[])),
    "standard input": json.dumps(_with(channel="stdin")),
    "no type": json.dumps(_with(header={"msg_id": "1"})),
    "a type that is no text": json.dumps(_with(header={**_HEADER, "msg_type": {}})),
    "a name that is no text": json.dumps(_with(header={**_HEADER, "msg_id": 1})),
    "a list for a header": json.dumps(_with(header=[])),
    "a list for content": json.dumps(_with(content=[])),
    "texts for buffers": json.dumps(_with(buffers=["x"])),
    "half a character": json.dumps(_with(content={"target_name": "\ud800"})),
    "not a number": json.dumps(_with(content={"x": float("nan")})),
    "too deep": '{"content":' + "[" * 100_000,
    "a comm without a name": json.dumps(message("comm_msg", data={})),
    "a comm without data": json.dumps(message("comm_msg", comm_id="x")),
    "no bytes": b"",
    "three bytes": b"\0\0\1",
    "parts that are not there": struct.pack("!II", 2**31, 8),
    "parts beyond the end": struct.pack("!III", 2, 12, 4000) + b"{}",
    "parts that go back": struct.pack("!III", 2, 12, 4) + b"{}",
    "parts of no JSON": struct.pack("!II", 1, 8) + b"\xff\xfe",
    "another protocol": serialize_msg_to_ws_v1([b"{}"] * 4, "shell"),
}


@pytest.mark.parametrize("by_parts", [False, True])
@pytest.mark.parametrize("sent", ODD_MESSAGES.values(), ids=ODD_MESSAGES)
def test_an_odd_message_is_told_from_a_pages(sent: str | bytes, by_parts: bool) -> None:
    with pytest.raises(MessageError):
        check(sent, by_parts=by_parts)


@pytest.mark.parametrize("kind", ["kernel_info_request", "comm_info_request"])
def test_a_pages_message_passes_in_either_form(kind: str) -> None:
    told = message(kind)
    check(json.dumps(told), by_parts=False)
    parts = [json.dumps(told[name]).encode() for name in (*_PARTS, "content")]
    check(serialize_msg_to_ws_v1([*parts, b"buffer"], "shell"), by_parts=True)
    told.pop("buffers")
    whole = json.dumps(told).encode()
    check(struct.pack("!III", 2, 12, 12 + len(whole)) + whole + b"buffer", by_parts=False)


_PARTS = ("header", "parent_header", "metadata")


def test_odd_messages_do_a_connection_no_harm(
    served: Server, viewer: Viewer, page: dict[str, Any]
) -> None:
    async def talk() -> None:
        async with viewer.attached(page["kernel"]) as link:
            for sent in ODD_MESSAGES.values():
                await link.write_message(sent, binary=isinstance(sent, bytes))
            for data in ({}, {"method": []}, {"method": "x"}, {"method": "update", "state": 1}):
                for name in ("slider", "box", "control"):
                    told = message("comm_msg", comm_id=page[name], data=data)
                    await link.write_message(json.dumps(told))
            odd = {"method": "update", "state": {"value": 3}, "buffer_paths": [["x", 1], 5, []]}
            await link.write_message(
                json.dumps(message("comm_msg", comm_id=page["slider"], data=odd))
            )
            await link.write_message(json.dumps(message("comm_msg", comm_id="none", data={})))
            await answered(link)
            assert (await state_of(link, page["slider"]))["value"] == 3

    aside(talk)
    assert "Traceback" not in served.log()
    assert "Error" not in served.log()


# -- What a page's widgets take ----------------------------------------------------------------


def test_the_browser_sets_values_of_controls_and_nothing_else(
    served: Server, viewer: Viewer, page: dict[str, Any]
) -> None:
    hostile = {
        "html": {"value": "<b>theirs</b>", "layout": None},
        "box": {"children": [], "_dom_classes": ["theirs"], "box_style": "danger"},
        "layout": {"width": "1px", "visibility": "hidden"},
        "look": {"_css": "* { display: none }", "_esm": "theirs"},
        "style": {"description_width": "1px"},
        "control": {"options": [], "label": "theirs", "_esm": "theirs"},
        "slider": {"max": 10_000, "description": "theirs"},
    }

    async def talk() -> None:
        async with viewer.attached(page["kernel"]) as link:
            before = {name: await state_of(link, page[name]) for name in hostile}
            for name, state in hostile.items():
                for trait, value in state.items():
                    await link.write_message(update(page[name], **{trait: value}))
            # New widgets are the notebook's to make, and its own are not the browser's to close.
            made = {"_model_module": "@jupyter-widgets/controls", "_model_name": "HTMLModel"}
            model = {"state": made}
            for each in (
                message(
                    "comm_open", comm_id="new", target_name="jupyter.widget", data={"state": model}
                ),
                message("comm_open", comm_id=page["box"], target_name="x", data={}),
                message("comm_close", comm_id=page["html"]),
            ):
                await link.write_message(json.dumps(each))
            assert {name: await state_of(link, page[name]) for name in hostile} == before
            await link.write_message(update(page["slider"], value=7, max=10_000))
            await link.write_message(update(page["control"], value="b"))
            slider = await state_of(link, page["slider"])
            control = await state_of(link, page["control"])
            assert (slider["value"], slider["max"]) == (7, 100)
            assert control["value"] == "b"

    aside(talk)
    assert "Traceback" not in served.log()


class _Theirs(ipywidgets.VBox):  # type: ignore[misc]  # ipywidgets is untyped
    """A widget of a publisher's own notebook."""

    chosen = traitlets.Int().tag(sync=True)
    _hidden = traitlets.Int().tag(sync=True)


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        (ipywidgets.HTML, set()),
        (ipywidgets.VBox, set()),
        (ipywidgets.Layout, set()),
        (ipywidgets.Button, set()),
        (ipywidgets.IntProgress, set()),
        (ipywidgets.IntSlider, {"value"}),
        (ipywidgets.Text, {"value"}),
        (ipywidgets.Dropdown, {"value", "index"}),
        (ipywidgets.SelectMultiple, {"value", "index"}),
        (ipywidgets.Tab, {"selected_index"}),
        (Dashboard, set()),
        (Look, set()),
        (ChartView, set()),
        (Segmented, {"value"}),
        (_Theirs, {"chosen"}),
    ],
)
def test_each_kind_of_widget_takes_what_a_viewer_may_change(kind: type, names: set[str]) -> None:
    assert inputs(kind) == names


def test_the_buffers_of_what_is_refused_go_with_it() -> None:
    state = {"value": {"x": None}, "layout": {"x": None}}
    paths = [["layout", "x"], ["value", "x"]]
    data = {"method": "update", "state": state, "buffer_paths": paths}
    found = taken(ipywidgets.Text(), data, [b"layout", b"value"])
    kept = {"method": "update", "state": {"value": {"x": None}}, "buffer_paths": [["value", "x"]]}
    assert found == (kept, [b"value"])
