"""What to show: granularity, time range, repositories and measure, as a value and as a link."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal, Self, get_args
from urllib.parse import parse_qsl, unquote, urlencode

from insights_nb.errors import SelectionError
from insights_nb.periods import GRANULARITIES, Granularity

Months = Literal[3, 6, 12]
Measure = Literal["pulls", "data_downloads", "version_checks"]

MONTHS: tuple[Months, ...] = get_args(Months)
YEAR: Months = 12
MEASURES: tuple[Measure, ...] = get_args(Measure)
PARAMETERS = ("granularity", "months", "repositories", "measure")


@dataclass(frozen=True)
class Selection:
    """What a pull chart shows; immutable, validated, and the same thing as a link's query.

    Parameters
    ----------
    granularity
        ``"week"`` (Monday through Sunday) or ``"month"``.
    months
        The time range: 3, 6 or 12 months back from the end of the newest available period.
    repositories
        Full names (``acme/web``) in the order to show them; repeated names count once. ``None``
        leaves the choice open: `insights_nb.pulls` gives every repository, an explorer its top
        five. An empty list chooses none.
    measure
        ``"pulls"`` (data downloads plus version checks), ``"data_downloads"`` or
        ``"version_checks"``.

    Raises
    ------
    SelectionError
        If a value is not one of those offered; the message lists them.

    Examples
    --------
    >>> Selection(granularity="month", months=12, repositories=["acme/web"]).to_query()
    'granularity=month&months=12&repositories=acme/web&measure=pulls'
    """

    granularity: Granularity = "week"
    months: Months = 6
    repositories: tuple[str, ...] | None = None
    measure: Measure = "pulls"

    def __init__(
        self,
        granularity: Granularity = "week",
        months: Months = 6,
        repositories: Iterable[str] | None = None,
        measure: Measure = "pulls",
    ) -> None:
        _check("granularity", granularity, GRANULARITIES)
        _check("months", months, MONTHS)
        _check("measure", measure, MEASURES)
        object.__setattr__(self, "granularity", granularity)
        object.__setattr__(self, "months", months)
        object.__setattr__(self, "repositories", _names(repositories))
        object.__setattr__(self, "measure", measure)

    def replace(self, **changes: Any) -> Self:  # noqa: ANN401 - any of the fields' types
        """Return the same selection with some fields changed."""
        return replace(self, **changes)

    def to_query(self) -> str:
        """Write the selection as a link's query, without the question mark.

        `repositories` is left out where the choice is open. A comma or percent sign inside a name
        is escaped, so that any name comes back from `from_query` as it was.
        """
        return urlencode(self.to_parameters(), safe="/,")

    def to_parameters(self) -> dict[str, str]:
        """Return the query's parameters before URL encoding."""
        parameters = {"granularity": self.granularity, "months": str(self.months)}
        if self.repositories is not None:
            parameters["repositories"] = ",".join(_escape(name) for name in self.repositories)
        return parameters | {"measure": self.measure}

    @classmethod
    def from_query(cls, query: str) -> Self:
        """Read a link's query; parameters that it lacks keep their defaults.

        Parameters
        ----------
        query
            With or without the leading question mark. Parameters of other meaning are passed over.

        Raises
        ------
        SelectionError
            If a value is not offered. `read_query` falls back instead.
        """
        selection, refused = cls.read_query(query)
        if refused:
            raise refused[0]
        return selection

    @classmethod
    def read_query(
        cls, query: str, default: Self | None = None
    ) -> tuple[Self, tuple[SelectionError, ...]]:
        """Read a link's query, keeping the default for each value that is not offered.

        Returns
        -------
        tuple
            The selection, and one error per value that was refused.
        """
        given = dict(parse_qsl(query.removeprefix("?"), keep_blank_values=True))
        selection = default if default is not None else cls()
        refused: list[SelectionError] = []
        for name in PARAMETERS:
            if name not in given:
                continue
            try:
                selection = selection.replace(**{name: _parse(name, given[name])})
            except SelectionError as error:
                refused.append(error)
        return selection, tuple(refused)


def not_offered(name: str, value: object, allowed: str) -> SelectionError:
    """Return the error for a value that an argument or a link's parameter does not take."""
    return SelectionError(f"{name}={value!r} is not offered. Use {allowed}.")


def _parse(name: str, text: str) -> object:
    if name == "repositories":
        return tuple(unquote(part) for part in text.split(",") if part)
    if name == "months":
        # Only the plain spelling: int() would also take " 3", "3_0" and Arabic digits.
        return int(text) if text in {str(months) for months in MONTHS} else text
    return text


def _escape(name: str) -> str:
    return name.replace("%", "%25").replace(",", "%2C")


def _names(repositories: Iterable[str] | None) -> tuple[str, ...] | None:
    if repositories is None:
        return None
    if isinstance(repositories, str):
        raise not_offered("repositories", repositories, f"a list: [{repositories!r}]")
    names = tuple(dict.fromkeys(repositories))
    for name in names:
        if not isinstance(name, str) or not name:
            raise not_offered("repositories", name, "names such as 'acme/web'")
    return names


def _check(name: str, value: object, allowed: tuple[object, ...]) -> None:
    # `in` alone would take True for 1 and 3.0 for 3.
    if not any(value == one and type(value) is type(one) for one in allowed):
        raise not_offered(name, value, " or ".join(repr(one) for one in allowed))
