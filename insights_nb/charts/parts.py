"""What the charts' specifications have in common, built with Altair."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from insights_nb.charts import theme
from insights_nb.charts.lazy import alt

Width = int | Literal["container"]

# Vega formats 10⁹ as "1G", which nobody reads as a billion.
SHORT_COUNT = "datum.value % 1 ? '' : replace(format(datum.value, '~s'), 'G', 'B')"
SHORT_SHARE = "format(100 * datum.value, '.3~g') + ' %'"
# By the parameters percent and monthly.
SHORT_NUMBER = f"percent ? {SHORT_SHARE} : {SHORT_COUNT}"
SHORT_DATE = "utcFormat(datum.value, monthly ? '%b %Y' : '%-d %b')"
# A legend's, by the room for the whole chart: the plot's own width follows from the legend's.
# Two columns on a phone once one would push the marks off the screen.
LEGEND_COLUMNS = "max(length(shown) > 6 ? 2 : 1, floor((room - 60) / min(column_width, 260)))"
# Of a label, in pixels: no wider than where the room for it is reckoned, so that what has its room
# there stays whole.
_LETTER = 6.9
# In the widest of the usual fonts. What has to be cut is cut to this, so that Vega cuts nothing:
# it would cut the end, in which names most often differ.
_WIDE_LETTER = 7.6


def if_shown(value: str, otherwise: str) -> alt.ExprRef:
    """Return a legend's value by whether it has any entry: without one its height is infinite."""
    return alt.ExprRef(f"length(shown) ? {value} : {otherwise}")


def legend_column(key: int, names: Iterable[str]) -> int:
    """Return how wide a legend's entry is, in pixels: its key, and about so much for a letter."""
    return key + 7 * max(map(len, names), default=0)


def legend_labels(
    key: int, columns: str = LEGEND_COLUMNS, *, empty: bool = False
) -> dict[str, Any]:
    """Return how a legend writes the parameter names beside keys of that width in pixels.

    Parameters
    ----------
    key
        How wide.
    columns
        The expression of their number.
    empty
        Whether a value below zero stands for none.
    """
    room = f"(room - 60) / {columns} - {key}"
    label = shortened("names[datum.value]", "names", room)
    return {
        "labelExpr": f"datum.value < 0 ? '' : {label}" if empty else label,
        "labelLimit": alt.ExprRef(room),
    }


def shortened(name: str, names: str, room: str) -> str:
    """Return the expression of a name that is cut where it is like the others.

    A name that has room stays as it is. Of a longer one the end stays, from where it differs from
    the other longer ones, or at least a half; and of the rest the beginning.

    Parameters
    ----------
    name, names
        The expressions of the name, and of the list of all.
    room
        The expression of the room for each, in pixels.
    """
    most = f"floor(({room}) / {_WIDE_LETTER})"
    # Past the names that have room; then as far as all the others, but for what is folded, begin
    # alike.
    short = f".{{0,' + {most} + '}}"
    alike = (
        f"regexp('^(?:{short}\\n)*(.*)"
        f"(?![\\\\s\\\\S]*\\n(?!\\\\1|Other \\\\(|{short}(?:\\n|$)))[\\\\s\\\\S]*')"
    )
    begin = f"length(replace(join({names}, '\\n'), {alike}, '$1'))"
    end = f"max(floor({most} / 2), length({name}) - {begin})"
    both = f"slice({name}, 0, {most} - 1 - {end}) + '…' + slice({name}, -{end})"
    differing = f"({begin} ? '…' : '') + slice({name}, {begin})"
    return (
        f"length({name}) <= ({room}) / {_LETTER} ? {name} : "
        f"{end} < {most} - 2 ? {both} : truncate({differing}, {most}, 'center', '…')"
    )


