# Everything one does with this project. Needs make and Python 3.11 or later with venv; all else is installed into .venv.

BIN := .venv/bin
# Each marks an installation that is complete and belongs to the present lock files: of what runs, and of everything.
INSTALLED := .venv/installed
INSTALLED_DEV := .venv/installed-dev

# The first Python that is new enough and can make virtual environments; `make setup PYTHON=...` chooses another.
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11 python3.14; do \
	$$python -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$python && break; done)

.DEFAULT_GOAL := help
.PHONY: help setup dev demo up test test-fast test-all lint audit bench chaos

help: ## this list
	@echo 'make <target>:'
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1	\2/p' Makefile | expand -t 12

setup: $(INSTALLED) ## installs what runs into .venv; does nothing when that is up to date
	@:

dev: $(INSTALLED_DEV) ## adds what the tests and checks need; the targets that need it do so by themselves
	@:

demo: setup ## plays one whole recovery in the terminal, from the cancellation to the new booking
	@$(BIN)/slots demo

up: setup ## runs the system with a demo shop to play with, until Ctrl-C; its data stays in .data
	@$(BIN)/slots up --data .data

test: dev ## the tests, in about five minutes; ARGS='-k name' chooses some
	@$(BIN)/pytest $(ARGS)

test-fast: dev ## the tests that need no server, in less than twenty seconds
	@$(BIN)/pytest -m 'not servers and not long and not chaos' --ignore tests/architecture/test_regular_expressions.py \
		tests/domain tests/settings tests/architecture $(ARGS)

test-all: dev ## all tests but the long fault runs, with more examples of each property: what CI runs
	@TEST_EXAMPLES=5 $(BIN)/pytest -m 'not chaos' $(ARGS)

lint: dev ## ruff, mypy, import-linter, the compose file
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml

audit: dev ## known holes in what is locked; asks the advisory database
	@$(BIN)/pip-audit --progress-spinner off --require-hashes --disable-pip -r requirements/extras.txt

bench: dev ## the benchmark report, ten to fifteen minutes on two idle processors; ARGS=--quick only shows that it runs
	@$(BIN)/python -m benchmarks $(ARGS)

chaos: dev ## the long fault runs; SEED=1234 repeats one
	@export SEED='$(or $(SEED),$(shell date +%s))'; echo "SEED=$$SEED"; $(BIN)/pytest -m chaos $(ARGS)

$(INSTALLED): requirements/build.txt requirements/embedded.txt pyproject.toml
	@test -n '$(PYTHON)' || { echo 'No Python 3.11 or later with venv found. On Debian: apt-get install python3 python3-venv;' \
		'or name one: make setup PYTHON=/path/to/python' >&2; exit 1; }
	@$(BIN)/python -c 'import pip' 2>/dev/null || { echo 'making .venv' >&2; $(PYTHON) -m venv --clear .venv; }
	@$(BIN)/python requirements/install.py requirements/build.txt requirements/embedded.txt
	@PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

# The versions in dev.txt are those of the files above: this only adds.
$(INSTALLED_DEV): requirements/dev.txt $(INSTALLED)
	@$(BIN)/python requirements/install.py requirements/dev.txt
	@touch $@
