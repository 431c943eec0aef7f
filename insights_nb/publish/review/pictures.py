"""Charts of the review as drawings that stand in the page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from insights_nb.charts import theme
from insights_nb.charts.svg import inline_svg

if TYPE_CHECKING:
    import altair as alt


@dataclass(frozen=True)
class Picture:
    """A chart.

    Parameters
    ----------
    name
        What tells it from the page's other charts.
    draw
        Makes it, of `insights_nb.charts.svg.WIDTH` and with the paint that it is given.
    """

    name: str
    draw: Callable[[theme.Paint], alt.LayerChart]

    def html(self) -> str:
        """Return it as HTML: the drawing, with what it shows in words."""
        drawing = inline_svg(self.draw(theme.themed).to_dict(), self.name)
        return f'<figure class="inb-scroll" tabindex="0">{drawing}</figure>'
