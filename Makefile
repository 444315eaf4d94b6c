# Every command of the project. `make` alone lists them.

PYTHON ?= python3
BIN := .venv/bin
RUN_INSTALLED := .venv/installed-run
DEV_INSTALLED := .venv/installed-dev

.DEFAULT_GOAL := help
.PHONY: help demo run test test-sqlite test-postgres lint format storm stack bench audit lock schema client fuzz

help: ## List the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | awk -F '\t' '{printf "  make %-14s %s\n", $$1, $$2}'

.venv/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv .venv

# Installing is repeated only when the requirements changed.
$(RUN_INSTALLED): requirements.txt | .venv/bin/pip
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

$(DEV_INSTALLED): requirements-dev.txt requirements.txt | .venv/bin/pip
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@ $(RUN_INSTALLED)

demo: $(RUN_INSTALLED) ## Walk the whole booking flow against a fresh server, and check every answer
	$(BIN)/python -m scripts.demo

run: $(RUN_INSTALLED) ## Start a development server with demo people; prints tokens to try it with
	$(BIN)/python -m scripts.run $(PORT)

test: $(DEV_INSTALLED) ## Run the whole suite on SQLite and on PostgreSQL, both at once
	@$(MAKE) --no-print-directory --jobs 2 --output-sync=line test-sqlite test-postgres

test-sqlite: $(DEV_INSTALLED) ## Run the suite on SQLite
	$(BIN)/pytest

test-postgres: $(DEV_INSTALLED) ## Run the suite on PostgreSQL (TEST_DATABASE_URL, or a throwaway cluster)
	$(BIN)/python -m scripts.with_postgres $(BIN)/pytest

lint: $(DEV_INSTALLED) ## Check format, rules, types, layers, migrations and the configuration
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	DEBUG=true $(BIN)/mypy .
	$(BIN)/lint-imports
	DEBUG=true $(BIN)/python manage.py makemigrations --check --dry-run
	DEBUG=true $(BIN)/python manage.py check --fail-level WARNING

schema: $(DEV_INSTALLED) ## Write docs/openapi.yaml from the code
	DEBUG=true $(BIN)/python manage.py spectacular --validate --fail-on-warn --file docs/openapi.yaml

client/node_modules: client/package-lock.json
	cd client && npm ci --no-audit --no-fund
	@touch $@

client: client/node_modules $(RUN_INSTALLED) ## Make the TypeScript client from docs/openapi.yaml, and run it against a server
	$(BIN)/python -m scripts.client_bodies
	cd client && npm run --silent generate && npm run --silent build
	$(BIN)/python -m scripts.client_e2e

fuzz: $(DEV_INSTALLED) ## Send made-up requests to every operation of the API (FUZZ_EXAMPLES for each), on each database
	FUZZ_EXAMPLES=$${FUZZ_EXAMPLES:-200} $(BIN)/pytest rag_app/tests/test_schemathesis.py
	FUZZ_EXAMPLES=$${FUZZ_EXAMPLES:-200} $(BIN)/python -m scripts.with_postgres $(BIN)/pytest rag_app/tests/test_schemathesis.py

format: $(DEV_INSTALLED) ## Format the code and mend what can be mended
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

storm: $(DEV_INSTALLED) ## Play 1,000 random histories of faults on each database
	STORM_HISTORIES=1000 $(BIN)/pytest -s bookings/tests/meetings/test_storm.py
	STORM_HISTORIES=1000 $(BIN)/python -m scripts.with_postgres $(BIN)/pytest -s bookings/tests/meetings/test_storm.py

stack: $(DEV_INSTALLED) ## Run all of production without Docker, load it for SECONDS (60), break it, and check what is left
	$(BIN)/python -m scripts.stack --seconds $(or $(SECONDS),60)

bench: $(DEV_INSTALLED) ## Measure against the reference view, on PostgreSQL
	$(BIN)/python -m scripts.with_postgres $(BIN)/python -m bench

audit: $(DEV_INSTALLED) ## Look every pinned version up among known advisories; what cannot be looked up is a failure
	$(BIN)/pip-audit --strict --require-hashes --disable-pip -r requirements.txt -r requirements-dev.txt

lock: $(DEV_INSTALLED) ## Pin the newest versions that requirements*.in allow
	$(BIN)/pip-compile --quiet --upgrade --generate-hashes --strip-extras --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --allow-unsafe -o requirements.txt requirements.in
	$(BIN)/pip-compile --quiet --upgrade --generate-hashes --strip-extras --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --allow-unsafe -o requirements-dev.txt requirements-dev.in
