"""What a page shows and the code that it prints for it, as one: a call."""

from __future__ import annotations

import datetime as dt
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from insights_nb.selection import Selection

if TYPE_CHECKING:
    import pandas as pd

    from insights_nb.charts.drawing import Drawing

_IMPORTS = {
    "dt": ["import datetime as dt", ""],
    "inb": ["import insights_nb as inb"],
    "pd": ["import pandas as pd"],
}
_ALIASES = {"insights_nb": "inb", "pandas": "pd"}
_OPERATORS: Mapping[Callable[..., object], str] = {operator.eq: "==", operator.or_: "|"}


@dataclass(frozen=True, eq=False)
class Call:
    """A function with its arguments: computed once, when asked for, and printed as it is computed.

    Further steps are written as in pandas, and are calls themselves: ``call["column"]``,
    ``call.head(10)``, ``call == 1``, ``one | other``.

    Parameters
    ----------
    function
        One that `insights_nb` or pandas offers by its name, or a step of a call.
    given, keywords
        Its arguments: values, calls, and lists of them. A function's keyword that is None or False
        is not printed: that is the default of all that have one.
    name
        The variable that a cell assigns it to; without one it stands where it is used.

    Examples
    --------
    >>> from insights_nb import samples, tag_pulls
    >>> archive = call(samples).named("archive")
    >>> tags = call(tag_pulls, archive).named("tags")
    >>> print(cell(tags["tag"].nunique()))
    import insights_nb as inb
    <BLANKLINE>
    archive = inb.samples()
    tags = inb.tag_pulls(archive)
    tags['tag'].nunique()
    """

    function: Callable[..., Any]
    given: tuple[object, ...] = ()
    keywords: Mapping[str, object] = field(default_factory=dict)
    name: str = ""

    @cached_property
    def value(self) -> Any:  # noqa: ANN401 - whatever the function returns
        """What it returns.

        Raises
        ------
        InsightsError
            As the function does, each time.
        """
        given = [_value(one) for one in self.given]
        return _value(self.function)(*given, **{k: _value(v) for k, v in self.keywords.items()})

    @property
    def frame(self) -> pd.DataFrame:
        """What it returns, where that is a frame."""
        return cast("pd.DataFrame", self.value)

    @property
    def code(self) -> str:
        """The cell that ends with it."""
        return cell(self)

    @property
    def selection(self) -> Selection | None:
        """For what it was computed; None where that is not asked of its function."""
        for one in self.parts():
            found = one.value if isinstance(one.value, Selection) else one.selection
            if found is not None:
                return found
        return None

    def named(self, name: str) -> Call:
        """Return the same under a name."""
        return self if self.name == name else Call(_same, (self,), name=name)

    def known(self, value: object) -> Call:
        """Return the same with the value that it is known to have."""
        found = replace(self)
        # As a cached property keeps it.
        found.__dict__["value"] = value
        return found

    def parts(self) -> Iterator[Call]:
        """Give the calls that it is made of, in the order in which they are printed."""
        for one in (self.function, *self.given, *self.keywords.values()):
            for part in one if isinstance(one, list) else [one]:
                if isinstance(part, Call):
                    yield part

    def __getattr__(self, name: str) -> Call:
        # What the class has comes here if it fails for want of an attribute.
        if name.startswith("_") or hasattr(type(self), name):
            raise AttributeError(name)
        return Call(getattr, (self, name))

    def __call__(self, *given: object, **keywords: object) -> Call:
        """Return the call of what this one returns, as of a frame's method."""
        return Call(self, given, keywords)

    def __getitem__(self, key: object) -> Call:
        return Call(operator.getitem, (self, key))

    def __eq__(self, other: object) -> Call:  # type: ignore[override] # As of a pandas.Series.
        return Call(operator.eq, (self, other))

    def __or__(self, other: object) -> Call:
        return Call(operator.or_, (self, other))

    __hash__ = object.__hash__
    # Else Python would count up items without an end.
    __iter__ = None


