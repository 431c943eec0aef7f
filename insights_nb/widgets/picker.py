"""Choose repositories among hundreds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, TypedDict

import traitlets

from insights_nb.charts.texts import harmless
from insights_nb.widgets._base import Control, check_keys, static


class Swatch(TypedDict, total=False):
    """How a repository's line looks in the chart."""

    color: str
    dash: Sequence[float]
    shape: str


class RepositoryPicker(Control):
    """Choose repositories: a search field over native checkboxes, quick at 500 and more.

    Parameters
    ----------
    options
        Every repository's full name, in the order to list them.
    value
        The chosen ones, in the order they were chosen.
    top
        What the button "Top 5" (its number is this list's length) chooses; no button if empty.
    swatches
        How each drawn repository's line looks: a CSS `color`, a `dash` pattern, a
        `shape` as an SVG path from -1 to 1.
    limit_note
        A sentence below the list, such as what becomes of the thirteenth line.
    label
        The group's accessible name.

    Attributes
    ----------
    options : list of str, default []
        Where an option goes, it leaves `value` too.
    value : list of str, default []
        Observe it. A name that is not among the options raises in Python; where the browser sends
        one, the whole list is ignored and logged. Repeated names count once.
    top : list of str, default []
    swatches : dict of str to dict, default {}
    limit_note : str, default ""
    label : str, default "Repositories"
    labels : dict of str to str
        As `labels_of` gives them.

    Raises
    ------
    traitlets.TraitError
        If a chosen name is not among the options.
    """

    browser_sets: ClassVar[frozenset[str]] = frozenset({"value"})
    _esm = static("picker.js")

    label = traitlets.Unicode("Repositories").tag(sync=True)
    options = traitlets.List(traitlets.Unicode()).tag(sync=True)
    value = traitlets.List(traitlets.Unicode()).tag(sync=True)
    top = traitlets.List(traitlets.Unicode()).tag(sync=True)
    swatches = traitlets.Dict(key_trait=traitlets.Unicode()).tag(sync=True)
    limit_note = traitlets.Unicode().tag(sync=True)
    labels = traitlets.Dict(
        key_trait=traitlets.Unicode(), help="What options are called that charts show otherwise."
    ).tag(sync=True)

    def __init__(
        self,
        *,
        options: Sequence[str],
        value: Sequence[str] = (),
        top: Sequence[str] = (),
        swatches: Mapping[str, Swatch] | None = None,
        limit_note: str = "",
        label: str = "Repositories",
    ) -> None:
        super().__init__(
            labels=labels_of(options),
            options=list(options),
            value=list(value),
            top=list(top),
            swatches=dict(swatches or {}),
            limit_note=limit_note,
            label=label,
        )

    @traitlets.validate("options")
    def _each_once(self, proposal: dict[str, Any]) -> list[str]:
        return list(dict.fromkeys(proposal["value"]))

    @traitlets.validate("value", "top")
    def _offered(self, proposal: dict[str, Any]) -> list[str]:
        names = list(dict.fromkeys(proposal["value"]))
        offered = set(self.options)
        for name in names:
            if name not in offered:
                raise traitlets.TraitError(
                    f"{self.label}: {name!r} is not among the {len(offered)} offered."
                )
        return names

    @traitlets.validate("swatches")
    def _known_keys(self, proposal: dict[str, Any]) -> dict[str, Swatch]:
        swatches: dict[str, Swatch] = proposal["value"]
        check_keys("A swatch", list(swatches.values()), frozenset(Swatch.__annotations__))
        return {
            name: {**swatch, "dash": list(swatch["dash"])} if "dash" in swatch else swatch
            for name, swatch in swatches.items()
        }

    @traitlets.observe("options")
    def _keep_offered(self, change: dict[str, Any]) -> None:
        self.labels = labels_of(change["new"])
        offered = set(change["new"])
        self.top = [name for name in self.top if name in offered]
        self.value = [name for name in self.value if name in offered]


def labels_of(options: Iterable[str]) -> dict[str, str]:
    """Return what to call the options that charts do not show as they are."""
    return {name: shown for name in options if (shown := harmless(name)) != name}
