"""What the documents say is so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from jupyter_client.manager import KernelManager
from nbclient import NotebookClient

from tests.commands import command as run
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text()
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def commands() -> list[str]:
    from typer.main import get_command

    from insights_nb.cli import app

    return sorted(get_command(app).commands)  # type: ignore[attr-defined]


def test_every_command_is_in_the_readme_and_none_that_is_not_there() -> None:
    table = re.findall(r"^\| `insights-nb (\w+)", README, re.MULTILINE)
    assert sorted(table) == commands()


@pytest.mark.parametrize("command", ["", *commands()])
def test_every_command_explains_itself(command: str) -> None:
    done = run(*([command] if command else []), "--help")
    assert done.returncode == 0
    assert "Usage:" in done.stdout


def test_links_to_files_lead_somewhere() -> None:
    for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_readmes_python_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import insights_nb as inb
    from tests.reports import summary_row, trends_row, write_summary, write_trends

    start = "2026-10-26"
    rows = [summary_row(start, "acme/web"), summary_row(start, "acme/worker")]
    write_summary(tmp_path / "Downloads", start, rows)
    trends = [trends_row(start, row[4]) for row in rows]
    write_trends(tmp_path / "Downloads", start, trends)
    write_trends(tmp_path, start, trends, name="trends.csv")
    monkeypatch.chdir(tmp_path)
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    names: dict[str, object] = {}
    exec(compile(code, "README.md", "exec"), names)  # noqa: S102 - our own README
    assert len(names["pulls"]) == 2  # type: ignore[arg-type]
    assert isinstance(names["archive"], inb.Archive)


def test_the_report_documentation_is_generated_from_the_schema() -> None:
    from build_report_docs import build

    assert (ROOT / "docs" / "reports.md").read_text() == build()


def test_the_tables_of_exported_columns_are_generated_from_them() -> None:
    from build_export_docs import build

    page = (ROOT / "docs" / "exports.md").read_text()
    assert page == build(page)


def test_the_table_of_limits_is_generated_from_them() -> None:
    from build_limit_docs import build

    page = (ROOT / "docs" / "security.md").read_text()
    assert page == build(page)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_are_without_outputs_and_tag_their_parameters(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(not cell.outputs and cell.execution_count is None for cell in code)
    assert code[0].metadata["tags"] == ["parameters"]
    assert not [c for c in code if re.search(r"^\s*(def|for|while) |sys\.path", c.source, re.M)]
    assert sum(c.source.count("import ") for c in code) == 1


@pytest.fixture(scope="module")
def kernel() -> Iterator[KernelManager]:
    """One kernel for all notebooks: each finds nothing of the one before, but what is loaded."""
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel()
    yield manager
    manager.shutdown_kernel()


@pytest.mark.system
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_run_from_top_to_bottom(path: Path, kernel: KernelManager) -> None:
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.insert(0, nbformat.v4.new_code_cell("%reset -f"))
    client = NotebookClient(notebook, km=kernel, timeout=120)
    client.execute()
    client.kc.stop_channels()
    notebook.cells.pop(0)
    outputs = [o for c in notebook.cells if c.cell_type == "code" for o in c.outputs]
    shown = [o.get("data", {}) for o in outputs]
    # Pages answer clicks; the review is drawn once, for paper.
    drawn = any("<svg" in data.get("text/html", "") for data in shown)
    assert drawn or any("application/vnd.jupyter.widget-view+json" in data for data in shown)
