# The commands for developers; `make help` lists them. None needs root, apt or Docker.
SHELL := /bin/bash
PYTHON ?= python3
PORT ?= 8080
SCENARIO ?= success
SEEDS ?= 3
MINUTES ?= 5
ATTACKS := $(addprefix tests/integration/,test_access_table.py test_permissions.py test_neighbours.py \
  test_crafted_requests.py test_crafted_files.py test_user_limits.py test_hidden_secrets.py test_raw_requests.py)
ENVIRONMENT ?= dev
VENV := .venv
BIN := $(VENV)/bin
SHELL_SCRIPTS := headjob/launch.sh headjob/fetch.sh headjob/check_offline.sh tools/setup.sh tools/deploy.sh .ci/run
PACKAGES := common functions localdev tools bench chaos tests migrations

export PYTHONPATH := $(CURDIR):$(CURDIR)/client
export PYTHONDONTWRITEBYTECODE :=  # when a shell sets it, every process compiles every module again

.DEFAULT_GOAL := help
.PHONY: help run env demo verify verify-broken test console-test browser-test pictures check format migrate bench attack fuzz chaos add-pipeline pack openapi worst-inputs plan deploy destroy \
  head-image local-grants licences audit lock clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-13s %s\n", $$1, $$2}'

$(VENV)/ready: requirements.lock tools/setup.sh
	@tools/setup.sh $(PYTHON) $(VENV)

# .venv/ready contains the folder of the virtual environment; after a move or a copy it is created again.
ifneq ($(shell cat $(VENV)/ready 2> /dev/null),$(CURDIR))
$(VENV)/ready: moved
.PHONY: moved
endif

run: $(VENV)/ready ## start Sluice and stand-ins for Google Cloud on this machine (PORT=8080)
	@$(BIN)/python -m tools.console build
	@$(BIN)/python -m localdev.stack.run --port "$(PORT)"

env: $(VENV)/ready ## print the environment of a function of the running stack, for a shell (FUNCTION=runs)
	@$(BIN)/python -m localdev.stack.show_environment "$(FUNCTION)"

demo: $(VENV)/ready ## submit, follow and check a run (SCENARIO=success, failure, cancel, recover, benchling)
	@$(BIN)/python -m localdev.demo --port "$(PORT)" --scenario "$(SCENARIO)" $(if $(FAILURE),--failure "$(FAILURE)")

verify: $(VENV)/ready ## check that a deployment works, and say what to mend (HOST=, or the local stack; JSON=1)
	@$(BIN)/python -m tools.verify --port "$(PORT)" --host "$(HOST)" --without "$(WITHOUT)" $(if $(JSON),--json)

verify-broken: $(VENV)/ready ## break a local stack in many ways; count what make verify finds (ONLY=)
	@$(BIN)/python -m tools.verify.broken --port "$(PORT)" $(if $(ONLY),--only "$(ONLY)")

test: $(VENV)/ready ## run all tests (with a real Postgres and the stand-ins)
	@$(BIN)/python -m tools.console build
	@$(BIN)/python -m tools.console test
	@$(BIN)/python -m pytest -q -n 4 --dist loadscope --no-loadscope-reorder $(ARGS)

console-test: $(VENV)/ready ## run the tests of the page
	@$(BIN)/python -m tools.console test

browser-test: $(VENV)/ready ## go through the page in a real Chromium (ARGS='failure log': only some journeys)
	@$(BIN)/python -m tests.browser $(ARGS)

pictures: $(VENV)/ready ## take the pictures of docs/console.md (needs chromium)
	@$(BIN)/python -m tools.console.pictures

check: $(VENV)/ready ## check lint, types, layers, structure, secrets, security, shell scripts, Terraform
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet . || { $(BIN)/ruff format --diff . ; exit 1; }
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@cd client && ../$(BIN)/lint-imports
	@$(BIN)/python -m tools.check_structure
	@$(BIN)/python -m tools.check_secrets
	@$(BIN)/bandit --quiet --configfile pyproject.toml --recursive client/sluice common functions headjob tools \
	  2> >(grep -v 'nosec encountered' >&2)  # printed for each further check that a marked line passes
	@$(BIN)/shellcheck $(SHELL_SCRIPTS)
	@$(BIN)/python -m tools.console check
	@$(BIN)/python -m tools.check_terraform
	@$(BIN)/python -m pytest -q --no-header tests/unit/terraform  # compares roles, variables and routes with the code

