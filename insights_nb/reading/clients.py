"""A publisher's own clients: what each is made for, written down in a CSV file."""

from __future__ import annotations

from pathlib import Path

from insights_nb.errors import (
    ClientNameError,
    ClientsHeaderError,
    ClientsRowError,
    ClientTwiceError,
    ClientUseCaseError,
)
from insights_nb.reading.lists import HandWritten
from insights_nb.schema import USE_CASES, UseCase

_CLIENTS = HandWritten(
    "client", "clients", ("client", "use_case"), ClientsHeaderError, ClientsRowError
)
_SPELLINGS: dict[str, UseCase] = {
    "localdev": "Local Dev",
    "localdevelopment": "Local Dev",
    "cicd": "CI/CD",
    "prod": "Prod",
    "production": "Prod",
    "unknown": "Unknown",
}


def read_clients(path: str | Path) -> dict[str, UseCase]:
    """Read a file of clients: what those are made for that the package does not know.

    Parameters
    ----------
    path
        A CSV file in UTF-8, plain or gzip. Its first line names the columns, in any order and
        letter case: ``client`` (its name as the reports have it, in any letter case; without a
        version it is any version) and ``use_case`` (what it does outside of a cloud: ``Local
        Dev``, ``CI/CD``, ``Prod`` or ``Unknown``). Blank lines are passed over, and spaces around
        a value.

    Returns
    -------
    dict of str to str
        Client → use case, in the file's order, as `insights_nb.infer_use_case` and
        `insights_nb.audience` take it. Names are kept as they are written.

    Raises
    ------
    ReadError
        If the file cannot be read. `ClientsHeaderError`, `ClientsRowError`, `ClientNameError`,
        `ClientUseCaseError` and `ClientTwiceError` (two use cases of one client) name the line,
        and the column where it is one value.

    Examples
    --------
    >>> read_clients("clients.csv")  # doctest: +SKIP
    {'acme-agent': 'CI/CD', 'acme-desktop': 'Local Dev'}
    """
    name = str(path)
    found: dict[str, UseCase] = {}
    first: dict[str, tuple[int, UseCase]] = {}
    for line in _CLIENTS.lines(path):
        client, said = line.texts["client"], line.texts["use_case"] or ""
        if client is None:
            raise ClientNameError(name, line=line.number, column=line.headers["client"])
        use_case = use_case_named(said)
        if use_case is None:
            column = line.headers["use_case"]
            raise ClientUseCaseError(name, client, said, USE_CASES, line=line.number, column=column)
        before, other = first.setdefault(client_key(client), (line.number, use_case))
        if other != use_case:
            raise ClientTwiceError(name, client, before, [other, use_case], line=line.number)
        found[client] = use_case
    return found


def client_key(name: object) -> str:
    """Return what two spellings of one client have in common."""
    return " ".join(str(name).split()).casefold()


def use_case_named(said: object) -> UseCase | None:
    """Return the use case that a text names, or None."""
    letters = "".join(letter for letter in str(said).casefold() if letter.isalnum())
    return _SPELLINGS.get(letters)
