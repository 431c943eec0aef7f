"""A publisher's own clients: what each is made for, written down in a CSV file."""

from __future__ import annotations

from pathlib import Path

from insights_nb.errors import ReadError
from insights_nb.reading.lists import HandWritten
from insights_nb.schema import USE_CASES, UseCase
from insights_nb.texts import quoted

_CLIENTS = HandWritten(
    one="client",
    several="clients",
    needed=("client", "use_case"),
    header_remedy="Begin a file of clients with the line client,use_case, separated by a comma.",
    quotes_remedy="Put a name with a comma or a quote in quotes, and double the quotes "
    'inside it: "agent, ""nightly"""',
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
        A CSV file, also as a spreadsheet saves it. Its first line names the columns, in any order
        and letter case: ``client`` (its name as the reports have it, in any letter case; without a
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
        If the file cannot be read, names no client or no use case, or two use cases of one client;
        it names the line, and the column where it is one value.

    Examples
    --------
    >>> read_clients("clients.csv")  # doctest: +SKIP
    {'acme-agent': 'CI/CD', 'acme-desktop': 'Local Dev'}
    """
    name = str(path)
    found: dict[str, UseCase] = {}
    first: dict[str, tuple[int, UseCase]] = {}
    for line in _CLIENTS.lines(path):
        client, text = line.texts["client"], line.texts["use_case"] or ""
        if client is None:
            raise ReadError(
                name,
                "the client has no name. Write it as the reports do, such as acme-agent. What "
                "names no client stays Unknown.",
                line=line.number,
                column=line.headers["client"],
            )
        use_case = use_case_named(text)
        if use_case is None:
            raise ReadError(
                name,
                f"{quoted(text)} of the client {quoted(client)} is no use case. Write what it does "
                f"outside of a cloud: {', '.join(USE_CASES[:-1])} or {USE_CASES[-1]}.",
                line=line.number,
                column=line.headers["use_case"],
            )
        before, other = first.setdefault(client_key(client), (line.number, use_case))
        if other != use_case:
            raise ReadError(
                name,
                f"the client {quoted(client)} is {use_case} here and {other} in line {before}. "
                "Keep one of the two.",
                line=line.number,
            )
        found[client] = use_case
    return found


def client_key(name: object) -> str:
    """Return what two spellings of one client have in common."""
    return " ".join(str(name).split()).casefold()


def use_case_named(text: object) -> UseCase | None:
    """Return the use case that a text names, or None."""
    letters = "".join(letter for letter in str(text).casefold() if letter.isalnum())
    return _SPELLINGS.get(letters)
