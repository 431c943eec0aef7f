# make dashboard   the dashboard on the sample data (PORT=8866)
# make check       the loop while writing: lint, types, layers, JavaScript and the quick unit tests
# make test        every check: lint, types, layers, JavaScript, unit, property, notebook, browser
# make fuzz        random attacks on files, ledgers, catalogues and the server (MINUTES=20)
# make bench       the benchmarks, side by side with a plain notebook
# make generated   write again what is generated: samples, chart specs, map, JavaScript bundle, tables of docs

PYTHON ?= python3
PORT ?= 8866
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
DEV_READY := $(VENV)/.ready-dev
OPEN ?=

# One more than there are cores: many tests wait for a browser or a server most of the time.
WORKERS ?= 3
SYNCED := $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)

export PIP_DISABLE_PIP_VERSION_CHECK = 1
# Else every process compiles the package anew, which takes longer than what most of them do.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: dashboard lab check test lint types layers scripts quick pytest fuzz bench format generated clean

dashboard: $(READY)
	@$(BIN)/insights-nb dashboard --port $(PORT) $(OPEN)

lab: $(READY)
	@$(BIN)/insights-nb lab

check: $(DEV_READY)
	@$(MAKE) --no-print-directory --jobs $(WORKERS) $(SYNCED) quick types lint layers scripts

test: lint types layers scripts pytest

lint: $(DEV_READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/nbstripout --verify notebooks/*.ipynb benchmarks/*.ipynb

types: $(DEV_READY)
	$(BIN)/mypy

layers: $(DEV_READY)
	$(BIN)/lint-imports

# The JavaScript, which needs Node 20 or newer.
NODE := scripts/javascript

scripts: $(NODE)/node_modules/.ready
	$(NODE)/node_modules/.bin/eslint --config $(NODE)/eslint.config.mjs insights_nb
	$(NODE)/node_modules/.bin/tsc --project $(NODE)

$(NODE)/node_modules/.ready: $(NODE)/package.json
	@command -v npm >/dev/null || { echo "Checking the JavaScript needs Node 20 or newer, with npm."; exit 1; }
	npm install --prefix $(NODE) --no-package-lock --no-audit --no-fund --silent
	@touch $@

# Fewer random examples of each property than in make test.
quick: $(DEV_READY)
	HYPOTHESIS_PROFILE=quick $(BIN)/python -m pytest -q -n auto --dist loadfile -m "not system and not slow" $(PYTEST)

pytest: $(DEV_READY)
	$(BIN)/python scripts/ensure_browser.py
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder --durations 20 $(PYTEST)

MINUTES ?= 20

fuzz: $(DEV_READY)
	$(BIN)/python -m tests.fuzz --minutes $(MINUTES)

bench: $(DEV_READY)
	$(BIN)/python scripts/ensure_browser.py
	$(BIN)/python -m benchmarks

format: $(DEV_READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

generated: $(DEV_READY)
	$(BIN)/python scripts/make_samples.py
	$(BIN)/python scripts/build_countries.py
	$(BIN)/python scripts/build_months.py
	$(BIN)/python scripts/build_world.py
	$(BIN)/python scripts/build_specs.py
	$(BIN)/python scripts/build_vega.py
	$(BIN)/python scripts/build_report_docs.py
	$(BIN)/python scripts/build_export_docs.py
	$(BIN)/python scripts/build_limit_docs.py

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "insights_nb needs Python 3.11 or newer; name one: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)

$(READY): $(VENV)/bin/python pyproject.toml constraints.txt
	@echo "Setting up (about a minute the first time) ..."
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable .
	@touch $@

$(DEV_READY): $(READY)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt "pip>=25.1"
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --group dev
	@touch $@

clean:
	rm -rf $(VENV) $(NODE)/node_modules dist .mypy_cache .ruff_cache .pytest_cache .hypothesis

# Run after changing what the environment holds: the tested set, as plain versions.
.PHONY: pins
pins: $(DEV_READY)
	(echo "# The tested set of versions; written by 'make pins'."; \
	$(BIN)/pip freeze --exclude-editable | grep -E '^[A-Za-z0-9_.-]+==') > constraints.txt
