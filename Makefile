# Thin wrappers over the plain commands in README.md. Everything is installed into .venv, once, and again only
# when a requirements file has changed.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

# What `make run` opens: files, folders or packages; empty for the samples.
TARGETS ?=
# Which measurement `make bench` takes.
BENCH ?= start
# How often `make faults` kills each workflow in each way, and which moments it chooses.
KILLS ?= 20
SEED ?= 1

.PHONY: run test lint bench faults races clean

run: $(VENV)/.installed-run
	$(BIN)/streamlit run app.py -- $(TARGETS)

test: lint
	$(BIN)/python -m tests.e2e.chromium --install
	$(BIN)/python -m pytest --numprocesses=auto

lint: $(VENV)/.installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/.installed-test
	$(BIN)/python -m tests.e2e.chromium --install
	$(BIN)/python -m benchmarks $(BENCH)

faults: $(VENV)/.installed-test
	$(BIN)/python -m tests.e2e.chromium --install
	$(BIN)/python -m tests.faults --kills $(KILLS) --seed $(SEED)

races: $(VENV)/.installed-test
	$(BIN)/python -m tests.e2e.chromium --install
	$(BIN)/python -m tests.faults.answers

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { echo "Stepscope needs Python 3.11 or newer, and $(PYTHON) was not found. Name another one: make PYTHON=/path/to/python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(None if v >= (3, 11) else "Stepscope needs Python 3.11 or newer; $(PYTHON) is %d.%d. Name another one: make PYTHON=/path/to/python3.12 $(MAKECMDGOALS)" % v[:2])'
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "$(PYTHON) could not make a virtual environment. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }

$(VENV)/.installed-run: requirements.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/.installed-test: requirements.txt requirements-dev.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@ $(VENV)/.installed-run
