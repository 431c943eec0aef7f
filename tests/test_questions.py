"""Every question of Docker's documentation, answered by the document's own cell."""

from __future__ import annotations

import ast
import re
from typing import Any

import pandas as pd
import pytest

import insights_nb as inb
from tests.conftest import ROOT
from tests.question_answers import ANSWERS
from tests.sample_csv import records

DOCUMENT = (ROOT / "docs" / "questions.md").read_text(encoding="utf-8")
CHARTS = re.compile(r"Charts?: (`.*`)\.$", re.MULTILINE)
CELL = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TABS = {
    "PullExplorer": "Pulls",
    "AdoptionExplorer": "Adoption",
    "AudienceExplorer": "Audience",
    "CompaniesExplorer": "Companies",
    "EcosystemExplorer": "Ecosystem",
    "ExtensionsExplorer": "Extensions",
    "HealthExplorer": "Data health",
}
QUESTIONS = [(report, question) for report, its in ANSWERS.items() for question in its]


def parts(level: int) -> dict[str, str]:
    """Return the text under each heading down to a level, without what has one of its own."""
    found = re.split(rf"^#{{1,{level}}} (.+)$", DOCUMENT, flags=re.MULTILINE)
    return dict(zip(found[1::2], found[2::2], strict=True))


def execute(cell: str) -> tuple[object, dict[str, Any]]:
    """Run a cell after the document's first; return its last line's value, and all names."""
    names: dict[str, Any] = {}
    exec(compile(CELL.findall(DOCUMENT)[0], "questions.md", "exec"), names)  # noqa: S102 - our own
    tree = ast.parse(cell)
    last = tree.body.pop()
    assert isinstance(last, ast.Expr)
    exec(compile(tree, "questions.md", "exec"), names)  # noqa: S102 - our own document
    value = eval(compile(ast.Expression(last.value), "questions.md", "eval"), names)  # noqa: S307
    return value, names


def run(cell: str) -> pd.DataFrame:
    value, _ = execute(cell)
    assert isinstance(value, pd.DataFrame)
    return value


def test_docker_lists_twenty_questions_in_five_reports() -> None:
    assert [len(its) for its in ANSWERS.values()] == [5, 3, 4, 4, 4]


@pytest.mark.parametrize(("report", "question"), QUESTIONS)
def test_the_document_asks_the_question_in_dockers_words_under_its_report(
    report: str, question: str
) -> None:
    assert DOCUMENT.count(question) == 1
    assert f"### {question}\n" in parts(2)[f"{report} report"]


@pytest.mark.parametrize("question", [question for _, question in QUESTIONS])
def test_the_document_names_one_cell_and_one_explorer(question: str) -> None:
    text = parts(3)[question]
    assert len(CELL.findall(text)) == 1
    assert [(name, TABS[name]) for name in re.findall(r"(\w+Explorer)`", text)] == re.findall(
        r"^`(\w+Explorer)`, tab \*([\w ]+)\*", text, re.MULTILINE
    )
    assert len(re.findall(r"\w+Explorer", text)) == 1


def close(value: object) -> object:
    return pytest.approx(value, rel=1e-12, abs=1e-15) if isinstance(value, float) else value


@pytest.mark.parametrize(("report", "question"), QUESTIONS)
def test_the_cell_answers_what_the_text_of_the_reports_says(report: str, question: str) -> None:
    (cell,) = CELL.findall(parts(3)[question])
    expected = ANSWERS[report][question]()
    found = records(run(cell))
    assert expected
    assert list(found[0]) == list(expected[0])
    assert len(found) == len(expected)
    for mine, theirs in zip(found, expected, strict=True):
        assert mine == {name: close(value) for name, value in theirs.items()}


@pytest.mark.parametrize("cell", CELL.findall(DOCUMENT)[1:], ids=lambda cell: cell.split("\n")[-2])
def test_every_cell_of_the_document_gives_a_frame_with_rows(cell: str) -> None:
    assert len(run(cell))


@pytest.mark.parametrize("heading", [name for name, text in parts(3).items() if "Chart" in text])
def test_every_chart_that_the_document_names_draws_rows(heading: str) -> None:
    text = parts(3)[heading]
    _, names = execute(CELL.findall(text)[0])
    (line,) = CHARTS.findall(text)
    for call in re.findall(r"`([^`]+)`", line):
        chart = eval(call, names).to_dict()  # noqa: S307 - our own document
        assert any(chart["datasets"].values())


def test_every_call_that_the_document_names_exists() -> None:
    found = re.findall(r"inb\.(\w+)|(?<=`)(\w+Explorer)(?=`)", DOCUMENT)
    named = {first or second for first, second in found}
    assert named >= set(TABS)
    assert named <= set(inb.__all__)
