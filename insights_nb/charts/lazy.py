"""Altair, loaded when a chart is first built with it: a dashboard's kernel never does.

Loading it takes longer than drawing a chart. So specifications can stand beside what is drawn by
them, in modules that dashboards import.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__all__ = ["alt"]

if TYPE_CHECKING:
    import altair as alt
else:

    class _Altair:
        def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever Altair has
            import altair

            return getattr(altair, name)

    alt = _Altair()
