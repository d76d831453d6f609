# Every verb sets up its own .venv from requirements.lock first; needs Python >= 3.11, make and git.
# Without make: python3 -m venv .venv && .venv/bin/pip install --require-hashes -r requirements.lock
#               && .venv/bin/pip install --no-deps --no-build-isolation -e . && .venv/bin/lifecycle --help

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
LIFECYCLE := .venv/bin/lifecycle
READY := .venv/.ready

.PHONY: demo run ui test check bench lock help
.DEFAULT_GOAL := help

help: ## Lists the verbs
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 8

demo: $(READY) ## The sample shop, from files to the KPI board
	@$(LIFECYCLE) demo

run: $(READY) ## The daily job for yesterday, or DAY=2026-11-22, or DAY=max
	@$(LIFECYCLE) run $(if $(DAY),--day $(DAY))

ui: $(READY) ## Dagster on localhost
	@$(LIFECYCLE) ui

test: $(READY) ## All tests
	@$(LIFECYCLE) test

check: $(READY) ## Lint, format, types, Dagster's definitions
	@$(LIFECYCLE) check

bench: $(READY) ## Ratios measured in one run
	@$(LIFECYCLE) bench

lock: $(READY) ## Renews requirements.lock from pyproject.toml
	.venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-header --no-strip-extras --extra dev pyproject.toml --output-file requirements.lock

$(READY): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python >= 3.11 is needed; none found as python3"; exit 2; }
	@echo "Setting up .venv (once, about two minutes) ..."
	@$(PYTHON) -m venv --clear .venv
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@
