# Everything a person or CI does with this project. Needs Python 3.11 and make; the rest is fetched by `make setup`.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

UV_VERSION := 0.13.9
TOOLS := .tools
# A uv on PATH that works and is new enough (`required-version` in pyproject.toml) is used; else our own is installed.
UV_ON_PATH := $(shell uv python dir >/dev/null 2>&1 && command -v uv)
UV := $(or $(UV_ON_PATH),$(TOOLS)/bin/uv)
RUN := $(UV) run --no-sync
MINISTACK := infra/local/ministack
VENV := .venv
CLOUD_VENV := build/local/ministack-venv
SAM_VENV := build/local/sam-venv
SPARK4 := infra/local/spark4
SPARK4_VENV := build/local/spark4-venv

# Left out by default are those that take longest: the PCA beside its peers, and executors with the packed environment.
SPARK4_TESTS := tests/integration/spark tests/releases tests/infra/test_emr_release.py \
	tests/e2e/test_upload_to_row.py tests/e2e/test_refit.py tests/e2e/test_repair.py tests/e2e/test_doctor.py \
	--ignore=tests/integration/spark/test_pca_against_peers.py \
	--ignore=tests/integration/spark/test_packed_environment.py

# Files in the order of tests/conftest.py, the longest first: xdist's own order puts those of few tests, ours of minutes, last.
TWO_AT_A_TIME := --numprocesses 2 --dist loadfile --no-loadscope-reorder

# Our own environment, whatever one is active in the shell that calls make.
unexport VIRTUAL_ENV
unexport UV_PROJECT_ENVIRONMENT
unexport PYTHONPATH
unexport SPARK_HOME
export SAM_CLI_TELEMETRY := 0

.PHONY: help
help: ## List the targets (ARGS="…" is passed on to what they call)
	@awk 'BEGIN {FS = ":.*## "} /^[a-z][a-z0-9-]*:.*## / {printf "  make %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: setup
setup: $(VENV)/.set-up $(CLOUD_VENV)/.set-up $(SAM_VENV)/.set-up $(VENV)/.jars-set-up ## Install everything that is needed, once
	@echo "Set-up is complete."

.PHONY: demo
demo: setup ## Upload real photos to a local cloud, watch events turn them into rows, fit the PCA (about 4 minutes)
	$(RUN) fruits demo $(ARGS)

.PHONY: test
test: setup ## Run all tests, two files at a time
	$(RUN) pytest $(TWO_AT_A_TIME) $(ARGS)

.PHONY: test-fast
test-fast: setup ## Run the tests that take seconds
	$(RUN) pytest -m "not slow" $(ARGS)

.PHONY: setup-spark4
setup-spark4: setup $(SPARK4_VENV)/.set-up ## Install the Spark of the other EMR release, beside our own (0.5 GB)

.PHONY: test-spark4
test-spark4: setup-spark4 ## Run the tests of Spark, of both releases on one table, and end to end, on the other release
	FRUITS_RELEASE=emr-spark-8.1.0 $(SPARK4_VENV)/bin/python -m pytest $(TWO_AT_A_TIME) \
		$(or $(ARGS),$(SPARK4_TESTS))

.PHONY: lint
lint: setup ## Check rules, format, types, the rooms and the template
	$(RUN) ruff check
	$(RUN) ruff format --check
	$(RUN) mypy --strict
	$(RUN) lint-imports
	$(SAM_VENV)/bin/sam validate --lint --region eu-west-3

.PHONY: pr
pr: lint test ## What CI runs: the checks, then all tests

.PHONY: format
format: setup ## Format the code and mend what can be mended
	$(RUN) ruff check --fix
	$(RUN) ruff format

.PHONY: deploy
deploy: setup ## Put a stack in place: ARGS="--region eu-west-3", or the local cloud that runs
	$(RUN) fruits deploy $(ARGS)

.PHONY: environment
environment: setup ## Build and check the packed Python for EMR Serverless (5 minutes the first time)
	$(RUN) fruits environment build $(ARGS)
	$(RUN) fruits environment check $(ARGS)

.PHONY: environment-check
environment-check: setup ## Build it for both architectures, and run it under an older glibc and as on Graviton
	for arch in x86_64 aarch64; do \
		$(RUN) fruits environment build --arch $$arch; \
		$(RUN) fruits environment check --arch $$arch --elsewhere; \
	done

