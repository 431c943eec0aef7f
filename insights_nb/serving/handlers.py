"""What the server answers: the page, its session, its files, and nothing else."""

from __future__ import annotations

import asyncio
import json
import re
from functools import cache
from http.client import responses
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qsl, urlencode

import jinja2
from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.auth.login import LoginFormHandler
from jupyter_server.base.handlers import JupyterHandler
from tornado import web
from voila.tornado.kernel_websocket_handler import VoilaKernelWebsocketHandler

from insights_nb import limits
from insights_nb.serving.connections import FullError
from insights_nb.serving.logs import log_exception
from insights_nb.serving.messages import MessageError, check
from insights_nb.serving.security import (
    NOTHING_POLICY,
    PAGE_POLICY,
    keep_visitor,
    visitor,
)
from insights_nb.serving.sessions import new_error_number

if TYPE_CHECKING:
    from logging import Logger

    from insights_nb.serving.frontend import Frontend
    from insights_nb.serving.security import DashboardIdentity
    from insights_nb.serving.sessions import Session, Sessions

WENT_WRONG = (
    "Something went wrong on our side (error {}). Reload the page, or tell whoever runs this "
    "dashboard the number."
)
# How a websocket says header and content beside each other.
_BY_PARTS = "v1.kernel.websocket.jupyter.org"
_CONNECTION = re.compile(r"[A-Za-z0-9-]{1,64}")
_SENTENCES = {
    403: "This page is not open to this request.",
    404: "There is no such page here.",
    405: "This address does not take such a request.",
    429: "Too many wrong tokens were tried. Wait some seconds, then try again.",
    503: "This dashboard is full. Close other tabs of it, or try again in a few minutes.",
}


