# What one does here, each target documented by its ## line; `make` alone lists them.
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin

.PHONY: help
help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

.venv/.runtime: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else "Crickets needs Python 3.11 or newer; name one: make PYTHON=python3.12 ...")'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.dev: requirements-dev.lock .venv/.runtime
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

.PHONY: setup
setup: .venv/.runtime ## make .venv with .venv/bin/crickets

.PHONY: demo
demo: setup ## set up everything and run the main job: a simulated workspace, judged live
	$(BIN)/crickets demo

.PHONY: test
test: .venv/.dev ## set up everything and run all tests, in PROCESSES=2
	$(BIN)/python -m pytest --numprocesses $(or $(PROCESSES),2) --dist loadgroup --no-loadscope-reorder

.PHONY: chaos
chaos: .venv/.dev ## kill workers and brokers for ROUNDS=25 rounds (SEED=1): nothing may be lost, twice or different
	$(BIN)/python -m tests.chaos.campaign --rounds $(or $(ROUNDS),25) --seed $(or $(SEED),1)

.PHONY: sink-faults
sink-faults: .venv/.dev ## meet the recorder with every fault, kill it and the engine: nothing may be lost or twice
	$(BIN)/python -m tests.sink.campaign --seed $(or $(SEED),1)

PEERS := benchmarks/.venv-peers

$(PEERS)/.made: requirements-peers.lock
	test -x $(PEERS)/bin/python || $(PYTHON) -m venv $(PEERS)
	$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-peers.lock
	@touch $@

.PHONY: bench
bench: .venv/.dev $(PEERS)/.made ## measure everything beside its peers; ONLY=throughput ROUNDS=5
	$(BIN)/python -m benchmarks.run --only "$(ONLY)" --rounds $(or $(ROUNDS),5)

.PHONY: lint
lint: .venv/.dev ## style, formatting, types, architecture
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

.PHONY: check
check: lint test ## exactly what CI runs

.PHONY: lock
lock: .venv/.dev ## resolve the lock files anew from pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --upgrade pyproject.toml --group dev -o requirements-dev.lock
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header pyproject.toml --group build -c requirements-dev.lock -o requirements.lock
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --upgrade --group peers -o requirements-peers.lock
