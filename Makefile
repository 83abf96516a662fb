# Needs Python 3.11 or newer and make. The environment is built once, in .venv, and again when a lock changes.
.PHONY: report test quick check docs bench fuzz neighbours clean
.DELETE_ON_ERROR:
SHELL := /bin/sh

VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check install --quiet
WORKERS ?= 2
BASE_PYTHON = $$(for p in $(PYTHON) python3 python3.13 python3.12 python3.11 python3.14 python; do \
	$$p -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)

report: $(VENV)/.core
	@mkdir -p out
	@$(VENV)/bin/statlogit fit "low ~ age + lwt + C(race) + smoke" examples/birthwt.csv \
		--report out/report.html --report out/report.txt --report out/report.md

test: $(VENV)/.dev
	@.ci/chromium
	@$(PY) -m pytest -n $(WORKERS)

quick: $(VENV)/.dev
	@$(PY) -m pytest -n $(WORKERS) -m "not slow and not browser"

check: $(VENV)/.dev
	@$(VENV)/bin/ruff check
	@$(VENV)/bin/ruff format --check
	@$(VENV)/bin/mypy
	@$(PY) -m pytest -q -p no:cacheprovider tests/contracts/test_layers.py

bench: $(VENV)/.bench
	@env -u OPENBLAS_CORETYPE -u OPENBLAS_L2_SIZE $(PY) -m benchmarks

fuzz: $(VENV)/.dev
	@$(PY) -m tests.design.fuzz

docs: $(VENV)/.docs
	@$(PY) -m sphinx -W --keep-going -q -b html docs out/site
	@echo "out/site/index.html"

neighbours: .venv-neighbours/.ready
	@.venv-neighbours/bin/python -m pytest -o addopts=--import-mode=importlib -q -p no:cacheprovider tests/neighbours

clean:
	rm -rf $(VENV) .venv-neighbours out dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(PY):
	@base=$(BASE_PYTHON); \
	test -n "$$base" || { echo "Python 3.11 or newer (with its venv module) is needed; set PYTHON=/path/to/python" >&2; exit 2; }; \
	echo "creating $(VENV) with $$base" >&2; $$base -m venv $(VENV)

$(VENV)/.core: requirements.lock pyproject.toml | $(PY)
	@echo "installing the pinned requirements into $(VENV)" >&2
	@$(PIP) -r requirements.lock
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.core
	@$(PIP) -r requirements-dev.lock
	@touch $@

$(VENV)/.docs: requirements-docs.lock $(VENV)/.dev
	@$(PIP) -r requirements-docs.lock
	@touch $@

$(VENV)/.bench: requirements-bench.lock $(VENV)/.dev
	@$(PIP) -r requirements-bench.lock
	@touch $@

.venv-neighbours/.ready: requirements-neighbours.lock pyproject.toml
	@base=$(BASE_PYTHON); $$base -m venv .venv-neighbours
	@.venv-neighbours/bin/python -m pip --disable-pip-version-check install --quiet -r requirements-neighbours.lock
	@.venv-neighbours/bin/python -m pip --disable-pip-version-check install --quiet --no-deps --no-build-isolation --editable .
	@touch $@
