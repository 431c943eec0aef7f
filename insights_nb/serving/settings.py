"""The settings of a dashboard, checked before anything starts."""

from __future__ import annotations

import ipaddress
import os
import re
import secrets
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from pathlib import Path

from insights_nb import assets
from insights_nb.errors import SelectionError, UnknownNameError
from insights_nb.files import require_folder

ARCHIVE_VARIABLE = "INSIGHTS_ARCHIVE"
EVENTS_VARIABLE = "INSIGHTS_EVENTS"
CLIENTS_VARIABLE = "INSIGHTS_CLIENTS"
TAGS_VARIABLE = "INSIGHTS_TAGS"
VEGA_VARIABLE = "INSIGHTS_NB_VEGA_URL"
KERNEL_VARIABLE = "INSIGHTS_KERNEL_ID"

_SHORTEST_TOKEN = 16
_CREDENTIAL = re.compile(
    r"TOKEN|SECRET|PASSW|API_?KEY|PRIVATE_?KEY|ACCESS_?KEY|CREDENTIAL|^SSH_AUTH_SOCK$"
    r"|^DOCKER(HUB)?_",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class DashboardSettings:
    """How one notebook is served.

    Parameters
    ----------
    notebook
        Name of a packaged notebook, or path of a notebook file.
    archive
        Folder of reports; None shows the sample data.
    events
        File of events that the charts mark; None is the archive's own, where it has one.
    clients
        File of clients from which use cases are inferred too; None likewise.
    tags
        File of rules for tags by which versions are told apart; None likewise.
    ip
        Address to listen on. Anything but loopback makes a token necessary.
    port
        Port to listen on; 0 takes any free one.
    token
        What viewers have to bring; made up where one is necessary and none is given.
    base_url
        Path under which a proxy shows the dashboard.
    allow_hosts
        Host names under which a proxy shows it, besides this machine's loopback names.
    cull_after
        Seconds without activity after which a viewer's kernel is ended.
    preheat
        Kernels kept ready for the next viewers.
    open_browser
        Whether to open a browser, where there is one.
    verbose
        Whether the log has every request.
    """

    notebook: str = "dashboard"
    archive: Path | None = None
    events: Path | None = None
    clients: Path | None = None
    tags: Path | None = None
    ip: str = "127.0.0.1"
    port: int = 8866
    token: str | None = field(default=None, repr=False)
    base_url: str = "/"
    allow_hosts: tuple[str, ...] = ()
    cull_after: int = 1200
    preheat: int = 0
    open_browser: bool = True
    verbose: bool = False

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine reaches the server."""
        return is_loopback(self.ip)

    @property
    def needs_token(self) -> bool:
        """Whether others than this machine's user can reach the page."""
        return not self.is_loopback or bool(self.allow_hosts)

    def notebook_file(self) -> Path:
        """Return the notebook's file.

        Raises
        ------
        UnknownNameError
            If there is none of that name; the message lists those that there are.
        """
        path = Path(self.notebook)
        if path.suffix == ".ipynb" and path.is_file():
            return path.resolve()
        folder = assets.notebooks()
        known = sorted(each.stem for each in folder.glob("*.ipynb"))
        name = self.notebook.removesuffix(".ipynb")
        if name not in known:
            raise UnknownNameError(
                f"There is no notebook {self.notebook!r}. Use --notebook with one of: "
                f"{', '.join(known) or 'none'}."
            )
        return folder / f"{name}.ipynb"

    def archive_folder(self) -> Path | None:
        """Return the archive's folder as an absolute path, or None for the samples.

        Raises
        ------
        NoArchiveError
            If the folder does not exist.
        """
        if self.archive is None:
            return None
        require_folder(self.archive)
        return self.archive.resolve()

    def chosen_token(self) -> tuple[str, bool]:
        """Return the token (empty where none is necessary), and whether it was made up.

        Raises
        ------
        SelectionError
            If the given one is short enough to guess.
        """
        if self.token:
            if len(self.token) < _SHORTEST_TOKEN:
                raise SelectionError(
                    f"The token has {len(self.token)} characters and needs at least "
                    f"{_SHORTEST_TOKEN}, because it is all that stands between the network and the "
                    "dashboard. Leave it out, and one is made."
                )
            return self.token, False
        return (secrets.token_hex(24), True) if self.needs_token else ("", False)


def is_loopback(ip: str) -> bool:
    """Return whether an address is this machine's own."""
    if ip == "localhost":
        return True
    try:
        return ipaddress.ip_address(ip).is_loopback
    except ValueError:
        return False


def strip_credentials(environment: MutableMapping[str, str] = os.environ) -> list[str]:
    """Remove what looks like a credential, and return the removed names.

    Kernels inherit the server's environment, and a notebook shows what it likes: the process
    that serves has no business with credentials.
    """
    names = sorted(name for name in environment if _CREDENTIAL.search(name))
    for name in names:
        del environment[name]
    return names
