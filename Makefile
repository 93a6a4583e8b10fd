# `make` lists the verbs. `make demo` and `make test` each work first thing on a fresh clone.
TOOLS := .tools
UV := $(TOOLS)/uv/bin/uv
SAM := $(TOOLS)/sam/bin/sam
VENV := .venv
PYTHON := $(VENV)/bin/python
PROJECT_PYTHON := $(VENV)/.ready

# the functions are built with these tools, whatever else is installed
export PATH := $(CURDIR)/$(VENV)/bin:$(CURDIR)/$(TOOLS)/uv/bin:$(PATH)
export SAM_CLI_TELEMETRY := 0
# those that git and curl trust, a company's own among them
export UV_SYSTEM_CERTS := true
export DESTINATION MOENGAGE_ENDPOINT MOENGAGE_PASSWORD KEEP
unexport PYTHONPATH VIRTUAL_ENV
# without bytecode every process would compile each library again: five seconds for cfn-lint alone
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup test chaos walk demo picture up down bench docs site capacity build release lint pin vendor

help: ## List the verbs
	@awk -F ':.*## ' '/^#@ / {printf "\n%s\n", substr($$0, 4)} /^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' \
		$(MAKEFILE_LIST)

#@ To try it

STACK_TOOLS = $(PROJECT_PYTHON) $(TOOLS)/sam/.ready $(TOOLS)/ministack/.ready
setup: $(STACK_TOOLS) $(TOOLS)/site/.ready ## Install everything into .venv and .tools
	$(if $(filter setup,$(MAKECMDGOALS)),@echo 'Use the commands: export PATH="$(CURDIR)/.venv/bin:$(CURDIR)/.tools/sam/bin:$$PATH"')

demo: $(STACK_TOOLS) ## Deploy to an emulated AWS, break MoEngage, heal it, count what was lost (KEEP=1: leave it open)
	@$(PYTHON) -m aep_moengage_dev.demo

up: $(STACK_TOOLS) ## Start the local stack and leave it running (DESTINATION=, MOENGAGE_ENDPOINT=, MOENGAGE_PASSWORD=)
	@$(PYTHON) -m aep_moengage_dev.local up

down: $(PROJECT_PYTHON) ## Stop the local stack
	@$(PYTHON) -m aep_moengage_dev.local down

#@ To deploy it

build: $(STACK_TOOLS) ## Build what is deployed to AWS (ARCHITECTURE=x86_64 for that processor)
	$(SAM) build

release: $(STACK_TOOLS) $(TOOLS)/release/.ready ## Build what is published of a version into dist: wheel, template, layers, SBOM
	@$(PYTHON) -m aep_moengage_dev.release dist

#@ To change it

# The tests of the deployed stack measure times, so they run alone, after all others.
test: setup ## Run all tests, those against the emulated AWS included (PYTEST_ARGS=... runs those alone)
ifdef PYTEST_ARGS
	$(PYTHON) -m pytest $(PYTEST_ARGS)
else
	$(PYTHON) -m pytest --numprocesses 2 --dist loadfile --ignore tests/e2e
	$(PYTHON) -m pytest tests/e2e
endif

lint: setup ## Check style, types and the templates
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/lint-imports --no-cache --no-logo
	$(VENV)/bin/mypy
	$(SAM) validate --lint --region us-east-1
	$(VENV)/bin/cfn-lint template.yaml edge/web-acl.yaml --append-rules cfn_lint_serverless.rules

chaos: setup ## Run the whole fault matrix and 5,000 fuzzed requests on an emulated AWS; a smaller cut is in the tests
	@$(PYTHON) -m tests.e2e.chaos

walk: setup ## Walk the README and the tutorial as a new user, with a clock (some ten minutes; downloads everything)
	@$(PYTHON) -m tests.e2e.walk

bench: setup ## Measure transform, ingest, drain, cold start (BEFORE=name=checkout: an older one in turn)
	@$(PYTHON) -m tests.performance

docs: setup ## Run the commands of the pages, and write what they print into them, and what is made from the code
	@$(PYTHON) -m aep_moengage_dev.reference
	@$(PYTHON) -m tests.docs.stage render
	@$(MAKE) --no-print-directory site