.PHONY: environment-record
environment-record: setup ## Record anew what both architectures make of twenty photos (after a change of the lock)
	$(RUN) python -m tests.integration.network.record_architectures

.PHONY: bench-extract
bench-extract: setup ## Measure the extract job against its peers (long)
	$(RUN) python -m benchmarks.extract $(ARGS)

.PHONY: bench-backbones
bench-backbones: setup ## Measure speed and accuracy of the CNN's artifacts (long)
	$(RUN) python -m benchmarks.backbones $(ARGS)

.PHONY: bench-artifact
bench-artifact: setup ## Test, photo by photo, which artifact should be the default (half an hour)
	$(RUN) python -m benchmarks.artifact_choice $(ARGS)

.PHONY: bench-pca
bench-pca: setup ## Measure the PCA refit against its peers (long)
	$(RUN) python -m benchmarks.pca $(ARGS)

.PHONY: bench-first-row
bench-first-row: setup ## Measure a run of ten photos from StartJobRun to its commit and its end (minutes)
	$(RUN) python -m benchmarks.first_row $(ARGS)

.PHONY: bench-suggestions
bench-suggestions: setup ## Measure how often suggestions are right on held-out photos (minutes)
	$(RUN) python -m benchmarks.suggestions $(ARGS)

.PHONY: notebook
notebook: setup ## Execute the notebook (local cloud, real Spark) and write notebooks/fruits.ipynb (minutes)
	$(RUN) python -m notebooks $(ARGS)

.PHONY: clean
clean: ## Stop the local cloud and remove all that was generated or installed here
	@if [ -f build/local/cloud.json ] && [ -x $(VENV)/bin/fruits ]; then $(VENV)/bin/fruits local down; fi
	rm -rf build $(VENV) $(TOOLS) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis *.egg-info

# A stamp lies in what it stands for, and is newer than the lock: else its step is done again.
$(VENV)/.set-up: pyproject.toml uv.lock | $(UV)
	@echo "== Python packages"
	$(UV) sync --locked
	@touch $@

$(CLOUD_VENV)/.set-up: $(MINISTACK)/pyproject.toml $(MINISTACK)/uv.lock | $(UV)
	@echo "== The local cloud, in an environment of its own"
	UV_PROJECT_ENVIRONMENT="$(CURDIR)/$(CLOUD_VENV)" $(UV) sync --locked --project $(MINISTACK)
	@touch $@

$(SAM_VENV)/.set-up: infra/local/sam/pyproject.toml infra/local/sam/uv.lock | $(UV)
	@echo "== SAM, in an environment of its own"
	UV_PROJECT_ENVIRONMENT="$(CURDIR)/$(SAM_VENV)" $(UV) sync --locked --project infra/local/sam
	@touch $@

# One Python cannot hold two Sparks. This one has PySpark alone, and behind it the packages of the project's own.
$(SPARK4_VENV)/.set-up: $(SPARK4)/pyproject.toml $(SPARK4)/uv.lock contracts/jobs/emr_release.py $(VENV)/.set-up | $(UV)
	@echo "== Spark 4, in an environment of its own"
	UV_PROJECT_ENVIRONMENT="$(CURDIR)/$(SPARK4_VENV)" $(UV) sync --locked --project $(SPARK4)
	echo "import site; site.addsitedir('$(CURDIR)/$(VENV)/lib/python3.11/site-packages')" \
		> $(SPARK4_VENV)/lib/python3.11/site-packages/project.pth
	$(RUN) fruits local prepare --release emr-spark-8.1.0
	@touch $@

$(VENV)/.jars-set-up: contracts/jobs/emr_release.py infra/local/jars.py infra/local/host_environment.py $(VENV)/.set-up
	@echo "== Java, the Iceberg jars and the jobs' environment"
	$(RUN) fruits local prepare
	@touch $@

$(TOOLS)/bin/uv:
	@echo "== uv $(UV_VERSION)"
	@for python in python3.11 python3 python; do \
		if $$python -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; then found=$$python; break; fi; \
	done; \
	if [ -z "$${found:-}" ]; then \
		echo "Python 3.11 is needed, and neither python3.11 nor python3 is one. Install it and run make again." >&2; exit 1; \
	fi; \
	$$found -m venv $(TOOLS) && $(TOOLS)/bin/python -m pip install --quiet "uv==$(UV_VERSION)"