def wrapped(text: str, *, letter: float) -> str:
    """Return the expression of a text's lines, none wider than the parameter room.

    Parameters
    ----------
    text
        An expression; a line break in it stays one.
    letter
        How wide about a letter is, in pixels.
    """
    # A line with more letters than there is room for is broken at its last space before that. A
    # title starts where the plot does, beside the labels of its axis.
    most = f"floor((room - 60) / {letter})"
    line = f"regexp('(?=.{{' + ({most} + 1) + '}})(.{{1,' + {most} + '}}) +', 'g')"
    return f"split(replace({text}, {line}, '$1\\n'), '\\n')"


def row_title(given: Mapping[str, Any], name: str) -> str:
    """Return what a tooltip calls a row, by the parameter titles (``{"Series": "Country"}``).

    In a page the chart widget puts the titles in, so that they may change with what is shown.
    """
    titles: Mapping[str, str] = given["titles"]
    return titles.get(name, name)


def named(name: str) -> alt.NamedData:
    """Return a data source whose rows come later."""
    # Dates come as UTC milliseconds: parsing them again would only cost time.
    return alt.NamedData(name=name, format=alt.JsonDataFormat(type="json", parse=None))


def time_axis(orient: Literal["top"] | None = None) -> alt.Axis:
    """Return the axis of time, with a label at each of the parameter periods."""
    return alt.Axis(
        title=None,
        orient=orient or alt.Undefined,
        values=alt.ExprRef("periods"),
        labelExpr=SHORT_DATE,
        labelOverlap="parity",
        labelSeparation=14,
        # The last label would otherwise end outside the picture.
        labelFlush=20,
        grid=False,
        tickSize=4,
        aria=False,
    )


def number_axis() -> alt.Axis:
    """Return the axis of counts, or of shares by the parameter percent."""
    return alt.Axis(
        title=None,
        labelExpr=SHORT_NUMBER,
        tickCount=5,
        # Half a pull is none; a share is told apart to the hundredth of a percent.
        tickMinStep=alt.ExprRef("percent ? 0.0001 : 1"),
        domain=False,
        ticks=False,
        aria=False,
    )


MADE_BY = "insights_nb"
"""Marks this package's charts, for the renderer of that name (`insights_nb.widgets.renderer`)."""


def finished(
    chart: alt.LayerChart,
    paint: theme.Paint,
    given: dict[str, Any],
    *,
    width: Width,
    height: int | alt.Step,
) -> alt.LayerChart:
    """Add the parameters, size, title and look that every chart has.

    Parameters
    ----------
    chart
        The layers.
    paint
        Gives each colour.
    given
        The parameters with their values; ``heading`` and ``notes`` are the title too.
    width, height
        In pixels; a width is the parameter ``room`` too.
    """
    _show_in_notebooks()
    heading, notes = [given["heading"]], given["notes"]
    if width != "container":
        given = given | {"room": width}
        if width < 420:
            heading = given["heading"].split(", ")
        heading, notes = _fitting(heading, width / 9), _fitting(notes, width / 6.5)
    made: alt.LayerChart = (
        chart.add_params(*(alt.param(name=name, value=value) for name, value in given.items()))
        .properties(
            width=width,
            height=height,
            autosize=alt.AutoSizeParams(type="fit-x", contains="padding"),
            padding=4,
            title=alt.TitleParams(text=heading if len(heading) > 1 else heading[0], subtitle=notes),
            usermeta={"made_by": MADE_BY},
        )
        .configure(**theme.config(paint))
    )
    return made


def _show_in_notebooks() -> None:
    """Let a notebook show our charts without internet, unless its author chose how to show any."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    in_kernel = getattr(shell, "kernel", None) is not None
    if in_kernel and alt.renderers.active == "default" and MADE_BY in alt.renderers.names():
        alt.renderers.enable(MADE_BY)


def _fitting(lines: Iterable[str], letters: float) -> list[str]:
    return [part for line in lines for part in textwrap.wrap(line, int(letters)) or [""]]
