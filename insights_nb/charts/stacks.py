"""What companies run beside the publisher's images."""

from __future__ import annotations

import pandas as pd

from insights_nb.charts import theme
from insights_nb.charts.companies import COMPANY
from insights_nb.charts.drawing import Drawing
from insights_nb.charts.lazy import alt
from insights_nb.charts.marks.bars import FOLDED, MOST, Bar, Part, drawing_of
from insights_nb.charts.parts import Width
from insights_nb.charts.series import known_or_raise, label_of
from insights_nb.charts.texts import counted, percent


def stacks_chart(
    frame: pd.DataFrame,
    *,
    width: Width = "container",
    paint: theme.Paint = theme.literal,
) -> alt.LayerChart:
    """Draw which images most companies run beside the publisher's, a bar each.

    Returns and raises what every chart does: see `insights_nb.charts`.

    Parameters
    ----------
    frame
        As `insights_nb.popular_pairs` gives it.
    width, paint
        As for `insights_nb.charts.drawing.Drawing.chart`.
    """
    return stacks_drawing(frame).chart(width=width, paint=paint)


def stacks_drawing(frame: pd.DataFrame) -> Drawing:
    """Turn popular pairs into bars: companies of the newest report, and those of earlier ones.

    The 15 most popular are drawing_of; a note tells how many are not. As
    `insights_nb.charts.marks.bars.bar_drawing`.
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
    heading = "Other images your companies run"
    return drawing_of(bars, heading=heading, notes=notes, names=names)


def _pair(image: object, companies: int, current: int, share: float) -> Bar:
    label = label_of(image, None, "not named")
    text = f"{counted(companies, COMPANY)}, {percent(share)} of them"
    tip = {
        "Image": label,
        "Companies": f"{companies:,}",
        "Share": percent(share),
        "Newest report": f"{current:,}",
    }
    parts = [Part(0, current, 0, f"{label}: {text}, {current:,} in the newest report")]
    if companies > current:
        parts.append(Part(current, companies, FOLDED, f"{label}: {companies - current:,} before"))
    return Bar(label, f"{companies:,} · {percent(share)}", f"{label}: {text}", tip, parts)
