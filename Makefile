# Two commands on a fresh machine (python3 and make): `make smoke` and `make test`.
PY := .venv/bin/python
READY := .venv/.ready
UNIT := tests/core tests/spec tests/plan tests/binding tests/safety tests/results tests/load/measure

.DEFAULT_GOAL := help
.PHONY: help setup smoke test test-all unit style lint format wheel bench mutants lock clean

help:
	@echo "make smoke   set up, then load the embedded reference target and judge it (about a minute)"
	@echo "make test    set up, then lint, type-check and run every test (some 9 minutes on 2 cores)"
	@echo "make test-all  the same with every row of long tables and all examples of slow properties (half an hour)"
	@echo "make unit    the tests that start no process (under a minute)"
	@echo "make lint    ruff and mypy strict only"
	@echo "make format  ruff's formatter over everything"
	@echo "make wheel   dist/renhai-VERSION.whl, the one file that another machine needs"
	@echo "make mutants plant 454 mistakes in the code that judges; the tests must notice (45 minutes on 2 cores)"
	@echo "make bench   renhai beside its peers on the same work (see benchmarks/README.md)"
	@echo "make lock    resolve pyproject.toml with all extras into requirements.lock anew, for Python 3.11 to 3.14"

$(READY): pyproject.toml requirements.lock tools/setup.sh
	@sh tools/setup.sh
	@touch $@

setup: $(READY)

smoke: $(READY)
	$(PY) -m renhai run smoke

style: $(READY)
	$(PY) -m ruff check .
	$(PY) -m ruff format --check -q .

lint: style
	$(PY) -m mypy

format: $(READY)
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

test-all: style
	@sh tools/system.sh
	@sh tools/tests.sh all --all

unit: $(READY)
	@sh tools/tests.sh unit $(UNIT)

test: style
	@sh tools/system.sh
	@sh tools/tests.sh all

wheel: $(READY)
	$(PY) -m build --no-isolation --wheel --outdir dist

bench: $(READY)
	@sh benchmarks/setup.sh
	$(PY) -m benchmarks

mutants: $(READY)
	$(PY) -m tools.mutation --hand
	$(PY) -m tools.mutation
	$(PY) -m tools.mutation --page

lock: $(READY)
	$(PY) -m venv .venv/uv && .venv/uv/bin/python -m pip install -q uv
	.venv/uv/bin/uv pip compile pyproject.toml --all-extras --universal --upgrade --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --no-header --no-annotate -q -o requirements.lock

clean:
	rm -rf .venv results/runs .pytest_cache .mypy_cache .ruff_cache .hypothesis
