# Vestnik: `make` lists what there is. Needs Python 3.11 or newer with pip, and git; everything else comes from the lock file.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
HOST ?= 127.0.0.1
PORT ?= 8000
DEMO_CLIENTS ?= 20000
DEMO_EXIT ?=
MODEL_EXAMPLES ?= 200
# A cluster is nine processes of Python. Without compiled files each of them compiles all our code at its start.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo up down test test-image test-clients test-external chaos bench fuzz model lint audit format schema screenshots report-picture messages lock clean setup

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/runtime ## the whole main job, shown step by step (DEMO_CLIENTS=1000000, DEMO_EXIT=1, PORT=8000)
	@$(BIN)/vestnik demo --clients "$(DEMO_CLIENTS)" --host "$(HOST)" --port "$(PORT)" $(if $(DEMO_EXIT),--exit)

up: $(VENV)/runtime ## the cluster alone, on http://localhost:8000; Ctrl-C stops it
	@$(BIN)/vestnik up --host "$(HOST)" --port "$(PORT)"

down: $(VENV)/runtime ## stop a cluster that runs
	@$(BIN)/vestnik down

test: $(VENV)/dev ## all tests, against a real PostgreSQL, broker and gateway
	$(BIN)/python -m tools.suite

test-image: $(VENV)/dev ## build the container image without Docker, and do the main job from it (root, buildah, debootstrap)
	$(BIN)/python -m pytest -m image tests/deploy

test-clients: $(VENV)/dev ## clients for TypeScript, Java and Go do the main job, Twilio's OpenAPI checks ours (node, go, JDK, maven)
	$(BIN)/python -m pytest -m clients tests/generators

test-external: $(VENV)/dev ## all tests against Debian's PostgreSQL and RabbitMQ, then Redis (EXTERNAL="--only redis")
	$(BIN)/python -m tools.external $(EXTERNAL)

chaos: $(VENV)/dev ## kill, freeze and cut off everything under a mailing, up to 20 minutes (CHAOS="--seed 1 --only kill")
	$(BIN)/python -m chaos $(CHAOS)

bench: $(VENV)/dev ## measure speed, with comparisons, some 25 minutes (BENCH="--repeat 2 --quick"); make bench-dispatch: a piece
	$(BIN)/python -m bench $(BENCH)

bench-%: $(VENV)/dev
	$(BIN)/python -m bench $* $(BENCH)

fuzz: $(VENV)/dev ## fuzz the REST API by its schema, as each role and as nobody, for an hour or so (FUZZ="--examples 50 --only viewer")
	$(BIN)/python -m tools.fuzz.campaign $(FUZZ)

model: $(VENV)/dev ## check the ledger's promises in 200 examples of each model, half an hour or so (MODEL_EXAMPLES=1000)
	VESTNIK_MODEL_EXAMPLES=$(MODEL_EXAMPLES) $(BIN)/python -m pytest -n 2 --dist load -k promises_hold tests/dispatch tests/receipts

lint: $(VENV)/dev ## ruff, bandit, strict types, layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/bandit -q -c pyproject.toml -r vestnik
	$(BIN)/lint-imports
	@set -a; . ./tests/lint.env; $(BIN)/mypy

audit: $(VENV)/dev ## check the locked dependencies for known vulnerabilities (asks PyPI or OSV)
	@$(BIN)/python -m tools.audit

format: $(VENV)/dev ## format the code with ruff
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

schema: $(VENV)/dev ## write docs/openapi.json, docs/reference/access.md and gateways.md after a change of the API or an adapter
	@set -a; . ./tests/lint.env; $(BIN)/python -m vestnik.api.openapi_file > docs/openapi.json.new
	@mv docs/openapi.json.new docs/openapi.json
	@WRITE_DOCS=1 $(BIN)/python -m pytest -q tests/api/test_access.py
	@$(BIN)/python -m tools.gateway_reference > docs/reference/gateways.md.new
	@mv docs/reference/gateways.md.new docs/reference/gateways.md

lock: ## resolve the dependencies again (needs uv)
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml --group build -o requirements.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml --group dev -c requirements.lock -o requirements-dev.lock

setup: $(VENV)/dev ## the virtual environment for developers

screenshots: $(VENV)/dev ## draw new pictures of the console into docs/images (needs chromium)
	$(BIN)/python -m tools.pictures.console docs/images

report-picture: $(VENV)/dev ## draw a new picture of the daily report's e-mail into docs/images (needs chromium)
	@set -a; . ./tests/lint.env; $(BIN)/python -m tools.pictures.report docs/images

messages: ## compile the Russian sentences after a change of django.po (needs gettext)
	for folder in vestnik/locale vestnik/console/locale vestnik/console/unfold_locale; do \
		msgfmt --check-format -o $$folder/ru/LC_MESSAGES/django.mo $$folder/ru/LC_MESSAGES/django.po || exit 1; done

clean: ## remove the virtual environment and caches; data in .vestnik stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .schemathesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Vestnik needs Python 3.11 or newer: say make PYTHON=python3.12 …")'
	$(PYTHON) -m venv $(VENV)

# A developer's environment is kept as new as its own list says, and has all that runs, too.
# The hashes in the lock files are checked; Vestnik itself is built by the pinned hatchling, without a network.
$(VENV)/runtime: requirements.lock pyproject.toml | $(VENV)/bin/pip
	@if test -e $(VENV)/dev; then $(MAKE) --no-print-directory $(VENV)/dev; else \
		echo "Installing what Vestnik needs into $(VENV) (once) …"; \
		$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock && \
		$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .; fi
	@touch $@

$(VENV)/dev: requirements-dev.lock pyproject.toml | $(VENV)/bin/pip
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@
