"""Where pulls ran: on somebody's own machine, in a pipeline, or in production."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from insights_nb.counts.clients import CLIENTS, USE_CASES, UseCase
from insights_nb.errors import FrameError, SelectionError
from insights_nb.reading.clients import client_key, use_case_named

if TYPE_CHECKING:
    from collections.abc import Mapping

NO_CLOUD = frozenset({"", "no csp", "\\n", "\\\\n"})
"""What reports write, in lower case, for a request that came from no cloud."""

IN_A_CLOUD: dict[UseCase, UseCase] = {
    "Local Dev": "CI/CD",
    "CI/CD": "Prod",
    "Prod": "Prod",
    "Unknown": "Unknown",
}
"""What a client is made for → what it is taken to do on cloud infrastructure."""


def infer_use_case(
    frame: pd.DataFrame,
    *,
    client: str = "user_agent",
    cloud: str = "cloud_service_provider",
    clients: Mapping[str, str] | None = None,
) -> pd.Series:
    """Infer from client and cloud where each row's pulls ran.

    This is an inference, not a measurement: nobody but who runs a client knows what for.

    Parameters
    ----------
    frame
        Any frame with a client and a cloud column, such as the trends report, or the legacy raw
        report with ``client="user_agent_tool", cloud="host"``.
    client
        The column with the client's name, in any letter case, with or without a version
        (``docker``, ``containerd/1.7.2``).
    cloud
        The column with the cloud provider. ``no csp``, an empty or a missing value is no cloud;
        any other is one.
    clients
        Client → use case, for clients that `insights_nb.counts.clients.CLIENTS` does not know
        or that you use for something else: ``{"my-bot": "CI/CD"}``, or what
        `insights_nb.clients_of` reads from a file. The use case is what it does outside of a
        cloud. ``ci_cd``, ``local_development`` and ``production`` are understood, too. A name
        without a version is any version; one with it (``my-bot/2``) that alone.

    Returns
    -------
    pandas.Series
        ``use_case`` on the frame's index, type ``str``: ``Local Dev``, ``CI/CD``, ``Prod`` or
        ``Unknown``, as in the tracked companies report; never missing.

    Raises
    ------
    FrameError
        If the frame has no such columns.
    SelectionError
        If `clients` names a use case that there is not.

    Notes
    -----
    Docker's rule ("Tracked companies report"): a client is made for local development, for CI/CD
    or for production. On cloud infrastructure a tool for local development counts as CI/CD, and
    one for CI/CD as production. A client that is missing or not listed is unknown in any cloud.

    Docker names examples only, so which client is made for what is this package's list. Source:
    Trends and Tracked companies ``USER_AGENT`` and ``CLOUD_SERVICE_PROVIDER``.
    """
    options = {"client": client, "cloud": cloud}
    lacking = {option: name for option, name in options.items() if name not in frame.columns}
    if lacking:
        raise FrameError(
            f"The frame has no column {' and none '.join(lacking.values())}, from which the use "
            f"case is inferred. Name its own with {' and '.join(f'{each}=' for each in lacking)}."
        )
    known = CLIENTS | {
        client_key(name): _use_case(name, use_case) for name, use_case in (clients or {}).items()
    }
    # Each name is looked up once, however many rows have it. The last entry is for the missing.
    client_codes, names = pd.factorize(frame[client])
    made_for = [USE_CASES.index(_made_for(name, known)) for name in names]
    made_for.append(USE_CASES.index("Unknown"))
    cloud_codes, providers = pd.factorize(frame[cloud])
    in_cloud = [client_key(provider) not in NO_CLOUD for provider in providers] + [False]
    moved = [USE_CASES.index(IN_A_CLOUD[use_case]) for use_case in USE_CASES]
    alone = np.array(made_for)[client_codes]
    chosen = np.where(np.array(in_cloud)[cloud_codes], np.array(moved)[alone], alone)
    words = pd.array(USE_CASES, dtype="str")
    return pd.Series(words.take(chosen), index=frame.index, name="use_case")


def _made_for(name: object, known: Mapping[str, UseCase]) -> UseCase:
    folded = client_key(name)
    # What stands after a slash is the version, unless the whole name is known.
    product = folded.partition("/")[0].rstrip()
    return known.get(folded) or known.get(product) or "Unknown"


def _use_case(client: str, text: str) -> UseCase:
    named = use_case_named(text)
    if named is None:
        raise SelectionError(
            f"clients={{{client!r}: {text!r}}} names no use case. Use {', '.join(USE_CASES)}."
        )
    return named
