# `make` alone lists the targets.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help setup demo up test test-kafka test-faults test-foreign lint bench lock

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

test-faults: setup ## pauses, restarts and rebalances on a real Apache Kafka: some 25 minutes
	$(BIN)/python deploy/kafka-local/kafka.py run -- $(BIN)/python -m pytest -m faults tests/bus $(ARGS)

test-foreign: setup tests/foreign/pypi/.ready tests/foreign/npm/.ready tests/foreign/partners/.ready ## log, subscriptions, pages and partners' programs, with tools of others (Go 1.26, Node 20, Java 17, Maven)
	cd tests/foreign && ! gofmt -d . ../../examples/partners/go | grep . && go vet .
	$(BIN)/python deploy/kafka-local/kafka.py run -- $(BIN)/python -m pytest -m foreign tests/foreign $(ARGS)

# They ask for Python 3.12 and run with 3.11 as well; what they import of others is locked by ours.
tests/foreign/pypi/.ready: tests/foreign/pypi/requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps --ignore-requires-python --upgrade \
	  --target tests/foreign/pypi/installed -r $<
	@touch $@

tests/foreign/npm/.ready: tests/foreign/npm/package-lock.json
	cd tests/foreign/npm && npm ci --no-audit --no-fund --ignore-scripts
	@touch $@

# The client of examples/partners/python, which nothing of ours imports; mypy passes over hidden folders.
tests/foreign/partners/.ready: examples/partners/python/requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps --upgrade \
	  --target tests/foreign/partners/.installed -r $<
	@touch $@

lint: setup ## format, style, types, directions of imports, drift of committed schemas
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/amanah schema --check
	$(BIN)/amanah asyncapi --check
	$(BIN)/amanah errors --check
	$(BIN)/amanah actions --check

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
	$(BIN)/uv pip compile tests/foreign/pypi/requirements.in --no-deps --generate-hashes --no-emit-index-url --no-header \
	  --python-version 3.12 --quiet -o tests/foreign/pypi/requirements.lock
	$(BIN)/uv pip compile examples/partners/python/requirements.in --generate-hashes --no-emit-index-url --no-header \
	  --python-version 3.11 --quiet -o examples/partners/python/requirements.txt
