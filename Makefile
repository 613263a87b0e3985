# Everything a developer runs, and all that CI runs (make check).
#
# Needs Python 3.11 or newer, its pip, and make; each target installs what it needs into $(VENV).
#   make test PYTHON=python3.13 VENV=.venv-3.13     with another Python, beside the first
#   make test ARGS="-k october -x"                  with pytest's own options

VENV ?= .venv
ARGS ?=
BIN := $(VENV)/bin

# The first Python that is new enough.
ifndef PYTHON
PYTHON := $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$python && break; done)
endif

# Errors only: warnings about the indexes of whoever runs this are theirs to heed.
PIP_OPTIONS := --quiet --quiet --disable-pip-version-check
INSTALL := $(BIN)/python -m pip install $(PIP_OPTIONS)
STAMP_USE := $(VENV)/.installed
STAMP_DEV := $(VENV)/.installed-dev
STAMP_JUDGE := $(VENV)/.installed-judge

.PHONY: help demo test trial-year judge mutants proofs check format clean
.PHONY: format-check lint types imports wheel mutation-core
.NOTPARALLEL:
.DELETE_ON_ERROR:

help:
	@echo "make demo     the life of three appeals, told step by step (the main job)"
	@echo "make test     all tests, on SQLite and PostgreSQL   ARGS=\"-k october\""
	@echo "make trial-year   200 simulated years of 1,000 appeals each (hours); test has five in each"
	@echo "make judge    install pm4py, which judges event logs and nets, beside our environment"
	@echo "make mutation-core   how many faults planted in the core our tests find (an hour)"
	@echo "make check    everything CI asks for: format, lint, types, imports, wheel, tests"
	@echo "make proofs   prove the shipped workflows anew, and write down that they are"
	@echo "make mutants  plant faults in the shipped documents, one at a time: how many are found?"
	@echo "make format   rewrite the code in the house format, with the lint's safe fixes"
	@echo "make clean    remove what make and the tools made"

demo: $(STAMP_USE)
	@$(BIN)/flowcase demo $(ARGS)

test: $(STAMP_DEV) $(STAMP_JUDGE)
	$(BIN)/python -m pytest $(ARGS)

# Plants thousands of faults in the core and counts those that no test finds: an hour or more.
#   make mutation-core ARGS="--module flowcase.clocks --survivors"      one module, in minutes
mutation-core: $(STAMP_DEV)
	$(BIN)/python -m tests.mutation.core $(ARGS)

# The ordinary test runs the same 200 seeds with five appeals each.
trial-year: $(STAMP_DEV)
	FLOWCASE_TRIAL_CASES=1000 $(BIN)/python -m pytest tests/test_simulation.py -k two_hundred $(ARGS)

proofs: $(STAMP_USE)
	@$(BIN)/python -c "from flowcase import gate; from flowcase.calendars.calendar import \
	load_calendar; gate.PROOFS.write_text(gate.prove_shipped(load_calendar), encoding='utf-8')"

judge: $(STAMP_JUDGE)

# An hour on two idle processors the first time; what was judged before is remembered.
mutants: $(STAMP_DEV)
	$(BIN)/python -m tests.mutation $(ARGS)

check: format-check lint types imports wheel test

format: $(STAMP_DEV)
	$(BIN)/ruff check --quiet --fix-only .
	$(BIN)/ruff format .

format-check: $(STAMP_DEV)
	$(BIN)/ruff format --check .

lint: $(STAMP_DEV)
	$(BIN)/ruff check .

types: $(STAMP_DEV)
	$(BIN)/mypy

imports: $(STAMP_DEV)
	$(BIN)/lint-imports --no-logo

# What a user gets: the wheel alone, in an empty virtual environment, with no environment
# variables, outside the checkout, so that only the workflows and calendars inside it can be found.
wheel: $(STAMP_DEV)
	@set -e; work=$$(mktemp -d); trap 'rm -rf "$$work"' EXIT; \
	step() { echo "wheel: $$1"; shift; \
		"$$@" >"$$work/log" 2>&1 || { cat "$$work/log"; echo "wheel: failed"; exit 1; }; }; \
	step "build" $(BIN)/python -m build --wheel --outdir "$$work" .; \
	step "install into an empty environment" $(BIN)/python -m venv --without-pip "$$work/venv"; \
	step "install $$(basename "$$work"/*.whl)" $(BIN)/python -m pip --python "$$work/venv/bin/python" \
		install $(PIP_OPTIONS) "$$work"/*.whl; \
	cd "$$work"; \
	step "flowcase demo, from there" env -i "$$work/venv/bin/flowcase" demo; \
	echo "wheel: the demo told $$(wc -l <"$$work/log") lines"

clean:
	rm -rf $(VENV) dist build .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
	find flowcase tests -type d -name __pycache__ -prune -exec rm -rf {} +

# ------------------------------------------------------------------------------- environments

# Some systems ship venv without the pip to put into it: then this Python's own pip does it.
$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "flowcase needs Python 3.11 or newer; none found. Name one: make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "flowcase needs Python 3.11 or newer; $(PYTHON) is older" >&2; exit 1; }
	@echo "setting up $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV) >/dev/null 2>&1 || { \
		$(PYTHON) -m venv --clear --without-pip $(VENV) && \
		$(PYTHON) -m pip --python $(VENV)/bin/python install $(PIP_OPTIONS) pip; }

$(STAMP_USE): pyproject.toml | $(BIN)/python
	@echo "installing flowcase into $(VENV)"
	@$(INSTALL) --editable .
	@touch $@

$(STAMP_DEV): pyproject.toml | $(BIN)/python
	@echo "installing flowcase and its tools into $(VENV)"
	@$(INSTALL) --editable ".[dev]"
	@touch $(STAMP_USE) $@

# pm4py is AGPL: it is asked by programs of its own (tests/eventlogs/judge.py and
# tests/documents/soundness.py), in an environment of its own, and is no dependency of ours. Where it
# cannot be had, the tests that ask it are skipped and say so.
$(STAMP_JUDGE): $(STAMP_DEV)
	@echo "installing pm4py, which judges event logs and proofs, into $(VENV)/judge"
	@{ $(BIN)/python -m venv --clear --without-pip $(VENV)/judge && \
		$(BIN)/python -m pip --python $(VENV)/judge/bin/python install $(PIP_OPTIONS) "pm4py>=2.7.20,<2.8" && \
		touch $@; } || { echo "pm4py cannot be had: its tests are skipped" >&2; rm -rf $(VENV)/judge; }
