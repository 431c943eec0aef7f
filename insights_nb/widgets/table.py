"""The rows behind a chart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NotRequired, TypedDict

import traitlets

from insights_nb.widgets._base import Control, check_keys, plain, static

if TYPE_CHECKING:
    import pandas as pd


class Column(TypedDict):
    """A column of a table."""

    key: str
    label: str
    align: NotRequired[Literal["left", "right"]]
    format: NotRequired[Literal["number", "percent", "share"]]


class DataTable(Control):
    """Show the rows behind a chart, when asked to.

    The rows stay in Python until somebody opens the table, so that a closed one costs nothing.

    Parameters
    ----------
    columns
        What to show, in order. `align` is ``"left"`` (default) or ``"right"``; `format`
        ``"share"`` shows a ratio as percent, ``"percent"`` a change, with its sign; otherwise
        numbers get thousands separators.
    rows
        One column of values (a list, a Series) per key, all of the same length; ``None``, NaN, NaT
        and NA are missing.
    caption
        What one row is.

    Attributes
    ----------
    columns : list of dict, default []
    rows : dict of str to column, default {}
        Not sent to the browser as long as the table is closed.
    caption : str, default ""
    opened : bool, default False
        Whether the browser shows the table.

    Raises
    ------
    traitlets.TraitError
        If a column has no rows, lengths differ, or a key is unknown.
    """

    browser_sets: ClassVar[frozenset[str]] = frozenset({"opened"})
    _esm = static("table.js")

    columns = traitlets.List(traitlets.Dict()).tag(sync=True)
    rows = traitlets.Dict()
    caption = traitlets.Unicode().tag(sync=True)
    opened = traitlets.Bool(False).tag(sync=True)
    _shown = traitlets.Dict(allow_none=True, default_value=None).tag(sync=True)

    def __init__(
        self,
        *,
        columns: Sequence[Column],
        rows: Mapping[str, Sequence[object]] | None = None,
        caption: str = "",
    ) -> None:
        empty: dict[str, list[object]] = {column["key"]: [] for column in columns}
        super().__init__(columns=list(columns), rows=dict(rows or empty), caption=caption)

    def show(self, frame: pd.DataFrame) -> None:
        """Take the rows of a frame that has every column's key among its own.

        Dates become ISO days, missing values ``None``.
        """
        self.rows = {column["key"]: frame[column["key"]] for column in self.columns}

    @traitlets.validate("columns")
    def _known_keys(self, proposal: dict[str, Any]) -> list[dict[str, str]]:
        columns: list[dict[str, str]] = proposal["value"]
        check_keys("A column", columns, frozenset(Column.__annotations__))
        return columns

    @traitlets.validate("rows")
    def _rectangle(self, proposal: dict[str, Any]) -> dict[str, Sequence[object]]:
        given: dict[str, Sequence[object]] = proposal["value"]
        keys = [column["key"] for column in self.columns]
        if missing := [key for key in keys if key not in given]:
            raise traitlets.TraitError(f"The rows lack the column {missing[0]!r}.")
        if len({len(given[key]) for key in keys}) > 1:
            raise traitlets.TraitError("The columns of the rows have different lengths.")
        return {key: given[key] for key in keys}

    @traitlets.observe("rows", "opened")
    def _push(self, _: object) -> None:
        if not self.opened:
            self.set_trait("_shown", None)
            return
        rows = {key: [plain(value) for value in column] for key, column in self.rows.items()}
        self.set_trait("_shown", rows)
