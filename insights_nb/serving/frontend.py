"""The files that a page loads: found once, joined, compressed, and cached for good."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import json
import mimetypes
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any

from jupyterlab_server.config import get_federated_extensions
from voila.paths import collect_static_paths
from voila.utils import get_voila_labextensions_path

_HERE = Path(__file__).resolve().parent
_COMPRESSED = {".js", ".css", ".svg", ".json"}

# What a page needs: ipywidgets, Voilà's own manager of them, and anywidget. Whatever else is
# installed for JupyterLab stays out of the dashboard.
EXTENSIONS = (
    "@jupyter-widgets/jupyterlab-manager",
    "@voila-dashboards/widgets-manager8",
    "anywidget",
)
# Never loaded by a page, or loaded by name.
_APART = ("remoteEntry", "style.", "main.")

BUNDLE = "frontend.js"


@dataclass(frozen=True)
class Asset:
    """One file as it goes over the wire."""

    body: bytes
    compressed: bytes | None
    kind: str


class Frontend:
    """Voilà's JavaScript, the widgets' extensions, and our own page's files.

    Every URL carries a hash of all of them, so that browsers keep each file for good and a new
    version is a new URL.
    """

    def __init__(self) -> None:
        self._voila = [Path(path) for path in collect_static_paths(["voila"], "base")]
        self._extension_roots = [Path(path) for path in get_voila_labextensions_path()]
        self._assets: dict[str, Asset | None] = {}

    @cached_property
    def extensions(self) -> list[dict[str, Any]]:
        """The extensions that the page loads, as its configuration lists them."""
        found = get_federated_extensions([str(root) for root in self._extension_roots])
        listed = []
        for name in EXTENSIONS:
            if name in found:
                build = found[name]["jupyterlab"]["_build"]
                listed.append(
                    {"name": name, "load": build["load"], "extension": build.get("extension")}
                )
        return listed

    @cached_property
    def version(self) -> str:
        """A hash that changes whenever any file does."""
        digest = hashlib.sha256()
        for folder in [*self._folders("voila"), *self._folders("app"), *self._own_extensions()]:
            for path in sorted(folder.rglob("*.*")):
                status = path.stat()
                digest.update(f"{path}\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
        return digest.hexdigest()[:16]

    @cached_property
    def vega(self) -> str | None:
        """The name of the charts' Vega bundle, where it is built."""
        found = sorted(_widgets_folder().glob("vega*.js"))
        return f"app/{found[-1].name}" if found else None

    def entries(self) -> list[str]:
        """Return the scripts that the page asks for by name, to be fetched ahead."""
        return [
            f"labextensions/{each['name']}/{each['load'].removeprefix('./')}"
            for each in self.extensions
        ]

    def get(self, name: str) -> Asset | None:
        """Return a file by its name below the version, or None where there is none."""
        if name not in self._assets:
            if name == f"app/{BUNDLE}":
                body: bytes | None = self._bundle()
            else:
                body = self._read(name)
            self._assets[name] = None if body is None else _asset(name, body)
            if body is None:
                # Not remembered: names that do not exist are without end.
                del self._assets[name]
                return None
        return self._assets[name]

    def warm(self) -> None:
        """Prepare what every page loads, before the first viewer waits for it."""
        for name in [f"app/{BUNDLE}", "app/dashboard.js", "app/dashboard.css", *self.entries()]:
            self.get(name)
        if self.vega:
            self.get(self.vega)

    def _read(self, name: str) -> bytes | None:
        place, _, rest = name.partition("/")
        for folder in self._folders(place):
            # What the system takes for no name at all, such as one with a zero byte or without end.
            with contextlib.suppress(OSError, ValueError):
                path = (folder / rest).resolve()
                if path.is_file() and path.is_relative_to(folder.resolve()):
                    return path.read_bytes()
        return None

    def _folders(self, place: str) -> list[Path]:
        if place == "voila":
            return [folder for folder in self._voila if folder.is_dir()]
        if place == "labextensions":
            return self._extension_roots
        if place == "app":
            return [_HERE / "static", _widgets_folder()]
        return []

    def _own_extensions(self) -> list[Path]:
        return [
            root / name / "static"
            for name in EXTENSIONS
            for root in self._extension_roots
            if (root / name / "static").is_dir()
        ]

    def _bundle(self) -> bytes:
        """Join what a page would load in some eighty requests, each waiting for the one before.

        Webpack's pieces register themselves when they run; those that are there are not fetched.
        A piece that this list misses is fetched when it is needed, as ever.
        """
        names = json.loads((files("insights_nb.serving") / "pieces.json").read_text("utf-8"))
        pieces = [
            path for name in names for folder in self._voila if (path := folder / name).is_file()
        ]
        for folder in self._own_extensions():
            pieces += [
                path for path in sorted(folder.glob("*.js")) if not path.name.startswith(_APART)
            ]
        # In a function each, because the pieces are strict and what starts them is not.
        parts = [b"(function(){" + path.read_bytes() + b"\n}).call(self);\n" for path in pieces]
        start = self._read("voila/voila.js") or b""
        return b"".join([*parts, start])


def _widgets_folder() -> Path:
    return _HERE.parent / "widgets" / "static"


def _asset(name: str, body: bytes) -> Asset:
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    if name.endswith(".js"):
        kind = "text/javascript"
    if kind.startswith("text/") or kind.endswith("json"):
        kind += "; charset=utf-8"
    worth = Path(name).suffix in _COMPRESSED and len(body) > 1000
    return Asset(body, gzip.compress(body, 6, mtime=0) if worth else None, kind)