site: $(TOOLS)/site/.ready ## Build the documentation site from the pages into site/, strictly
	@$(TOOLS)/site/bin/sphinx-build --quiet --fail-on-warning --conf-dir docs --doctree-dir $(TOOLS)/site/doctrees . site
	@echo "Open site/index.html"

capacity: setup ## Run the plans of docs/capacity.md, and write their figures and charts into it (minutes)
	@$(PYTHON) -m aep_moengage_dev.capacity_page

picture: setup ## Play the demo, and keep pictures of the run and of the console in docs
	@$(PYTHON) -m aep_moengage_dev.demo pictures
	@cp .demo/demo.svg .demo/demo-dark.svg docs

COMPILE = $(UV) pip compile --quiet --universal --python-version 3.13 --generate-hashes --no-header
pin: $(UV) ## Pin the newest versions of all requirements
	for file in layers/connector/requirements requirements/dev requirements/sam requirements/ministack requirements/release requirements/site requirements/uv; do \
		$(COMPILE) --upgrade $$file.in --output-file $$file.txt || exit 1; \
	done

vendor: $(PROJECT_PYTHON) ## Fetch the console's libraries from npm again, as packages.json lists them
	$(PYTHON) -m aep_moengage_dev.vendored

# --- Tools, each in an environment of its own, because their pins contradict each other ---------------------------

SAY = @printf 'Installing %s, %s MB\n'
SIZE_sam := 107
SIZE_ministack := 71
SIZE_site := 79
SIZE_release := 31

# A company's mirror that pip knows: uv itself reads UV_DEFAULT_INDEX only.
MIRROR = $${UV_DEFAULT_INDEX:-$${PIP_INDEX_URL:-$$($(TOOLS)/uv/bin/python -m pip config get global.index-url 2>/dev/null)}}
INSTALL = mirror="$(MIRROR)"; env $${mirror:+UV_DEFAULT_INDEX="$$mirror"} $(UV) pip install --quiet

# The first python3 that can make an environment; its version does not matter.
$(UV): requirements/uv.txt
	$(SAY) "uv, the installer" 51 >&2
	@for python in python3 /usr/local/bin/python3 /usr/bin/python3; do \
		rm -rf $(TOOLS)/uv; mkdir -p $(TOOLS); \
		$$python -m venv $(TOOLS)/uv >/dev/null 2>&1 && break; \
	done; \
	if [ ! -x $(TOOLS)/uv/bin/python ]; then \
		echo "No python3 that can make environments was found: install Python 3 with its venv module" >&2; exit 1; \
	fi
	@$(TOOLS)/uv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement $<
	@touch $@

# Python 3.13, where Lambda's runtime is: one that is installed, else one that pyenv has, else uv downloads it.
FIND_PYTHON = $$($(UV) python find --no-python-downloads "$$(cat .python-version)" 2>/dev/null \
	|| ls -d $${PYENV_ROOT:-$$HOME/.pyenv}/versions/"$$(cat .python-version)".*/bin/python 2>/dev/null | tail -n 1 \
	| grep . || cat .python-version)

$(PROJECT_PYTHON): requirements/dev.txt pyproject.toml .python-version $(UV)
	$(SAY) "the project and its tests" 613 >&2
	@[ -x $(PYTHON) ] || $(UV) venv --quiet --python "$(FIND_PYTHON)" $(VENV) || { \
		echo "Install Python $$(cat .python-version): without it, uv downloads it from GitHub" >&2; exit 1; }
	@$(INSTALL) --python $(PYTHON) --require-hashes --requirement $<
	@$(INSTALL) --python $(PYTHON) --no-deps --no-build-isolation --editable .
	@touch $@

$(TOOLS)/%/.ready: requirements/%.txt $(UV) $(PROJECT_PYTHON)
	$(SAY) "$*" $(SIZE_$*) >&2
	@$(UV) venv --quiet --clear --python $(PYTHON) $(@D)
	@$(INSTALL) --python $(@D)/bin/python --require-hashes --requirement $<
	@touch $@
