# `make demo` and `make test` need Python 3.11 (or newer) and nothing else:
# `setup` makes .venv here and installs the pinned requirements into it.
PYTHON ?= $(firstword $(shell command -v python3.11 python3.12 python3.13 python3 python 2>/dev/null))
BIN := .venv/bin
STAMP := .venv/.installed
# uv is fast; behind a proxy with its own certificates it needs the system's, and pip is there in any case.
UV := VIRTUAL_ENV=.venv $(BIN)/uv pip install --quiet

# Bytecode goes into .venv and is thrown away with it; without it every process that a test starts compiles anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: setup demo test lint docs api bench spark campaign fidelity pins clean

setup: $(STAMP)

$(STAMP): requirements/dev.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "productops needs Python 3.11 or newer; set PYTHON=/path/to/python")'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements/uv.txt
	$(UV) -r requirements/dev.txt || $(UV) --system-certs -r requirements/dev.txt || $(BIN)/python -m pip install --quiet -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $(STAMP)

demo: setup
	$(BIN)/productops demo $(ARGS)

test: setup
	$(BIN)/python -m pytest -n auto --dist worksteal $(ARGS)

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict

# The site, with warnings as errors, into site/. Asks no other host for anything.
docs: setup
	$(BIN)/zensical build --clean --strict

# What breaks for those who call the library, since a tag or commit.
REF ?= HEAD
api: setup
	$(BIN)/python .docs/breaks.py $(REF)

# QUICK=1 does a share of it in under five minutes. One peer, dlt, brings more packages than the library itself: it lives
# in a place of its own, and its column stays empty where it cannot be installed.
PEER := .venv-bench
bench: setup
	@$(MAKE) --no-print-directory $(PEER)/.installed || echo "dlt cannot be installed here; its figures are left out."
	QUICK=$(QUICK) $(BIN)/python -m benchmarks $(ARGS)

$(PEER)/.installed: requirements/bench.txt
	test -x $(PEER)/bin/python || $(PYTHON) -m venv $(PEER)
	VIRTUAL_ENV=$(PEER) $(BIN)/uv pip install --quiet -r $< || VIRTUAL_ENV=$(PEER) $(BIN)/uv pip install --quiet --system-certs -r $<
	touch $@

# Spark weighs more than all the rest together (430 MB to fetch, 480 on disk) and needs Java 17, so `setup` leaves it out. This puts it
# beside the rest and plays its tests; from then on `make test` plays them as well.
spark: setup
	$(UV) -r requirements/spark.txt || $(UV) --system-certs -r requirements/spark.txt
	$(BIN)/python -m pytest tests/insights/test_spark.py $(ARGS)

# A share of the weather campaign from a seed; the last line is one JSON object.
HISTORIES ?= 200
SEED ?= 7
campaign: setup
	PYTHONPATH=tests $(BIN)/python -m campaign --histories $(HISTORIES) --seed $(SEED) $(ARGS)

# Recorded bodies of the services judge the connectors; the last line is one JSON object.
PAYLOADS ?= ../shared/payloads
fidelity: setup
	PYTHONPATH=tests $(BIN)/python -m judges.fidelity $(PAYLOADS) $(ARGS)

# Recompile the pins. The file holds names and versions, no addresses.
pins: setup
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --upgrade --no-header --no-annotate \
		requirements/dev.in pyproject.toml --extra all -o requirements/dev.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --upgrade --no-header --no-annotate \
		requirements/bench.in -o requirements/bench.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --upgrade --no-header --no-annotate \
		requirements/spark.in -o requirements/spark.txt

clean:
	rm -rf .venv $(PEER) .pytest_cache .mypy_cache .ruff_cache .hypothesis
