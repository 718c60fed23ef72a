# `make` alone lists the targets.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help setup demo up test test-kafka test-foreign lint bench lock

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

setup: $(VENV)/.ready ## install everything into .venv

$(VENV)/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Amanah needs Python 3.11 or newer; set PYTHON=python3.11"; exit 2; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index -e .
	@touch $@

demo: setup ## play a whole program on this machine: make demo ARGS="--exit"
	$(BIN)/amanah demo $(ARGS)

up: setup ## start everything on this machine: make up ARGS="--port 8000"
	$(BIN)/amanah up $(ARGS)

test: setup ## every test but those on Kafka and with foreign tools
	$(BIN)/python -m pytest -n auto --dist loadfile $(ARGS)

test-kafka: setup ## the bus suite and the end-to-end test on a real Apache Kafka
	$(BIN)/python deploy/kafka-local/kafka.py run -- $(BIN)/python -m pytest -m kafka $(ARGS)

test-foreign: setup ## the served log and a witness, looked at with Go's and Tessera's own tools (Go 1.26 is needed)
	cd tests/foreign && ! gofmt -d . | grep . && go vet .
	$(BIN)/python -m pytest -m foreign tests/foreign $(ARGS)

lint: setup ## format, style, types, directions of imports, drift of committed schemas
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/amanah schema --check
	$(BIN)/amanah asyncapi --check

bench: setup bench/peers/.ready ## benchmarks that print ratios
	$(BIN)/python -m bench $(ARGS)

bench/peers/.ready: bench/peers/requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps --upgrade \
	  --target bench/peers/installed -r $<
	@touch $@

lock: ## renew requirements.lock from pyproject.toml
	$(BIN)/uv pip compile pyproject.toml --extra embedded --extra dev --generate-hashes --no-emit-index-url --no-header \
	  --python-version 3.11 --quiet -o requirements.lock
	$(BIN)/uv pip compile bench/peers/requirements.in --generate-hashes --no-emit-index-url --no-header \
	  --python-version 3.11 --quiet -o bench/peers/requirements.lock
