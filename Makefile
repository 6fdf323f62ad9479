# What people type. `make demo` and `make start` need Python 3.11 and nothing else.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
export PIP_DISABLE_PIP_VERSION_CHECK := 1

PYTHON ?= python3
BIN := .venv/bin
# Every package is in the lock with its hash, so pip has nothing to work out. What is imported is
# compiled at its first import: half of what is installed never is.
PIP_INSTALL := $(BIN)/python -m pip install -qq --no-input --no-deps --no-compile --require-hashes
ROOMS := engagement surveys kudos events

.PHONY: help demo start test unit journeys check check-database bench chaos attack messages schema lock clean

help: ## Shows this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: .venv/.installed ## Starts everything with a demo organisation
	@exec $(BIN)/python manage.py demo

start: .venv/.installed ## Starts everything for a real organisation
	@exec $(BIN)/python manage.py start

test: unit journeys ## Runs all tests, browser journeys too

unit: .venv/.installed-test
	@$(call need,node,nodejs,the ballot page is compared with other people's implementations)
	@$(call need,npm,npm,the ballot page is compared with other people's implementations)
	@$(BIN)/python -m pytest -n 2 tests --ignore=tests/journeys

journeys: .venv/.installed-test
	@$(call need,chromium chromium-browser google-chrome,chromium,the browser journeys need a Chromium)
	@$(call need,cc,gcc libc6-dev,one journey moves the clock with a small library)
	@$(BIN)/python -m pytest -n 2 --dist loadfile tests/journeys

check: .venv/.installed-test ## Format, lint, types, migrations, translations, schema, vendored scripts
	@$(call need,xgettext,gettext,checking translations needs GNU gettext)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy $(ROOMS)
	$(BIN)/python -m engagement.http.vendored
	$(BIN)/python -m engagement.supervisor.translations
	@data=$$(mktemp -d) && trap 'rm -rf "$$data"' EXIT && chmod 711 "$$data" && \
	  DATA_DIR="$$data" $(BIN)/python -m engagement.supervisor.testing -- $(MAKE) check-database

# Needs DATABASE_URL and REDIS_URL; `make check` brings both.
check-database:
	$(BIN)/python manage.py check --fail-level WARNING
	$(BIN)/python manage.py makemigrations --check --dry-run
	@$(BIN)/python manage.py spectacular --validate --fail-on-warn --file "$(DATA_DIR)/openapi.yaml"
	@diff -u docs/openapi.yaml "$(DATA_DIR)/openapi.yaml" || \
	  { echo "The API changed and docs/openapi.yaml did not: run 'make schema' and commit it."; exit 1; }

bench: .venv/.installed-test ## Measures speed beside known systems
	@exec $(BIN)/python -m benchmarks

chaos: .venv/.installed-test ## Breaks things while people work and counts what is lost
	@$(call need,cc,gcc libc6-dev,the mails' hour without a server is made with a small library)
	@exec $(BIN)/python -m tests.chaos

attack: .venv/.installed-test ## Plays the attacker who wants to know who answered what
	@$(call need,chromium chromium-browser google-chrome,chromium,a real browser answers)
	@$(call need,node,nodejs,the ballot page is compared with other people's implementations)
	@$(call need,npm,npm,the ballot page is compared with other people's implementations)
	@exec $(BIN)/python -m tests.attack $(ATTACK)

messages: .venv/.installed-test ## Brings the translation files up to date
	@$(call need,xgettext,gettext,collecting texts needs GNU gettext)
	$(BIN)/python manage.py makemessages -l nb --no-location --no-obsolete --no-wrap -i '.venv' -i var -i tests

schema: .venv/.installed-test ## Writes docs/openapi.yaml
	$(BIN)/python manage.py spectacular --validate --fail-on-warn --file docs/openapi.yaml

lock: ## Resolves the packages anew (needs uv)
	@command -v uv >/dev/null || { echo "Locking needs uv: pip install uv."; exit 1; }
	@export UV_CUSTOM_COMPILE_COMMAND="make lock"; \
	  common="--quiet --universal --python-version 3.11 --generate-hashes"; \
	  uv pip compile $$common $(LOCK_OPTIONS) pyproject.toml -o requirements.lock; \
	  uv pip compile $$common $(LOCK_OPTIONS) pyproject.toml --group dev -c requirements.lock -o tests/requirements.lock

clean: ## Removes what was installed and cached; keeps the data in var/
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find $(ROOMS) tests -name __pycache__ -type d -prune -exec rm -rf {} +

# The virtual environment, made anew when the lock changes or its Python is gone.
.venv/.installed: requirements.lock
	@$(call venv)
	@echo "Installing Vaffel's packages (only the first time) …"
	@$(PIP_INSTALL) -r requirements.lock || { $(pip-failed); }
	@touch $@

# The test packages include the others.
.venv/.installed-test: tests/requirements.lock requirements.lock
	@$(call venv)
	@echo "Installing packages for tests …"
	@$(PIP_INSTALL) -r tests/requirements.lock || { $(pip-failed); }
	@touch .venv/.installed $@

pip-failed = echo "The packages could not be installed: see the message of pip above; without a network, point pip at your own package index (PIP_INDEX_URL)."; exit 1

define venv
command -v $(PYTHON) >/dev/null || \
  { echo "Vaffel needs Python 3.11 or newer and there is no $(PYTHON): install python3 and python3-venv."; exit 1; }; \
$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
  { echo "Vaffel needs Python 3.11 or newer and $(PYTHON) is $$($(PYTHON) -V): install a newer one and name it, as in make $(or $(firstword $(MAKECMDGOALS)),demo) PYTHON=python3.12."; exit 1; }; \
$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
  { echo "This Python cannot make virtual environments: install its package for that, on Debian and Ubuntu with apt-get install python3-venv."; exit 1; }; \
$(BIN)/python -c pass 2>/dev/null || $(PYTHON) -m venv --clear .venv
endef

# $(call need,programs of which one will do,package,why)
define need
found=; for name in $(1); do command -v "$$name" >/dev/null && found=1; done; \
if [ -z "$$found" ]; then \
  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
    echo "Installing $(2): $(3)."; \
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y $(2) >/dev/null; \
  else echo "Not possible yet, $(3): install the package $(2)."; exit 1; fi; \
fi
endef
