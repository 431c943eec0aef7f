"""Where the notebooks and the sample data are, in a checkout and once installed."""

from __future__ import annotations

from pathlib import Path

from insights_nb.errors import MissingFileError

_PACKAGE = Path(__file__).resolve().parent


def notebooks() -> Path:
    """Return the folder of the notebooks.

    Returns
    -------
    pathlib.Path
        The repository's own folder in a checkout; the package's copy once installed.

    Raises
    ------
    MissingFileError
        If neither exists: the installation is incomplete.
    """
    return _find("notebooks", "notebooks")


def samples() -> Path:
    """Return the folder of the sample reports.

    Returns
    -------
    pathlib.Path
        ``data/samples`` in a checkout; the package's copy once installed.

    Raises
    ------
    MissingFileError
        If neither exists: the installation is incomplete.
    """
    return _find("samples", "data/samples")


def in_checkout() -> bool:
    """Return whether the package runs from a checkout rather than from an installation."""
    return not (_PACKAGE / "_packaged").is_dir() and (_PACKAGE.parent / "pyproject.toml").is_file()


def _find(packaged: str, checkout: str) -> Path:
    # The package's own copy first: beside an installed package, a folder that happens to be
    # called "notebooks" is somebody else's.
    candidates = [_PACKAGE / "_packaged" / packaged]
    if (_PACKAGE.parent / "pyproject.toml").is_file():
        candidates.append(_PACKAGE.parent / checkout)
    for folder in candidates:
        if folder.is_dir():
            return folder
    places = " or ".join(map(str, candidates))
    raise MissingFileError(
        None,
        f"The {packaged} are missing (looked for {places}): the installation is incomplete. "
        "Install it again: pip install --force-reinstall insights-nb.",
    )
