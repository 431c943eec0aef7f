"""What explains an exported file: its columns, what was asked for, and the files behind it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypedDict, Unpack
from urllib.parse import quote, urlencode

import pandas as pd

from insights_nb._version import __version__
from insights_nb.archive.sources import file_record
from insights_nb.exports.cells import Cells, cells_of
from insights_nb.exports.guard import guard
from insights_nb.exports.origin import files_behind
from insights_nb.frames import MADE_BY, Column, column_of, frame_of

if TYPE_CHECKING:
    from insights_nb.archive import Archive
    from insights_nb.selection import Selection

SIDECAR = "-metadata.json"
"""What a sidecar's name has after that of its file."""

_DATATYPES: dict[str, object] = {
    "text": "string",
    "integer": "integer",
    "number": "number",
    "boolean": {"base": "boolean", "format": "True|False"},
    "date": "date",
    "datetime": "dateTime",
}


@dataclass(frozen=True)
class Description:
    """What is known of a frame.

    Parameters
    ----------
    title
        The function that gives it, or nothing.
    row
        What one row is, or nothing.
    columns
        Its columns, and what each means, where that is known.
    query
        What was asked for, as a link says it, or nothing.
    attributes
        What the frame says of itself.
    files
        The files behind it, as `insights_nb.archive.sources.file_record` gives them; None where
        no archive was named.
    """

    title: str
    row: str
    columns: list[tuple[Cells, Column | None]]
    query: str
    attributes: dict[str, Any]
    files: list[dict[str, Any]] | None


def known_of(
    frame: pd.DataFrame,
    *,
    archive: Archive | None = None,
    selection: Selection | None = None,
    reports: Iterable[str] | None = None,
    parameters: Mapping[str, str] | None = None,
) -> Description:
    """Gather what is known of a frame; see `insights_nb.to_csv` for the parameters."""
    known = frame_of(frame)
    asked = selection.to_parameters() if selection is not None else {}
    files = None
    if archive is not None:
        found = files_behind(frame, archive, selection, reports)
        files = [file_record(entry) for entry in found]
    return Description(
        title=known.call if known else "",
        row=known.row if known else "",
        columns=[(cells, column_of(cells.name, known)) for cells in cells_of(frame)],
        query=urlencode(asked if parameters is None else dict(parameters), safe="/,"),
        attributes={
            str(name): _json(value) for name, value in frame.attrs.items() if name != MADE_BY
        },
        files=files,
    )


class Origin(TypedDict, total=False):
    """Where a frame comes from, as `known_of` takes it."""

    archive: Archive | None
    selection: Selection | None
    reports: Iterable[str] | None
    parameters: Mapping[str, str] | None


def sidecar(
    frame: pd.DataFrame,
    name: str,
    content: bytes | None = None,
    *,
    raw: bool = False,
    **origin: Unpack[Origin],
) -> str:
    """Write what belongs beside a CSV file, in W3C's Metadata Vocabulary for Tabular Data.

    Parameters
    ----------
    frame, raw, archive, selection, reports
        As for `insights_nb.to_csv`.
    name
        The CSV file's.
    content
        Its bytes: their hash tells whether the two belong together.
    parameters
        What was asked for, where a link says more than the selection.

    Returns
    -------
    str
        JSON, in ASCII, so that a name from data shows every character that it has. No time and no
        path of this machine is in it.
    """
    about = known_of(frame, **origin)
    made: dict[str, Any] = {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        "url": quote(name),
        "dialect": {"encoding": "utf-8", "lineTerminators": ["\r\n"], "header": True},
    }
    if about.title:
        made |= {"dc:title": about.title, "dc:description": f"One row is {about.row}."}
    made["tableSchema"] = {"columns": [_column(*one, raw=raw) for one in about.columns]}
    made["prov:wasGeneratedBy"] = {"schema:name": "insights_nb", "schema:version": __version__}
    if about.query:
        made["schema:query"] = about.query
    if about.attributes:
        made["schema:additionalProperty"] = [
            {"schema:name": key, "schema:value": value} for key, value in about.attributes.items()
        ]
    if content is not None:
        made["schema:sha256"] = hashlib.sha256(content).hexdigest()
    if about.files is not None:
        made["prov:wasDerivedFrom"] = [derived(record) for record in about.files]
    return json.dumps(made, indent=1) + "\n"


def described(column: Column) -> str:
    """Say what a column means, and when a cell is empty."""
    return f"{column.meaning} Empty: {_lower(column.missing)}" if column.missing else column.meaning


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


def _column(cells: Cells, column: Column | None, *, raw: bool) -> dict[str, Any]:
    made: dict[str, Any] = {
        "titles": cells.name if raw else guard(cells.name),
        "datatype": _DATATYPES[cells.kind],
    }
    if cells.name.isidentifier() and cells.name.isascii() and not cells.name.startswith("_"):
        made = {"name": cells.name, **made}
    if column is not None:
        made["dc:description"] = described(column)
        if column.unit:
            made["schema:unitText"] = column.unit
    return made


def derived(record: Mapping[str, Any]) -> dict[str, Any]:
    """Write down a file as `insights_nb.archive.sources.file_record` gives it."""
    return {
        "schema:name": record["name"],
        "dc:type": record["report"],
        "dc:temporal": record["periods"],
        "schema:contentSize": record["bytes"],
        "schema:sha256": record["sha256"],
    }


def _json(value: object) -> Any:  # noqa: ANN401 - a JSON value
    if isinstance(value, Mapping):
        return {str(key): _json(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_json(one) for one in value]
    if value is None or isinstance(value, str | bool | int | float):
        return value
    return str(value)
