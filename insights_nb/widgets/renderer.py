"""How a notebook shows this package's Altair charts: by the chart widget, without internet.

Altair's own way loads Vega from a content delivery network, and a served page forbids that.
Installed as an Altair renderer, and enabled by the first chart made in a notebook whose author has
not chosen another.
"""

from __future__ import annotations

from typing import Any

from altair.vegalite.v6.display import html_renderer

from insights_nb.charts.parts import MADE_BY
from insights_nb.widgets.chart_view import ChartView


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
    return ChartView(spec, description=spec.get("description", "Chart"))._repr_mimebundle_()
