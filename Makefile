# Everything a developer does. `make help` lists it; nothing here needs root, apt or Docker.
SHELL := /bin/bash
PYTHON ?= python3
PORT ?= 8080
SCENARIO ?= success
FAILURE ?= out_of_memory
SEEDS ?= 3
ENVIRONMENT ?= dev
VENV := .venv
BIN := $(VENV)/bin
SHELL_SCRIPTS := headjob/launch.sh tools/setup.sh tools/deploy.sh .ci/run
PACKAGES := common functions localdev tools bench chaos tests migrations

export PYTHONPATH := $(CURDIR)
export PYTHONDONTWRITEBYTECODE :=  # a shell that sets it would have every process compile every file anew

.DEFAULT_GOAL := help
.PHONY: help run demo test browser-test check format migrate bench chaos add-pipeline pack openapi plan deploy destroy \
  licences audit lock clean

help: ## say what each target does
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

$(VENV)/ready: requirements.lock tools/setup.sh
	@tools/setup.sh $(PYTHON) $(VENV)

# The file has the folder that the environment was made for: in a checkout that was moved or copied it is made anew.
ifneq ($(shell cat $(VENV)/ready 2> /dev/null),$(CURDIR))
$(VENV)/ready: moved
.PHONY: moved
endif

run: $(VENV)/ready ## start the whole cloud on this machine and stay up (PORT=8080)
	@$(BIN)/python -m localdev.stack.run --port $(PORT)

demo: $(VENV)/ready ## show one run to the end (SCENARIO=success, failure, cancel, recover, benchling)
	@$(BIN)/python -m localdev.demo --port $(PORT) --scenario $(SCENARIO) --failure $(FAILURE)

test: $(VENV)/ready ## run all tests (real Postgres, local stand-ins)
	@$(BIN)/python -m pytest -q -n 3 --dist loadscope --no-loadscope-reorder $(ARGS)

browser-test: $(VENV)/ready ## follow a run in a real browser (needs chromium and chromedriver)
	@$(BIN)/python -m tests.browser

check: $(VENV)/ready ## lint, types, walls, structure, secrets, security, shell scripts, Terraform
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet . || { $(BIN)/ruff format --diff . ; exit 1; }
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m tools.check_structure
	@$(BIN)/python -m tools.check_secrets
	@$(BIN)/bandit --quiet --configfile pyproject.toml --recursive common functions headjob tools \
	  2> >(grep -v 'nosec encountered' >&2)  # it says so of each other test that a line passes
	@$(BIN)/shellcheck $(SHELL_SCRIPTS)
	@$(BIN)/python -m tools.check_terraform
	@$(BIN)/python -m pytest -q --no-header tests/unit/terraform  # roles, variables and routes, against the code

format: $(VENV)/ready ## put the code in the house's layout
	@$(BIN)/ruff format --quiet . && $(BIN)/ruff check --fix --quiet .

migrate: $(VENV)/ready ## bring the database at DATABASE_URL to the newest schema
	@$(BIN)/alembic -c migrations/alembic.ini upgrade head

bench: $(VENV)/ready ## measure the figures of the design into bench/results.json
	@$(BIN)/python -m bench $(ARGS)

chaos: $(VENV)/ready ## break things on purpose and compare the end states (SEEDS=3, or SEED=…)
	@$(BIN)/python -m chaos $(if $(SEED),--seed $(SEED),--seeds $(SEEDS))

add-pipeline: $(VENV)/ready ## make a registry entry of a pipeline (SOURCE=its checkout; NAME=, VERSION=, WITHOUT=, FORCE=1)
	@$(BIN)/python -m tools.import_pipeline "$(SOURCE)" --name "$(NAME)" --version "$(VERSION)" \
	  --without "$(WITHOUT)" $(if $(FORCE),--force)

pack: $(VENV)/ready ## make one zip per function, dist/NAME.zip, to deploy
	@$(BIN)/python -m tools.pack_function

openapi: $(VENV)/ready ## write the description of the API that the function pipelines serves, and the routes of API Gateway
	@$(BIN)/python -m tools.openapi

plan: pack ## say what a deploy would change (ENVIRONMENT=dev or prod; FUNCTION=runs for one function)
	@tools/deploy.sh plan "$(ENVIRONMENT)" "$(FUNCTION)"

deploy: pack ## deploy to Google Cloud: migrations first, then the functions (ENVIRONMENT=, FUNCTION= as in plan)
	@tools/deploy.sh deploy "$(ENVIRONMENT)" "$(FUNCTION)"

destroy: pack ## take a deployment down, with all that is in it (ENVIRONMENT= as in plan; asks first)
	@tools/deploy.sh destroy "$(ENVIRONMENT)"

licences: $(VENV)/ready ## list the licences of what is deployed
	@$(BIN)/python -m tools.licences

audit: $(VENV)/ready ## ask PyPI for known faults of what is locked (needs the internet; silence of PyPI fails)
	@$(BIN)/pip-audit --strict --disable-pip --require-hashes --requirement requirements.lock

lock: $(VENV)/ready ## pin requirements.in into requirements.lock, with hashes and no addresses
	@$(BIN)/uv pip compile requirements.in --universal --python-version 3.11 --generate-hashes \
	  --no-annotate --no-header --quiet --upgrade -o requirements.lock
	@echo checkov | $(BIN)/uv pip compile - --universal --python-version 3.11 --generate-hashes \
	  --no-annotate --no-header --quiet --upgrade -o tools/check_terraform/checkov.lock

clean: ## remove the local state and the virtual environment
	@# without the virtual environment's Python no stack can be running
	@if [ -e .local/lock ] && [ -x $(BIN)/python ]; then $(BIN)/python -m localdev.stack.folder_lock .local; fi
	@rm -rf .local $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis dist
