"""The server: Voilà, with what it serves and what it does not."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import shutil
import signal
import socket
import sys
import threading
import webbrowser
from pathlib import Path
from typing import Any

from tornado import netutil, web
from traitlets.config import Config
from voila.app import Voila

from insights_nb.archive import Archive
from insights_nb.archive.lacking import of_downloads
from insights_nb.errors import ServerError
from insights_nb.logs import hide
from insights_nb.opening import clients_of, events_of, samples, tag_rules_of
from insights_nb.serving.connections import (
    ConnectionLimits,
    Door,
    Files,
    WatchedServer,
    Websockets,
)
from insights_nb.serving.frontend import Frontend
from insights_nb.serving.guesses import Guesses
from insights_nb.serving.handlers import LoginHandler, handlers
from insights_nb.serving.logs import KernelOutput, hold_back_repeats
from insights_nb.serving.messages import ALLOWED_TYPES
from insights_nb.serving.security import HEADERS, DashboardIdentity, cookie_options
from insights_nb.serving.sessions import DashboardKernels, OwnKernelSpec, Sessions
from insights_nb.serving.settings import (
    ARCHIVE_VARIABLE,
    CLIENTS_VARIABLE,
    EVENTS_VARIABLE,
    TAGS_VARIABLE,
    VEGA_VARIABLE,
    DashboardSettings,
    strip_credentials,
)
from insights_nb.serving.tables import keep_warm
from insights_nb.texts import printable
from insights_nb.work import work_folder

_LARGEST_REQUEST = 1_000_000
_TEXT_BROWSERS = ("lynx", "links", "elinks", "w3m", "www-browser")


class DashboardServer(Voila):  # type: ignore[misc, unused-ignore]
    """Voilà for one notebook, with addresses, pages and kernels of our own."""

    dashboard: DashboardSettings
    workplace: Path
    sockets: list[socket.socket]
    generated_token: bool
    limits: ConnectionLimits

    def init_settings(self) -> dict[str, Any]:
        """Return Tornado's settings: Voilà's, hardened."""
        settings: dict[str, Any] = super().init_settings()
        self.kernel_manager.allowed_message_types = [*ALLOWED_TYPES]
        dashboard = self.dashboard
        frontend = Frontend()
        files = Files(self.limits.files)
        # Those who wait for their token's turn never take more than half of the connections.
        self.identity_provider.guesses = Guesses(places=self.limits.per_address // 2, log=self.log)
        settings |= {
            "frontend": frontend,
            "files": files,
            "log": self.log,
            "websockets": Websockets(files),
            "headers": HEADERS,
            "compress_response": True,
            "login_url": f"{self.base_url}login",
            "xsrf_cookie_kwargs": cookie_options(self.base_url),
            # A name that resolves to 127.0.0.1 lets any web page reach this server through its
            # viewer's browser; so only the names that were given are answered.
            "allow_remote_access": not dashboard.is_loopback and not dashboard.allow_hosts,
            "local_hostnames": ["localhost", *dashboard.allow_hosts],
            "log_function": self._log_request,
            "default_handler_class": None,
            "websocket_compression_options": None if dashboard.is_loopback else {},
            "websocket_max_message_size": _LARGEST_REQUEST,
        }
        settings["sessions"] = Sessions(
            self.workplace / "notebook" / dashboard.notebook_file().name,
            kernels=self.kernel_manager,
            environment=self._kernel_environment(frontend),
            preheat=dashboard.preheat,
            log=self.log,
        )
        return settings

    def init_handlers(self) -> list[tuple[Any, ...]]:
        """Return the addresses that are answered: ours alone."""
        return handlers(self.base_url)

    def start(self) -> None:
        """Serve until interrupted."""
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        stop = asyncio.Event()
        _call_on_signals(stop.set)
        self.connection_dir = str(self.workplace / "connections")
        Path(self.connection_dir).mkdir(mode=0o700)
        settings = self.init_settings()
        # Jupyter's own ping settings make Tornado warn at every first connection.
        logging.getLogger("tornado.general").setLevel(logging.ERROR)
        self.app = web.Application(self.init_handlers(), **settings)
        repeats = hold_back_repeats(self.log)
        written = KernelOutput(self.log)
        self.kernel_manager.stderr = written.writing
        server = WatchedServer(
            self.app,
            # Behind a proxy, the address and protocol that the viewer used.
            xheaders=bool(self.dashboard.allow_hosts),
            max_body_size=_LARGEST_REQUEST,
        )
        door = Door(server, most=self.limits, files=settings["files"], log=self.log)
        door.open(self.sockets)
        sessions: Sessions = settings["sessions"]
        frontend: Frontend = settings["frontend"]
        sessions.fill()
        warming = asyncio.create_task(asyncio.to_thread(frontend.warm))
        folder = self.dashboard.archive_folder()
        # The samples are quick without.
        archives = [] if folder is None else [Archive(folder)]
        tasks = [asyncio.create_task(keep_warm(one, self.log)) for one in archives]
        tasks.append(asyncio.create_task(repeats.sum_up_regularly()))
        self._announce()
        try:
            await stop.wait()
        finally:
            door.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(warming, *tasks, return_exceptions=True)
            await sessions.close()
            await server.close_all_connections()
            written.close()
            repeats.sum_up(everything=True)
        # Where its terminal was closed, there is nobody to tell.
        with contextlib.suppress(OSError):
            print("Stopped.", flush=True)  # noqa: T201 -- the command's own last line

    def _kernel_environment(self, frontend: Frontend) -> dict[str, str]:
        environment = dict(os.environ)
        for name in (ARCHIVE_VARIABLE, EVENTS_VARIABLE, CLIENTS_VARIABLE, TAGS_VARIABLE):
            environment.pop(name, None)
        folder = self.dashboard.archive_folder()
        if folder is not None:
            environment[ARCHIVE_VARIABLE] = str(folder)
        if self.dashboard.events is not None:
            environment[EVENTS_VARIABLE] = str(self.dashboard.events.resolve())
        if self.dashboard.clients is not None:
            environment[CLIENTS_VARIABLE] = str(self.dashboard.clients.resolve())
        if self.dashboard.tags is not None:
            environment[TAGS_VARIABLE] = str(self.dashboard.tags.resolve())
        if frontend.vega:
            environment[VEGA_VARIABLE] = f"{self.base_url}static/{frontend.version}/{frontend.vega}"
        # The notebook's kernel, not the user's: no startup scripts, no history.
        environment["IPYTHONDIR"] = str(self.workplace / "ipython")
        return environment

    def _announce(self) -> None:
        port = self.sockets[0].getsockname()[1]
        host = "localhost" if self.dashboard.ip in {"0.0.0.0", "::", ""} else self.dashboard.ip  # noqa: S104
        host = f"[{host}]" if ":" in host else host
        url = f"http://{host}:{port}{self.base_url}"
        archive = self.dashboard.archive_folder()
        shown = (
            printable(str(archive)) if archive else "the sample data (your own: --archive FOLDER)"
        )
        token = self.identity_provider.token
        link = f"{url}?token={token}" if token and self.generated_token else url
        lines = [f"Showing {shown}", f"Dashboard: {link}"]
        if archive and (downloads := of_downloads(archive)):
            lines.insert(1, printable(downloads))
        if token and not self.generated_token:
            lines.append(f"Viewers sign in with the token, or open {url}?token=…")
        elif token:
            lines.append("The link carries the token: share it with those who may look.")
        lines.append("Stop with Ctrl-C.")
        print("\n".join(lines), flush=True)  # noqa: T201 -- the command's own output
        if self.dashboard.open_browser and has_browser():
            target = f"{url}?token={token}" if token else url
            threading.Thread(target=webbrowser.open, args=(target,), daemon=True).start()

    def _log_request(self, handler: web.RequestHandler) -> None:
        # The path alone: the query may hold a token, and what somebody looks at is theirs.
        level = logging.INFO if handler.get_status() < 500 else logging.WARNING
        self.log.log(
            level,
            "%s %s %s %.0f ms",
            handler.get_status(),
            handler.request.method,
            handler.request.path,
            1000 * handler.request.request_time(),
        )


def serve(settings: DashboardSettings) -> None:
    """Serve a notebook until interrupted.

    Prints where, and removes credentials from this process first.

    Raises
    ------
    UnknownNameError
        If there is no such notebook.
    NoArchiveError
        If the archive's folder does not exist.
    ReadError
        If the events that the charts are to mark cannot be read, or the publisher's own clients or
        rules for tags.
    ServerError
        If the port is taken, or cannot be had.
    SelectionError
        If the token can be guessed.
    LimitError
        If a variable for a limit is no number.
    """
    notebook = settings.notebook_file()
    folder = settings.archive_folder()
    limits = ConnectionLimits.now(behind_proxy=bool(settings.allow_hosts))
    # What is wrong with the publisher's own files is for who starts this, not for the viewers.
    if folder is not None or settings.events is not None:
        events_of(Archive(folder or ""), settings.events)
    if folder is not None or settings.clients is not None:
        clients_of(Archive(folder or ""), settings.clients)
    if folder is not None or settings.tags is not None:
        tag_rules_of(Archive(folder or ""), settings.tags)
    if folder is None:
        # Built at the first use ever: here, with a progress bar, and not while a viewer waits.
        samples()
    token, generated = settings.chosen_token()
    hide(token)
    sockets = _listen(settings)
    removed = strip_credentials()
    with contextlib.ExitStack() as open_things:
        for each in sockets:
            open_things.callback(each.close)
        workplace = open_things.enter_context(work_folder())
        # In a folder of its own, so that nothing beside it can be reached.
        (workplace / "notebook").mkdir()
        shutil.copyfile(notebook, workplace / "notebook" / notebook.name)
        server = DashboardServer.instance(config=_configuration(settings, token, workplace))
        server.dashboard = settings
        server.workplace = workplace
        server.sockets = sockets
        server.generated_token = generated
        server.limits = limits
        server.initialize(argv=[])
        if removed:
            server.log.info("Kept from the kernels: %s", ", ".join(removed))
        server.start()


def has_browser() -> bool:
    """Return whether a browser with a window can be opened here."""
    if os.environ.get("CI") or os.environ.get("SSH_CONNECTION"):
        return False
    if sys.platform.startswith("linux") and not (
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    ):
        return False
    try:
        name = getattr(webbrowser.get(), "name", "")
    except webbrowser.Error:
        return False
    # One that draws in the terminal would take it over.
    return Path(str(name)).name not in _TEXT_BROWSERS


def _configuration(settings: DashboardSettings, token: str, workplace: Path) -> Config:
    voila = {
        # No configuration from the current folder or the user's home: it could undo what follows.
        "config_file_paths": [],
        "notebook_path": str(workplace / "notebook" / settings.notebook_file().name),
        "root_dir": str(workplace / "notebook"),
        "base_url": settings.base_url,
        "open_browser": False,
        "token": token,
        "identity_provider_class": DashboardIdentity,
        "log_level": logging.INFO if settings.verbose else logging.WARNING,
    }
    pages = {
        "allow_theme_override": "NO",
        "allow_template_override": "NO",
        "file_allowlist": [],
        "show_tracebacks": False,
        "multi_kernel_manager_class": DashboardKernels,
        "kernel_spec_manager_class": OwnKernelSpec,
    }
    kernels = {
        "cull_idle_timeout": settings.cull_after,
        "cull_interval": max(1, min(60, settings.cull_after // 4)),
        "cull_connected": True,
        "buffer_offline_messages": True,
    }
    identity = {
        "login_handler_class": LoginHandler,
        "cookie_options": {"samesite": "Lax"},
    }
    return Config(
        {
            "Voila": voila,
            "VoilaConfiguration": pages,
            "MappingKernelManager": kernels,
            "IdentityProvider": identity,
        }
    )


def _listen(settings: DashboardSettings) -> list[socket.socket]:
    try:
        return netutil.bind_sockets(settings.port, settings.ip or "")
    except (OSError, OverflowError) as error:
        if _is_busy(settings):
            free = _free_port(settings)
            hint = f"--port {free}" if free else "--port with another number"
            raise ServerError(
                f"Port {settings.port} is taken by another program, perhaps another dashboard. "
                f"Use {hint}."
            ) from error
        reason = getattr(error, "strerror", None) or str(error)
        raise ServerError(
            f"Cannot listen on {settings.ip}, port {settings.port}: {reason}. Use --ip with an "
            "address of this machine, and --port with a number from 1024 to 65535."
        ) from error


def _is_busy(settings: DashboardSettings) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((settings.ip or "127.0.0.1", settings.port)) == 0


def _free_port(settings: DashboardSettings) -> int | None:
    for port in range(settings.port + 1, min(settings.port + 20, 65536)):
        with contextlib.suppress(OSError):
            for each in netutil.bind_sockets(port, settings.ip or ""):
                each.close()
            return port
    return None


def _call_on_signals(stop: Any) -> None:  # noqa: ANN401 -- any callable
    loop = asyncio.get_running_loop()
    # A terminal that is closed ends it as well, but for one that nohup started.
    numbers = {signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)}
    for number in numbers:
        if signal.getsignal(number) is signal.SIG_IGN:
            continue
        try:
            loop.add_signal_handler(number, stop)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop))
