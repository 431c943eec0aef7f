"""What the audience page says of clients whose use is unknown: pure text from frames."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from insights_nb.charts.texts import harmless
from insights_nb.counts.use_cases import infer_use_case

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAMED = 3
_LONGEST = 60


def unknown_clients(frame: pd.DataFrame, clients: Mapping[str, str] | None, file: str) -> str:
    """Name the clients with the most pulls whose use is unknown, and say how to tell it.

    Parameters
    ----------
    frame
        As `insights_nb.audience` gives it by client.
    clients
        Client → use case, those that the publisher has told.
    file
        What further ones are written to; nothing where these are no file's.

    Returns
    -------
    str
        Nothing where every client that has a name is known: of what names none, nobody can tell.
    """
    sums = frame.dropna(subset="client").groupby("client", sort=False)["pulls"].sum()
    # What is unknown on somebody's own machine is so in any cloud.
    made_for = infer_use_case(
        pd.DataFrame({"client": sums.index, "cloud": ""}),
        client="client",
        cloud="cloud",
        clients=clients,
    )
    unknown = sums[(made_for == "Unknown").to_numpy() & (sums > 0).to_numpy(bool)]
    if unknown.empty:
        return ""
    unknown = unknown.sort_values(ascending=False, kind="stable")
    parts = [f"{_short(name)} ({count:,})" for name, count in unknown.head(_NAMED).items()]
    if (rest := len(unknown) - _NAMED) > 0:
        whom = "1 other client" if rest == 1 else f"{rest:,} other clients"
        parts.append(f"{whom} ({unknown.iloc[_NAMED:].sum():,})")
    named = parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
    them = "that client is" if len(unknown) == 1 else "these clients are"
    lines = "a line each, such as “acme-agent,CI/CD”, below the header “client,use_case”"
    where = f"in {harmless(file)}: {lines}" if file else "with clients="
    return f"Unknown are pulls by {named}. Say what {them} for {where}."


def _short(name: object) -> str:
    text = harmless(str(name))
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
