"""How a notebook shows this package's Altair charts: by the chart widget, without internet.

Altair's own way loads Vega from a content delivery network, and a served page forbids that.
Installed as an Altair renderer, and enabled by the first chart made in a notebook whose author has
not chosen another.
"""

from __future__ import annotations

import itertools
import os
from typing import Any

from altair.vegalite.v6.display import html_renderer
from markupsafe import Markup

from insights_nb.charts.parts import MADE_BY
from insights_nb.charts.svg import STATIC, inline_svg
from insights_nb.widgets.chart_view import ChartView

_FIGURE = Markup("<figure>{}</figure>")
_numbers = itertools.count(1)


def render(spec: dict[str, Any], **metadata: Any) -> Any:  # noqa: ANN401 - Altair's own types
    """Return what a notebook shows of a chart; called by Altair.

    Parameters
    ----------
    spec
        The chart, as Vega-Lite. One of another maker is shown as Altair does by default.
    **metadata
        Options of the renderer, which only Altair's own has.
    """
    if spec.get("usermeta", {}).get("made_by") != MADE_BY:
        return html_renderer(spec, **metadata)
    if os.environ.get(STATIC):
        drawing = inline_svg(spec, f"chart-{next(_numbers)}")
        return {"text/html": _FIGURE.format(drawing)}
    return ChartView(spec, description=spec.get("description", "Chart"))._repr_mimebundle_()
