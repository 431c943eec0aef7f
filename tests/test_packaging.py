"""A stranger installs it."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import venv
import zipfile
from collections.abc import Iterable
from importlib.metadata import distribution
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from playwright.sync_api import Browser

from tests.conftest import ROOT
from tests.servers import dashboard

pytestmark = pytest.mark.system

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [
            sys.executable,
            "-m",
            "build",
            "--wheel",
            "--no-isolation",
            "--outdir",
            str(out),
            str(ROOT),
        ],
        check=True,
        capture_output=True,
    )
    (built,) = out.glob("*.whl")
    return built


def test_the_wheel_holds_notebooks_samples_and_javascript(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    for needed in (
        r"insights_nb/_packaged/notebooks/pulls\.ipynb",
        r"insights_nb/_packaged/samples/.+\.csv\.gz",
        r"insights_nb/widgets/static/vega.*\.js",
        r"insights_nb/widgets/static/chart_view\.js",
        r"insights_nb/publish/static/explorer\.js",
        r"insights_nb/publish/templates/pieces\.html\.j2",
        r"insights_nb/charts/specs/lines\.vl\.json",
        r"insights_nb/serving/.+\.html\.j2|insights_nb/serving/.+\.tpl|insights_nb/serving/.+\.html",
        r"insights_nb/py\.typed",
    ):
        assert any(re.fullmatch(needed, name) for name in names), needed
    assert not [name for name in names if name.startswith(("tests/", "scripts/", "benchmarks/"))]


def required(requirements: Iterable[str]) -> set[str]:
    """Return the distributions that requirements bring, by the metadata of those installed here."""
    found: set[tuple[str, str]] = set()
    left = [(Requirement(one), "") for one in requirements]
    while left:
        requirement, wanted_by = left.pop()
        if requirement.marker and not requirement.marker.evaluate({"extra": wanted_by}):
            continue
        name = canonicalize_name(requirement.name)
        for extra in {"", *requirement.extras}:
            if (name, extra) not in found:
                found.add((name, extra))
                lines = distribution(name).requires or ()
                left += [(Requirement(line), extra) for line in lines]
    return {name for name, _ in found}


def stranger(wheel: Path, folder: Path) -> Path:
    """Make an environment of a wheel and of what it needs; return its programs' folder.

    What it needs is linked from here: downloading and unpacking it again takes minutes, and shows
    nothing that setting up the environment of these tests has not shown.
    """
    venv.create(folder, with_pip=False)
    pip = [sys.executable, "-m", "pip", "--python", str(folder / "bin" / "python"), "install"]
    subprocess.run([*pip, "--quiet", "--no-deps", "--no-index", wheel], check=True)
    (site,) = (folder / "lib").glob("python*/site-packages")
    for name in required(PROJECT["dependencies"]):
        found = distribution(name)
        tops = {file.parts[0] for file in found.files or ()} - {"..", "__pycache__"}
        for top in tops:
            (site / top).symlink_to(Path(str(found.locate_file(top))))
    for data in ("share", "etc"):
        (folder / data).symlink_to(Path(sys.prefix) / data)
    return folder / "bin"


@pytest.mark.browser
def test_an_installed_wheel_serves_the_dashboard_from_an_empty_folder(
    wheel: Path, tmp_path: Path, browser: Browser
) -> None:
    home = tmp_path / "home"
    command = stranger(wheel, tmp_path / "env") / "insights-nb"
    empty = tmp_path / "empty"
    empty.mkdir()
    home.mkdir()
    environment = {"HOME": str(home), "XDG_CACHE_HOME": str(home / ".cache"), "PYTHONPATH": ""}
    with dashboard(executable=command, cwd=empty, environment=environment) as server:
        page = browser.new_page()
        page.goto(server.url, wait_until="commit")
        # The first page of a new home also builds the archive of the samples.
        page.locator(".inb-chart .mark-symbol").first.wait_for(timeout=120_000)
        page.context.close()
    assert list(empty.iterdir()) == []


def test_environment_yml_names_what_pyproject_requires() -> None:
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    conda = {entry for entry in environment["dependencies"] if isinstance(entry, str)}
    wanted = {*PROJECT["dependencies"], f"python{PROJECT['requires-python']}", "pip"}
    assert conda == wanted


def test_every_runtime_dependency_has_a_floor_and_a_pin() -> None:
    pins = {
        line.partition("==")[0].casefold().replace("_", "-")
        for line in (ROOT / "constraints.txt").read_text().splitlines()
        if "==" in line
    }
    optional = [name for names in PROJECT["optional-dependencies"].values() for name in names]
    for requirement in [*PROJECT["dependencies"], *optional]:
        assert re.fullmatch(r"[a-z0-9-]+>=[\d.]+(,!=[\d.]+\.\*)*", requirement)
        assert requirement.partition(">=")[0] in pins


def test_pins_are_plain_versions() -> None:
    for line in (ROOT / "constraints.txt").read_text().splitlines():
        assert line.startswith("#") or re.fullmatch(r"[A-Za-z0-9_.-]+==[A-Za-z0-9_.!+]+", line)


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = (
        "import sys, insights_nb; "
        "print([m for m in ('pandas', 'polars', 'altair', 'ipywidgets', 'voila', 'requests') "
        "if m in sys.modules])"
    )
    answer = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    assert answer.stdout.decode().strip() == "[]"


def test_every_public_name_exists() -> None:
    import insights_nb

    for name in insights_nb.__all__:
        assert getattr(insights_nb, name) is not None
