# One command for each thing that people do here. Needs Python 3.11 or later, make and a package index, nothing else.
#
#   make demo       try Overt (make demo ARGS="--once --footage FOLDER")
#   make test       the tests that can run on this machine (make test ARGS="tests/unit -k zone")
#   make rest       the tests that the last "make test" left out, where everything is there that they need
#   make coverage   every branch of the domain, the ledger, the vault and the services is tested
#   make check      the whole gate: style, types, import contract, docs, tests
#   make bench      the benchmarks; each writes its section of bench/RESULTS.md anew; about an hour and a half
#   make torture    property, promise and reliability tests with their full counts; about forty minutes
#   make lock       resolves the locks in requirements/ again
#   make clean      removes everything that these commands made

.DEFAULT_GOAL := help
.PHONY: help demo test rest static coverage check bench torture lock clean
.DELETE_ON_ERROR:

ARGS ?=
MODERN := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for each in python3.11 python3.12 python3.13 python3; do \
	$$each -c '$(MODERN)' >/dev/null 2>&1 && echo $$each && break; done)
BIN := .venv/bin
PIP := PIP_DISABLE_PIP_VERSION_CHECK=1 $(BIN)/python -m pip --quiet

# Several processes at once for what times nothing; the rest has the machine to itself.
AT_ONCE := $(patsubst %,tests/promises/test_%.py,a_person_decides before_the_first_operation every_door_has_its_rule \
	evidence_leaves_by_one_door figures_are_named lists_are_bespoke no_creep nobody_is_looked_for policies requirements \
	the_record_outlives_the_footage what_is_erased_is_gone who_may_do_what) \
	$(patsubst %,tests/integration/test_%.py,behind_nginx importing_a_list ledger_alone serving_the_console \
	store_on_postgresql trouble_with_the_store uploads_leave_nothing writers_at_once) $(patsubst %,tests/browser/test_%.py, \
	alerts_in_a_browser decoys_in_a_browser deployments_in_a_browser figures_in_a_browser ledger_and_evidence \
	listed_in_a_browser lists_in_a_browser people_pages phone_in_a_browser phone_over_https records_in_a_browser \
	register_in_a_browser signing_in signs_in_a_browser the_browser_keeps_to_the_policy)
SIDE_BY_SIDE := tests/unit tests/property tests/contract tests/migration $(AT_ONCE)
ONE_BY_ONE := tests/promises tests/integration tests/browser $(addprefix --ignore=,$(AT_ONCE))

help:
	@sed -n 's/^#   \{0,1\}//p' Makefile

# $(call install,LOCK): the environment, the locked packages by their digests, then Overt itself from this folder.
define install
@$(PYTHON) -c '$(MODERN)' 2>/dev/null || { \
	echo 'Overt needs Python 3.11 or later, and there is none here. Install it, or name one: make PYTHON=/path/to/python3.11'; \
	exit 1; }
@$(BIN)/python -c '$(MODERN)' 2>/dev/null || { \
	echo 'Making an environment in .venv (seconds) ...'; rm -rf .venv; $(PYTHON) -m venv .venv; }
@echo 'Installing the packages of $(1), checking each digest (about a minute, once) ...'; began=$$(date +%s); \
	$(PIP) install --require-hashes -r $(1) && \
	$(PIP) install --no-deps --no-build-isolation --editable . && \
	echo "Installed in $$(( $$(date +%s) - began )) s."
@touch $@
endef

.venv/run.stamp: requirements/run.txt pyproject.toml
	$(call install,requirements/run.txt)

.venv/dev.stamp: requirements/dev.txt pyproject.toml
	$(call install,requirements/dev.txt)

demo: .venv/run.stamp
	@$(BIN)/overt demo $(ARGS)

# The test data is left out on purpose, so that this takes the same few minutes everywhere; .ci/run adds it.
test: .venv/dev.stamp
	@echo 'Running the tests that need only this machine (at most 8 minutes) ...'
	@export OVERT_DATA=none OVERT_TEST_ALL=0; \
	if [ -n '$(ARGS)' ]; then exec $(BIN)/python -m pytest $(ARGS); fi; \
	$(BIN)/python -m pytest -q $(SIDE_BY_SIDE) -n auto --maxprocesses 4; quick=$$?; \
	$(BIN)/python -m pytest $(ONE_BY_ONE) && exit $$quick

rest: .venv/dev.stamp
	@echo 'Running what the last "make test" left out; a skip is a failure now (minutes) ...'
	@export OVERT_TEST_ALL=1; \
	$(BIN)/python -m pytest -q --left-out --durations 15 $(SIDE_BY_SIDE) -n auto --maxprocesses 2 --dist loadfile; quick=$$?; \
	$(BIN)/python -m pytest --left-out --durations 15 $(ONE_BY_ONE) && exit $$quick

static: .venv/dev.stamp
	@echo 'Checking style, types and the import contract (about a minute) ...'
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache --no-logo

coverage: .venv/dev.stamp
	@echo 'Running the tests of the domain, the ledger, the vault and the services under coverage (minutes) ...'
	@mkdir -p .cache; rm -f .cache/coverage*
	@COVERAGE_FILE=.cache/coverage OVERT_TEST_ALL=0 $(BIN)/python -m coverage run -m pytest -q -n auto --maxprocesses 4 \
		tests/unit/domain tests/unit/ledger tests/unit/vault tests/unit/services tests/unit/faces/test_mark.py \
		$(patsubst %,tests/unit/evaluation/test_%.py,intervals planner stopping)
	@COVERAGE_FILE=.cache/coverage $(BIN)/python -m coverage combine -q && \
		COVERAGE_FILE=.cache/coverage $(BIN)/python -m coverage report

check: static coverage test

.venv/peers.stamp: requirements/peers.txt .venv/dev.stamp
	@echo 'Installing the peers that Overt is measured against (a minute, once) ...'
	@$(PIP) install --no-deps --no-build-isolation --require-hashes -r requirements/peers.txt && touch $@

bench: .venv/peers.stamp
	@$(BIN)/python -m bench.run $(ARGS)

torture: .venv/dev.stamp
	@OVERT_TORTURE=1 $(BIN)/python -m bench.torture $(ARGS)

lock: .venv/dev.stamp
	@echo 'Resolving the locks (seconds) ...'
	@cd requirements && for each in run dev; do \
		extra=; [ $$each = run ] || extra='--extra dev --extra pdf -c run.txt tools.in'; \
		../$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-annotate \
			--no-header --no-emit-index-url --no-emit-find-links $$extra build.in ../pyproject.toml -o $$each.txt \
		|| exit 1; done; \
	../$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-annotate \
		--no-header --no-emit-index-url --no-emit-find-links peers.in -o peers.txt

clean:
	rm -rf .venv .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist src/*.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
