# Targets for users and developers. They need make and Python 3.11 or later with venv, and install all else into
# .venv.

BIN := .venv/bin
# Each file marks a complete installation of the current lock files, without and with the development tools.
INSTALLED := .venv/installed
INSTALLED_DEV := .venv/installed-dev

# The first Python that is new enough and has venv. `make setup PYTHON=...` uses another Python.
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11 python3.14; do \
	$$python -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$python && break; done)

# If this variable were set, as in many images, each of our processes would compile the whole project at its start.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup dev demo up test test-fast test-all lint docs pictures outcomes audit bench chaos

help: ## list the targets
	@echo 'make <target>:'
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1	\2/p' Makefile | expand -t 12

setup: $(INSTALLED) ## install the runtime dependencies into .venv, if they are not up to date
	@:

dev: $(INSTALLED_DEV) ## add the development dependencies; the targets that need them do this themselves
	@:

demo: setup ## run one complete recovery in the terminal, from the cancellation to the new booking
	@$(BIN)/slots demo

up: setup ## run the system with a demo shop until Ctrl-C; its data stays in .data
	@$(BIN)/slots up --data .data

test: dev ## run the tests: about five minutes of processor time; ARGS='-k name' selects some
	@$(BIN)/pytest $(ARGS)

test-fast: dev ## run the tests that need no server: less than half a minute
	@$(BIN)/pytest -m 'not servers and not long and not chaos' --ignore tests/architecture/test_regular_expressions.py \
		tests/domain tests/settings tests/architecture $(ARGS)

test-all: dev ## run all tests but the long fault tests: about 25 minutes of processor time
	@TEST_EXAMPLES=$${TEST_EXAMPLES:-15} $(BIN)/pytest -m 'not chaos' $(ARGS)

lint: dev ## run ruff, mypy and import-linter, and check the compose file
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml

outcomes: dev ## run the simulation and rewrite docs/outcomes.md: some minutes on one processor
	@$(BIN)/python -m benchmarks.outcomes_page

pictures: dev ## take the screenshots of the README with Chromium: about a minute
	@$(BIN)/python -m docs.pictures

docs: dev ## rewrite the generated pages of the documentation
	@$(BIN)/python -m docs.generator

audit: dev ## check the locked versions against the advisory database
	@$(BIN)/pip-audit --progress-spinner off --require-hashes --disable-pip -r requirements/extras.txt

bench: dev ## write the benchmark report: 10 to 15 minutes on two idle processors; ARGS=--quick is a smoke test
	@$(BIN)/python -m benchmarks $(ARGS)

chaos: dev ## run the long fault tests; SEED=1234 repeats a run
	@export SEED='$(or $(SEED),$(shell date +%s))'; echo "SEED=$$SEED"; $(BIN)/pytest -m chaos $(ARGS)

$(INSTALLED): requirements/build.txt requirements/embedded.txt pyproject.toml
	@test -n '$(PYTHON)' || { echo 'No Python 3.11 or later with venv was found. On Debian: apt-get install python3 python3-venv.' \
		'Or set PYTHON: make setup PYTHON=/path/to/python' >&2; exit 1; }
	@$(BIN)/python -c 'import pip' 2>/dev/null || { echo 'Creating .venv' >&2; $(PYTHON) -m venv --clear .venv; }
	@$(BIN)/python requirements/install.py requirements/build.txt requirements/embedded.txt
	@PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

# dev.txt pins the same versions as the files above, so this target only adds packages.
$(INSTALLED_DEV): requirements/dev.txt $(INSTALLED)
	@$(BIN)/python requirements/install.py requirements/dev.txt
	@touch $@