@cache
def templates() -> jinja2.Environment:
    """Return the environment of this package's own pages."""
    return jinja2.Environment(
        loader=jinja2.PackageLoader("insights_nb.serving"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


class DashboardHandler(JupyterHandler):
    """What the handlers below share: headers, the page's frame, and errors in plain words."""

    is_page = False
    fault = ""
    log_exception = log_exception

    def prepare(self, **kwargs: Any) -> Any:  # noqa: ANN401 -- as the class above
        """Check who asks, as the class above does, with the headers in place."""
        self.set_header("Cache-Control", "no-store")
        # Only a page sends people to the sign-in; a script gets a plain 403.
        return super().prepare(_redirect_to_login=self.is_page, **kwargs)

    @property
    def content_security_policy(self) -> str:
        """The header that says what the page may load and run."""
        return PAGE_POLICY if self.is_page else NOTHING_POLICY

    @property
    def frontend(self) -> Frontend:
        """The page's files."""
        frontend: Frontend = self.settings["frontend"]
        return frontend

    @property
    def sessions(self) -> Sessions:
        """The viewers' kernels."""
        sessions: Sessions = self.settings["sessions"]
        return sessions

    def check_owner(self, kernel_id: str) -> None:
        """Know no kernel but the visitor's own.

        Raises
        ------
        HTTPError
            404, for another's as for one that there is not.
        """
        if not self.sessions.owns(visitor(self), kernel_id):
            raise web.HTTPError(404)

    @property
    def static_base(self) -> str:
        """The path below which the page's files are."""
        return f"{self.base_url}static/{self.frontend.version}/"

    def page(self, name: str, **values: object) -> str:
        """Fill a template."""
        self.set_header("Content-Type", "text/html; charset=utf-8")
        return (
            templates()
            .get_template(name)
            .render(
                base_url=self.base_url,
                static=self.static_base,
                **{"title": self.sessions.title, **values},
            )
        )

    def write_error(self, status_code: int, **kwargs: object) -> None:
        """Answer with one plain sentence; the traceback goes to the log, under the same number."""
        number = ""
        if self.fault:
            number = self.fault
        elif status_code >= 500 and status_code not in _SENTENCES:
            number = new_error_number()
            self.log.error("Error %s", number, exc_info=cast("Any", kwargs.get("exc_info")))
        sentence = (
            WENT_WRONG.format(number)
            if number
            else _SENTENCES.get(status_code, f"{responses.get(status_code, 'Error')}.")
        )
        if self.is_page:
            self.write(self.page("error.html.j2", sentence=sentence, title=sentence))
        else:
            self.set_header("Content-Type", "application/json; charset=utf-8")
            self.write(json.dumps({"message": sentence, "error": number}))


class PageHandler(DashboardHandler):
    """The dashboard's page: an empty frame, the same for everybody, that starts no kernel.

    What starts one is the page's own script, so that a link preview or a crawler costs nothing.
    """

    is_page = True

    @web.authenticated
    async def get(self) -> None:
        """Answer with the frame, or with the address without its token."""
        if self.get_query_argument("token", None) is not None:
            # The cookie has taken the token's place: it must not stay in the address bar.
            kept = [pair for pair in parse_qsl(self.request.query, True) if pair[0] != "token"]
            self.redirect(self.base_url + (f"?{urlencode(kept)}" if kept else ""))
            return
        # Reading it sets the cookie, without which the page may neither start its kernel nor, when
        # its tab is closed, end it. (Stock Voilà never does, and every reload leaks a kernel.)
        _ = self.xsrf_token
        keep_visitor(self, self.base_url)
        frontend = self.frontend
        config = {
            "appUrl": "voila/",
            "baseUrl": self.base_url,
            "fullStaticUrl": f"{self.static_base}voila",
            "fullLabextensionsUrl": f"{self.static_base}labextensions",
            "federated_extensions": frontend.extensions,
            "fullMathjaxUrl": f"{self.static_base}app/no-mathjax.js",
            "mathjaxConfig": "none",
            "jupyterLabTheme": "light",
            # The page's script answers for the kernel of this name, once the real one has run.
            "kernelId": "this-page",
            "terminalsAvailable": False,
        }
        ahead = [self.static_base + name for name in frontend.entries()]
        if frontend.vega:
            ahead.append(self.static_base + frontend.vega)
        self.write(self.page("dashboard.html.j2", config=config, ahead=ahead))


class SessionHandler(DashboardHandler):
    """Starts a viewer's kernel, runs the notebook in it, and answers with what it shows."""

    _task: asyncio.Task[Session] | None = None

    @web.authenticated
    async def post(self) -> None:
        """Answer with the kernel and the cells."""
        own = visitor(self)
        if own is None:
            # Only the page gives one, and without it nobody could reach the kernel.
            raise web.HTTPError(403)
        if not self.settings["files"].has_room_for_session():
            self.log.warning(
                "A session was refused: this process may open no more files. %s",
                limits.OPEN_FILES.remedy,
            )
            raise web.HTTPError(503)
        self._task = asyncio.create_task(self.sessions.take(own))
        try:
            session = await self._task
        except asyncio.CancelledError:
            return
        if self.request.connection is None or self._gone:
            await self.sessions.end(session.kernel_id)
            return
        self.finish(
            {"kernel": {"id": session.kernel_id, "name": "python3"}, "cells": session.cells}
        )

    _gone = False

    def on_connection_close(self) -> None:
        """End the kernel of a viewer who left before it was ready."""
        self._gone = True
        if self._task is not None:
            self._task.cancel()
        super().on_connection_close()


class KernelHandler(DashboardHandler):
    """Answers whether a kernel still runs; nothing else of Jupyter's kernel interface."""

    @web.authenticated
    async def get(self, kernel_id: str) -> None:
        """Answer with the kernel, or with 404 once it has ended."""
        self.check_owner(kernel_id)
        if not await self.sessions.runs(kernel_id):
            # What is left of one that died is cleared away.
            await self.sessions.end(kernel_id)
            raise web.HTTPError(404)
        self.finish({"id": kernel_id, "name": "python3"})


class EndHandler(DashboardHandler):
    """Ends the kernel of a page that was closed."""

    @web.authenticated
    async def post(self, kernel_id: str) -> None:
        """End it, if it still runs."""
        self.check_owner(kernel_id)
        await self.sessions.end(kernel_id)
        self.set_status(204)


class ChannelsHandler(VoilaKernelWebsocketHandler):  # type: ignore[misc, unused-ignore]
    """The websocket of a viewer's widgets; Voilà's own, which lets no code through."""

    fault = ""
    log_exception = log_exception
    _unsent = 0

    async def get(self, kernel_id: str) -> None:
        """Serve the websocket until it closes, if there is a place for it."""
        if self.current_user is None:
            raise web.HTTPError(403)
        try:
            viewer = self.current_user.username
            with self.settings["websockets"].place(session=kernel_id, viewer=viewer):
                await super().get(kernel_id=kernel_id)
        except FullError as error:
            self.log.warning("%s", error)
            raise web.HTTPError(429) from error

    def write_message(
        self, message: bytes | str | dict[str, Any], binary: bool = False
    ) -> asyncio.Future[None] | None:
        """Send a message, unless too much waits already for the viewer to take it."""
        size = len(message)
        if self._unsent + size > limits.UNSENT.value:
            self.log.warning(
                "A websocket was closed: its viewer had not taken %s. %s",
                limits.written(limits.UNSENT.value, limits.UNSENT.unit),
                limits.UNSENT.remedy,
            )
            self._abandon()
            return None
        sending: asyncio.Future[None] | None = super().write_message(message, binary)
        if sending is not None:
            self._unsent += size
            sending.add_done_callback(lambda done: self._sent(done, size))
        return sending

    def _sent(self, done: asyncio.Future[None], size: int) -> None:
        self._unsent -= size
        if not done.cancelled():
            # A viewer who has gone meanwhile is no fault.
            done.exception()

    def _abandon(self) -> None:
        """Close the connection without waiting for its other end to agree."""
        protocol = cast("Any", self.ws_connection)
        if protocol is not None:
            protocol.stream.close()

    async def pre_get(self) -> None:
        """Attach nobody but the visitor whose kernel it is."""
        if not self.settings["sessions"].owns(visitor(self), self.kernel_id):
            raise web.HTTPError(404)
        # The name of a connection among the kernel's sockets, which take no other.
        if not _CONNECTION.fullmatch(self.get_argument("session_id", "")):
            raise web.HTTPError(404)
        await super().pre_get()

    def on_message(self, ws_message: str | bytes) -> None:
        """Hand on what a page sends, and drop what it does not."""
        connection = self.connection
        if connection is None:
            return
        try:
            check(ws_message, by_parts=connection.subprotocol == _BY_PARTS)
        except MessageError as error:
            self.log.info("A message of a websocket was dropped: %s", error)
            return
        super().on_message(ws_message)

    def write_error(self, *_: object, **__: object) -> None:
        """Answer with nothing but the status: nobody reads a failed websocket."""
        self.finish()


class LoginHandler(LoginFormHandler, DashboardHandler):
    """The page that asks for the token."""

    is_page = True

    @allow_unauthenticated
    async def post(self) -> None:
        """Look at the token that was typed, when it is its turn."""
        if self.get_argument("password", default=""):
            await cast("DashboardIdentity", self.identity_provider).turn(self)
        super().post()  # type: ignore[no-untyped-call]

    def _render(self, message: dict[str, str] | None = None) -> None:
        """Show the form."""
        next_url = self.get_argument("next", default=self.base_url)
        self.write(
            self.page(
                "login.html.j2",
                title="Sign in",
                action=f"{self.base_url}login?{urlencode({'next': next_url})}",
                xsrf=self.xsrf_token.decode(),
                refused=message is not None,
            )
        )


class StaticHandler(web.RequestHandler):
    """The page's files: public code, the same for everybody, kept by browsers for good."""

    fault = ""
    log_exception = log_exception

    @property
    def log(self) -> Logger:
        """The server's log."""
        log: Logger = self.settings["log"]
        return log

    async def get(self, version: str, name: str) -> None:
        """Answer with a file, compressed where the browser takes it."""
        frontend: Frontend = self.settings["frontend"]
        asset = None
        if version == frontend.version:
            asset = await asyncio.to_thread(frontend.get, name)
        if asset is None:
            raise web.HTTPError(404)
        self.set_header("Content-Type", asset.kind)
        self.set_header("Cache-Control", "public, max-age=31536000, immutable")
        self.set_header("Vary", "Accept-Encoding")
        if asset.compressed and "gzip" in self.request.headers.get("Accept-Encoding", ""):
            self.set_header("Content-Encoding", "gzip")
            self.finish(asset.compressed)
        else:
            self.finish(asset.body)

    def set_default_headers(self) -> None:
        """Set what every answer of the server carries."""
        for name, value in self.settings["headers"].items():
            self.set_header(name, value)
        self.set_header("Content-Security-Policy", NOTHING_POLICY)

    def compute_etag(self) -> None:
        """Leave the ETag out: the address itself says which version it is."""

    def write_error(self, status_code: int, **_: object) -> None:
        """Answer with the status in words."""
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(f"{status_code} {responses.get(status_code, '')}\n")


class NothingHandler(DashboardHandler):
    """Every other address."""

    is_page = True

    @allow_unauthenticated
    def get(self) -> None:
        """Answer that there is nothing here."""
        raise web.HTTPError(404)

    head = post = put = patch = delete = get


def handlers(base_url: str) -> list[tuple[Any, ...]]:
    """Return every address that is answered."""
    kernel = r"(?P<kernel_id>\w{8}-\w{4}-\w{4}-\w{4}-\w{12})"
    return [
        (base_url, PageHandler),
        (rf"{base_url}session", SessionHandler),
        (rf"{base_url}login", LoginHandler),
        (rf"{base_url}api/kernels/{kernel}", KernelHandler),
        (rf"{base_url}api/kernels/{kernel}/channels", ChannelsHandler),
        (rf"{base_url}voila/api/shutdown/{kernel}", EndHandler),
        (rf"{base_url}static/(\w+)/(.+)", StaticHandler),
        (r".*", NothingHandler),
    ]
