"""A choice of one among many, folded."""

from __future__ import annotations

from insights_nb.widgets._base import static
from insights_nb.widgets.segmented import Segmented


class Select(Segmented):
    """Choose one of more values than fit side by side: the browser's own list.

    Parameters
    ----------
    label, options, value
        As for `Segmented`, and so are the attributes.

    Raises
    ------
    traitlets.TraitError
        If the value is not among the options.
    """

    _esm = static("select.js")
