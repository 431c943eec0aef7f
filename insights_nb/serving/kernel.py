"""A viewer's kernel: it takes from the browser what a page's controls are for, and nothing else."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial
from typing import Any

from ipykernel.ipkernel import IPythonKernel

from insights_nb.logs import tame

# Voilà's page asks through it for the state of all widgets.
_CONTROL = "jupyter.widget.control"

# ipywidgets is loaded where it is needed: only in a kernel that is up it registers its comms.


class DashboardKernel(IPythonKernel):
    """Stock Jupyter's, but that comms take only what is theirs to take.

    A viewer's browser can send any value for any trait of any widget, stock ones included, and make
    widgets of every class that is registered: all of it comes through here.
    """

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401 -- traitlets' own signature
        # What it logs reaches the server's terminal.
        tame()
        super().__init__(**kwargs)  # type: ignore[no-untyped-call]
        for name in ("comm_open", "comm_msg", "comm_close"):
            handle = self.shell_handlers[name]
            self.shell_handlers[name] = partial(self._take, handle, getattr(self, f"_on_{name}"))

    async def _take(
        self,
        handle: Callable[..., Any],
        judge: Callable[[dict[str, Any]], bool],
        stream: object,
        ident: object,
        message: dict[str, Any],
    ) -> None:
        if not judge(message):
            self.log.info("A message was dropped: %s", message["header"].get("msg_type"))
            return
        done = handle(stream, ident, message)
        if inspect.isawaitable(done):
            await done

    def _on_comm_open(self, message: dict[str, Any]) -> bool:
        """Let the page ask for states, and talk to what the notebook's own cells registered."""
        content = message["content"]
        target = content.get("target_name")
        known = target == _CONTROL or (
            target in self.comm_manager.targets and not str(target).startswith("jupyter.widget")
        )
        version = str(message.get("metadata", {}).get("version", ""))
        return (
            known
            and content.get("comm_id") not in self.comm_manager.comms
            and (target != _CONTROL or version.startswith("1."))
        )

    def _on_comm_msg(self, message: dict[str, Any]) -> bool:
        from ipywidgets.widgets.widget import _instances

        from insights_nb.serving.inputs import taken

        content = message["content"]
        comm = self.comm_manager.comms.get(content.get("comm_id"))
        data = content.get("data")
        if comm is None or not isinstance(data, dict):
            return False
        if getattr(comm, "target_name", "") == _CONTROL:
            return data.get("method") == "request_states"
        widget = _instances.get(content["comm_id"])
        if widget is None:
            return bool(getattr(comm, "target_name", "") != "jupyter.widget")
        found = taken(widget, data, message.get("buffers") or [])
        if found is None:
            return False
        content["data"], message["buffers"] = found
        return True

    def _on_comm_close(self, message: dict[str, Any]) -> bool:
        """Close what the page itself opened; a widget is the notebook's."""
        from ipywidgets.widgets.widget import _instances

        name = message["content"].get("comm_id")
        return name in self.comm_manager.comms and name not in _instances
