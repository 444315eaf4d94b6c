# Every command of the project. `make` alone lists them.

PYTHON ?= python3
BIN := .venv/bin
RUN_INSTALLED := .venv/installed-run
DEV_INSTALLED := .venv/installed-dev

.DEFAULT_GOAL := help
.PHONY: help demo run test servers test-sqlite test-postgres lint format storm stack adversary dead-mail containers bench audit lock upgrade schema messages client fuzz bare

help: ## List the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | awk -F '\t' '{printf "  make %-14s %s\n", $$1, $$2}'

.venv/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || \
		{ echo "Python 3.11, 3.12 or 3.13 is needed; this is $$($(PYTHON) --version). Name one: make PYTHON=/path/to/python3.13"; exit 1; }
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

test: $(DEV_INSTALLED) ## Run every test, on SQLite and on PostgreSQL at once; fetches the servers that are missing
	@$(BIN)/python -m scripts.suite

servers: $(DEV_INSTALLED) ## Fetch PostgreSQL, Redis, Chromium and Caddy where this machine has none (apt; below .venv for a plain user)
	@$(BIN)/python -m scripts.servers

test-sqlite: $(DEV_INSTALLED) ## Run every test on SQLite
	$(BIN)/pytest

test-postgres: $(DEV_INSTALLED) ## Run the tests that use a database on PostgreSQL (TEST_DATABASE_URL, or a throwaway cluster)
	$(BIN)/python -m scripts.with_postgres $(BIN)/pytest -m "not once"

lint: $(DEV_INSTALLED) ## Check format, rules, types, layers, migrations and the configuration
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	DEBUG=true $(BIN)/mypy .
	$(BIN)/lint-imports
	DEBUG=true $(BIN)/python manage.py makemigrations --check --dry-run
	DEBUG=true $(BIN)/python manage.py check --fail-level WARNING

schema: $(DEV_INSTALLED) ## Write docs/openapi.yaml from the code
	DEBUG=true $(BIN)/python manage.py spectacular --validate --fail-on-warn --file docs/openapi.yaml

messages: $(DEV_INSTALLED) ## Collect the sentences to translate into locale/, and compile the translations
	$(BIN)/python -m scripts.messages

client/node_modules: client/package-lock.json
	cd client && npm ci --no-audit --no-fund
	@touch $@

client: client/node_modules $(RUN_INSTALLED) ## Make the TypeScript client from docs/openapi.yaml, and run it against a server
	$(BIN)/python -m scripts.client_bodies
	cd client && npm run --silent generate && npm run --silent build
	$(BIN)/python -m scripts.client_e2e

fuzz: export FUZZ_EXAMPLES ?= 200
fuzz: $(DEV_INSTALLED) ## Send made-up requests to every operation of the API on each database (FUZZ_EXAMPLES=200)
	$(BIN)/pytest rag_app/tests/test_schemathesis.py
	$(BIN)/python -m scripts.with_postgres $(BIN)/pytest rag_app/tests/test_schemathesis.py

format: $(DEV_INSTALLED) ## Format the code, and fix what ruff can fix
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

storm: export STORM_HISTORIES ?= 1000
storm: $(DEV_INSTALLED) ## Play random histories of faults on each database (STORM_HISTORIES=1000)
	$(BIN)/pytest -s bookings/tests/meetings/test_storm.py
	$(BIN)/python -m scripts.with_postgres $(BIN)/pytest -s bookings/tests/meetings/test_storm.py

stack: $(DEV_INSTALLED) ## Run all of production without Docker, load it for SECONDS (60), break it, and check what is left
	$(BIN)/python -m scripts.stack --seconds $(or $(SECONDS),60)

adversary: $(DEV_INSTALLED) ## Let a student and a teacher do their worst for SECONDS (300), and measure what the others notice
	$(BIN)/python -m scripts.adversary --seconds $(or $(SECONDS),300)

dead-mail: $(DEV_INSTALLED) ## Measure requests that write mail with a mail server that answers and a dead one, with and without Celery
	$(BIN)/python -m scripts.dead_mail --seconds $(or $(SECONDS),60)
	$(BIN)/python -m scripts.dead_mail --seconds $(or $(SECONDS),60) --without-broker

containers: $(DEV_INSTALLED) ## Build the image, run docker-compose.yml from it, and restart and kill each of its services
	$(BIN)/python -m scripts.containers

bench: $(DEV_INSTALLED) ## Measure against the reference view, on PostgreSQL
	$(BIN)/python -m scripts.with_postgres $(BIN)/python -m bench

audit: $(DEV_INSTALLED) ## Look every pinned version up among known advisories; what cannot be looked up is a failure
	$(BIN)/pip-audit --strict --require-hashes --disable-pip -r requirements.txt -r requirements-dev.txt

# uv alone, so that a lock that does not install can be made again.
.venv/bin/uv: | .venv/bin/pip
	$(BIN)/pip install --quiet --disable-pip-version-check "$$(grep -o '^uv==[0-9.]*' requirements-dev.in)"

LOCK = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--custom-compile-command "make lock" $(LOCK_OPTIONS)

lock: .venv/bin/uv ## Pin what requirements*.in ask for, for every Python served; versions pinned already stay
	$(LOCK) -o requirements.txt requirements.in
	$(LOCK) -o requirements-dev.txt requirements-dev.in

upgrade: ## Pin the newest versions that requirements*.in allow
	@$(MAKE) --no-print-directory lock LOCK_OPTIONS=--upgrade

bare: ## Run `make demo` and `make test` on a bare Debian (RELEASE=bookworm or trixie), as root and as a plain user; needs root
	scripts/bare_machine.sh $(or $(RELEASE),bookworm)