format: $(VENV)/ready ## format the code
	@$(BIN)/ruff format --quiet . && $(BIN)/ruff check --fix --quiet .

migrate: $(VENV)/ready ## migrate the database at DATABASE_URL to the newest schema
	@$(BIN)/alembic -c migrations/alembic.ini upgrade head

bench: $(VENV)/ready ## measure performance and cost into bench/results.json
	@$(BIN)/python -m tools.console build
	@$(BIN)/python -m bench $(ARGS)

attack: $(VENV)/ready ## attack a running stack with forged identities and files; count what gets through
	@$(BIN)/python -m pytest -q -n 0 --timeout 1200 --attempts $(ATTACKS) $(ARGS)

fuzz: $(VENV)/ready ## fuzz readers and addresses; print inputs tried and findings (MINUTES=5)
	@$(BIN)/python -m tests.fuzz --minutes $(MINUTES)

chaos: $(VENV)/ready ## run trials with crashes and network faults, then check every run (SEEDS=3, or SEED=N)
	@$(BIN)/python -m chaos $(if $(SEED),--seed $(SEED),--seeds $(SEEDS))

add-pipeline: $(VENV)/ready ## add a pipeline (SOURCE=its checkout; NAME=, VERSION=, WITHOUT=, FORCE=1, ANYWAY=1)
	@$(BIN)/python -m tools.import_pipeline "$(SOURCE)" --name "$(NAME)" --version "$(VERSION)" \
	  --without "$(WITHOUT)" $(if $(FORCE),--force) $(if $(ANYWAY),--anyway)

head-image: $(VENV)/ready ## list what the image of head jobs brings, from the registry, for its build by make deploy
	@$(BIN)/python -m tools.head_image

pack: $(VENV)/ready ## build the deployment package of each function, dist/NAME.zip
	@$(BIN)/python -m tools.pack_function

worst-inputs: $(VENV)/ready ## measure what crafted inputs cost, into docs/security.md
	@$(BIN)/python -m tools.worst_inputs

openapi: $(VENV)/ready ## generate openapi.json, the routes of API Gateway and the records of the client
	@$(BIN)/python -m tools.openapi

.PHONY: can-plan can-deploy can-destroy
can-plan can-deploy can-destroy: can-%:
	@CHECK=1 tools/deploy.sh $* "$(ENVIRONMENT)" "$(FUNCTION)"

plan: can-plan pack ## show what a deploy would change (ENVIRONMENT=dev or prod; FUNCTION=runs for one function)
	@tools/deploy.sh plan "$(ENVIRONMENT)" "$(FUNCTION)"

deploy: can-deploy pack ## deploy to Google Cloud: migrations first, then the functions (ENVIRONMENT=, FUNCTION= as in plan)
	@tools/deploy.sh deploy "$(ENVIRONMENT)" "$(FUNCTION)"

destroy: can-destroy pack ## delete a deployment with all its data, after a question (ENVIRONMENT= as in plan)
	@tools/deploy.sh destroy "$(ENVIRONMENT)"

local-grants: $(VENV)/ready ## copy the roles of terraform/iam.tf to the local stack, which enforces them
	@$(BIN)/python -m tools.local_grants

licences: $(VENV)/ready ## list the licences of the deployed packages
	@$(BIN)/python -m tools.licences

audit: $(VENV)/ready ## check the locked packages for known vulnerabilities (needs the internet)
	@$(BIN)/pip-audit --strict --disable-pip --require-hashes --requirement requirements.lock

lock: $(VENV)/ready ## pin requirements.in into requirements.lock, with hashes and no addresses
	@$(BIN)/uv pip compile requirements.in --universal --python-version 3.11 --generate-hashes \
	  --no-annotate --no-header --quiet --upgrade -o requirements.lock
	@echo checkov | $(BIN)/uv pip compile - --universal --python-version 3.11 --generate-hashes \
	  --no-annotate --no-header --quiet --upgrade -o tools/check_terraform/checkov.lock

clean: ## delete the local data and the virtual environment
	@# without the Python of the virtual environment no stack can be running
	@if [ -e .local/lock ] && [ -x $(BIN)/python ]; then $(BIN)/python -m localdev.stack.folder_lock .local; fi
	@rm -rf .local $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis dist \
	  console/node_modules console/generated console/dist
