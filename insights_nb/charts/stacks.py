"""What companies run beside the publisher's images.

Importing this module does not load Altair.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from insights_nb.charts import theme
from insights_nb.charts.bars import FOLDED, MOST, Bar, Part, bar_chart, drawn
from insights_nb.charts.columns import Datasets, Signals
from insights_nb.charts.companies import COMPANY
from insights_nb.charts.series import known_or_raise, label_of
from insights_nb.charts.texts import counted, percent

if TYPE_CHECKING:
    import altair as alt

    from insights_nb.charts.parts import Width


def stacks_chart(
    frame: pd.DataFrame,
    *,
    width: Width = "container",
    paint: theme.Paint = theme.literal,
) -> alt.LayerChart:
    """Draw which images most companies run beside the publisher's, a bar each.

    Parameters
    ----------
    frame
        As `insights_nb.popular_pairs` gives it.
    width
        In pixels, or ``"container"`` to fill the cell; the height follows from the rows.
    paint
        Gives each colour: `insights_nb.charts.theme.themed` for a page whose style decides between
        light and dark, else the light colours on white.

    Returns
    -------
    altair.LayerChart
        Its rows are in it.

    Raises
    ------
    FrameError
        If the frame lacks a column.
    """
    return bar_chart(stacks_datasets(frame), width=width, paint=paint)


def stacks_datasets(frame: pd.DataFrame) -> tuple[Datasets, Signals]:
    """Turn popular pairs into bars: companies of the newest report, and those of earlier ones.

    The 15 most popular are drawn; a note tells how many are not. As
    `insights_nb.charts.bars.bar_datasets`.
    """
    columns = ["paired_image", "companies", "current", "share"]
    known_or_raise(frame, columns, "The chart of stacks", "insights_nb.popular_pairs")
    head = frame[columns].head(MOST)
    bars = [_pair(*each) for each in head.itertuples(index=False, name=None)]
    rest = len(frame) - len(head)
    images = counted(rest, ("image", "images"))
    notes = [f"{images} with fewer companies left out."] if rest else []
    earlier = bool((head["companies"] > head["current"]).any())
    names = ["in the newest report", *[""] * FOLDED]
    names[FOLDED] = "in earlier ones only" if earlier else ""
    heading = "Companies that run each image beside yours"
    return drawn(bars, heading=heading, notes=notes, names=names)


def _pair(image: object, companies: int, current: int, share: float) -> Bar:
    label = label_of(image, None, "not named")
    said = f"{counted(companies, COMPANY)}, {percent(share)} of them"
    tip = {
        "Image": label,
        "Companies": f"{companies:,}",
        "Share": percent(share),
        "Newest report": f"{current:,}",
    }
    parts = [Part(0, current, 0, f"{label}: {said}, {current:,} in the newest report")]
    if companies > current:
        parts.append(Part(current, companies, FOLDED, f"{label}: {companies - current:,} before"))
    return Bar(label, f"{companies:,} · {percent(share)}", f"{label}: {said}", tip, parts)