class Chart:
    """A chart of a frame, which a page draws by one function and a notebook by another.

    Parameters
    ----------
    frame
        Of what.
    drawing
        Turns it into what the page draws.
    chart
        Turns it into a chart, in the code.
    given, keywords
        What both take besides, as a `Call` does.
    """

    def __init__(
        self,
        frame: Call,
        drawing: Callable[..., Drawing],
        chart: Callable[..., object],
        *given: object,
        **keywords: object,
    ) -> None:
        self.frame = frame.named("frame")
        self.call = call(chart, self.frame, *given, **keywords)
        self._drawing = drawing

    @cached_property
    def drawing(self) -> Drawing:
        """What the page draws."""
        return cast("Drawing", replace(self.call, function=self._drawing).value)


def call(function: Callable[..., Any], *given: object, **keywords: object) -> Call:
    """Return a function's call, not computed yet."""
    return Call(function, given, keywords)


def spelled(value: object) -> Call:
    """Return a value that the code spells out."""
    return Call(_same, (value,))


def unprinted(value: object) -> Call:
    """Return a value that no code gives: where it is a keyword's, that is left out."""
    return Call(_unprinted, (value,))


def cell(*calls: Call, then: Sequence[str] = ()) -> str:
    """Write a cell that assigns calls to their names, and ends with the last.

    Parameters
    ----------
    calls
        In order; what they need is assigned first.
    then
        Further lines.

    Raises
    ------
    ValueError
        If two values that one line needs have the same name.
    """
    made = _Cell()
    for one in calls:
        made.add(one)
    lines = [*made.lines, *then]
    heads = [line for alias in sorted(made.aliases) for line in _IMPORTS[alias]]
    return "\n".join([*heads, "", *lines])


class _Cell:
    """A cell while it is written."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.aliases = {"inb"}
        self._bound: dict[str, Call] = {}

    def add(self, one: Call) -> None:
        """Write a call's line below those that it needs."""
        if not one.name:
            self._need(one)
            self.lines.append(self._expression(one))
        elif self._bound.get(one.name) is one:
            self.lines.append(one.name)
        else:
            self._assign(one)

    def _assign(self, one: Call) -> None:
        self._need(one)
        self.lines.append(f"{one.name} = {self._expression(one)}")
        self._bound[one.name] = one

    def _need(self, one: Call) -> None:
        needed = [*_needed(one)]
        for part in needed:
            if self._bound.get(part.name) is not part:
                self._assign(part)
        for part in needed:
            if self._bound[part.name] is not part:
                raise ValueError(f"Two values are called {part.name!r}.")

    def _text(self, value: object) -> str:
        if isinstance(value, Call):
            return value.name or self._expression(value)
        if isinstance(value, list):
            return f"[{', '.join(map(self._text, value))}]"
        if isinstance(value, dt.date):
            self.aliases.add("dt")
            return f"dt.date({value.year}, {value.month}, {value.day})"
        return repr(value)

    def _expression(self, one: Call) -> str:
        if one.function is getattr:
            return f"{self._operand(one.given[0])}.{one.given[1]}"
        if one.function in _OPERATORS:
            left, right = map(self._operand, one.given)
            return f"{left} {_OPERATORS[one.function]} {right}"
        given = [*map(self._text, one.given)]
        if one.function is operator.getitem:
            return f"{given[0]}[{given[1]}]"
        if one.function is _same:
            return given[0]
        method = isinstance(one.function, Call)
        given += [
            f"{name}={self._text(value)}"
            for name, value in one.keywords.items()
            if method or not _left_out(value)
        ]
        return f"{self._function(one.function)}({', '.join(given)})"

    def _operand(self, value: object) -> str:
        text = self._text(value)
        bare = isinstance(value, Call) and not value.name and value.function in _OPERATORS
        return f"({text})" if bare else text

    def _function(self, function: Callable[..., object]) -> str:
        if isinstance(function, Call):
            return self._text(function)
        alias = _ALIASES[function.__module__.partition(".")[0]]
        self.aliases.add(alias)
        return f"{alias}.{function.__name__}"


def _needed(one: Call) -> Iterator[Call]:
    """Give the named calls that a line refers to."""
    for part in one.parts():
        if part.name:
            yield part
        else:
            yield from _needed(part)


def _value(one: object) -> Any:  # noqa: ANN401
    if isinstance(one, list):
        return [_value(each) for each in one]
    return one.value if isinstance(one, Call) else one


def _left_out(value: object) -> bool:
    nowhere = isinstance(value, Call) and value.function is _unprinted
    return value is None or value is False or nowhere


def _unprinted(value: object) -> object:
    return value


def _same(value: object) -> object:
    return value
