"""Whose account it is, and from where that is known."""

from __future__ import annotations

import getpass
import netrc
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from insights_nb.errors import HubError, HubSettingError
from insights_nb.hub.addresses import origin

USER_VARIABLE = "DOCKERHUB_USERNAME"
SECRET_VARIABLE = "DOCKERHUB_TOKEN"  # noqa: S105 - the variable's name, not its value
_ACCESS_TOKENS = ("dckr_pat_", "dckr_oat_")


@dataclass(frozen=True, repr=False)
class Credentials:
    """A Docker Hub account: a username, and a personal access token or a password.

    Shows nothing secret when it is printed. Not for keeping: it cannot be pickled.

    Parameters
    ----------
    username
        The account's name (an organisation's, for an organisation's access token).
    secret
        A personal access token (``dckr_pat_…``), or the account's password.
    """

    username: str
    secret: str

    def __repr__(self) -> str:
        return "Credentials(…)"

    def __reduce__(self) -> str:
        raise TypeError("Credentials are not written down: read them where they are needed.")

    @property
    def is_access_token(self) -> bool:
        """Whether the secret is an access token, which no password sign-in takes."""
        return self.secret.startswith(_ACCESS_TOKENS)


def find_credentials(
    hub_url: str, given: Credentials | None = None, *, ask: bool = True
) -> Credentials | None:
    """Return the credentials to use, or None where there are none.

    They are looked for in this order: the ones given, the environment (``DOCKERHUB_USERNAME`` and
    ``DOCKERHUB_TOKEN``), the netrc file (``~/.netrc`` or the one that ``NETRC`` names), a prompt.

    Parameters
    ----------
    hub_url
        The server; its host is what the netrc file is searched for.
    given
        Credentials that need no search.
    ask
        Whether to prompt, which needs a terminal.

    Raises
    ------
    HubSettingError
        If one of the two variables is set and the other is not, or the netrc file cannot be read.
    """
    return given or _from_environment() or _from_netrc(hub_url) or (_from_prompt() if ask else None)


def second_factor() -> str | None:
    """Ask for the code that the account's second factor shows, or return None off a terminal."""
    if not _on_terminal():
        return None
    return getpass.getpass("Docker Hub second-factor code: ").strip() or None


def no_credentials(host: str) -> HubError:
    """Return the error for an account that is needed, where none is known."""
    return HubError(
        f"{host} asks for an account, and none is known. Set {USER_VARIABLE} and "
        f"{SECRET_VARIABLE} (a personal access token), or write 'machine {host} login NAME "
        "password TOKEN' into ~/.netrc, or run it in a terminal, which asks. Public pull data "
        "needs no account: --source pulls --repository NAMESPACE/REPOSITORY."
    )


def _from_environment() -> Credentials | None:
    user = os.environ.get(USER_VARIABLE, "").strip()
    secret = os.environ.get(SECRET_VARIABLE, "").strip()
    if user and secret:
        return Credentials(user, secret)
    if user or secret:
        given, lacking = (USER_VARIABLE, SECRET_VARIABLE)[:: 1 if user else -1]
        raise HubSettingError(f"{given} is set, but {lacking} is not. Set both, or neither.")
    return None


def _from_netrc(hub_url: str) -> Credentials | None:
    named = os.environ.get("NETRC")
    path = Path(named) if named else Path("~/.netrc").expanduser()
    found = origin(hub_url)
    host = found[1] if found else ""
    problem = ""
    try:
        # Only a line for this very host: a default line is meant for anonymous servers.
        entry = netrc.netrc(str(path)).hosts.get(host)
    except FileNotFoundError:
        return None
    except netrc.NetrcParseError as error:
        # Its message quotes the file, secrets included.
        problem, entry = f"line {error.lineno} is not understood", None
    except UnicodeDecodeError:
        problem, entry = "it is no text", None
    except OSError as error:
        problem, entry = error.strerror or type(error).__name__, None
    if problem:
        raise HubSettingError(
            f"{path} cannot be used: {problem}. Expected lines such as 'machine hub.docker.com "
            f"login NAME password TOKEN'. Mend it, or set {USER_VARIABLE} and {SECRET_VARIABLE}."
        )
    if not entry or not entry[0] or not entry[2]:
        return None
    return Credentials(entry[0], entry[2])


def _from_prompt() -> Credentials | None:
    if not _on_terminal():
        return None
    user = input("Docker Hub username: ").strip()
    secret = getpass.getpass("Personal access token (not shown): ").strip() if user else ""
    return Credentials(user, secret) if user and secret else None


def _on_terminal() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()
