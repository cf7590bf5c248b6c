# The two commands: `make run` opens Earmark, `make test` checks it. Both bring all they need.
SHELL := /bin/sh
BIN := .venv/bin
INSTALL := requirements/install.sh

# Words for the program behind the target: make run ARGS="--library ~/takes", make checks ARGS="-k storage".
ARGS :=

# Without its cache of compiled modules, every start of the app would cost a second more.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run test lint types contracts checks bench fuzz hunt snapshots pictures setup setup-dev musicgen try-musicgen lock clean

help: ## this list
	@echo "Earmark: finds the best takes of generative music models with few minutes of your listening."
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo "The program itself is $(BIN)/earmark; $(BIN)/earmark --help lists its commands."

run: setup ## set up what is missing, and open the app
	@$(BIN)/earmark $(ARGS)

test: try-musicgen lint types contracts checks ## set up what is missing, and run every check

lint: setup-dev ## style and common mistakes
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check

types: setup-dev ## static types
	@$(BIN)/mypy

contracts: setup-dev ## which package may import which
	@$(BIN)/lint-imports --no-logo

# Those that measure time, or hear sound in real time, have the machine to themselves; then come all others.
ALONE = $(if $(filter tests/%,$(ARGS)),,tests/tui/playing)
checks: setup-dev ## the tests alone: make checks ARGS="-k storage"
	@$(BIN)/pytest -m alone $(ALONE) $(ARGS) || [ $$? -eq 5 ]
	@$(BIN)/pytest -m "not alone" -n auto --maxprocesses 8 --dist worksteal -rs $(ARGS)

BENCHMARKS = $(wildcard tests/benchmarks/bench_$(or $(ONLY),*).py)
bench: setup-dev ## measure, against the targets: all, or one by make bench ONLY=name ARGS=…
	@failed=$(if $(BENCHMARKS),0,1); \
	for script in $(BENCHMARKS); do printf '\n%s\n' "$$script"; $(BIN)/python "$$script" $(ARGS) || failed=1; done; \
	exit $$failed

FUZZED = $(or $(ONLY),answers batch marker name pack panel results session settings sheet sidecar sound tags tokens)
fuzz: setup-dev ## feed random input to what reads files: make fuzz ONLY=sheet SECONDS=600
	@$(BIN)/uv pip install --quiet --system-certs --python $(BIN)/python --group fuzz
	@for target in $(FUZZED); do \
		$(BIN)/python -m tests.fuzz.atheris_fuzz $$target -max_total_time=$(or $(SECONDS),60) || exit 1; done

hunt: setup-dev ## press keys at random all over the app: make hunt KEYS=2000 SECONDS=1800 SEED=1
	@$(BIN)/python -m tests.hunt.hunting --keys $(or $(KEYS),2000) --seconds $(or $(SECONDS),0) $(if $(SEED),--seed $(SEED))

snapshots: setup-dev ## draw every screen anew, as text, and show what changed
	@DRAW_SNAPSHOTS=1 $(BIN)/pytest tests/snapshots -n auto $(ARGS)
	@git add --intent-to-add tests/snapshots/pictures
	@git --no-pager diff --stat --patch -- tests/snapshots/pictures

pictures: setup ## make the pictures for the README, from a library that is sketched and rated for them
	@$(BIN)/python docs/pictures.py

setup: ## the app alone, in .venv
	@$(INSTALL) app

setup-dev:
	@$(INSTALL) app dev

musicgen: ## the app with MusicGen, Riffusion, ACE-Step, Stable Audio: some 3 GB to download
	@$(INSTALL) app musicgen

# Where it can't be had, its tests are skipped, and say so.
try-musicgen: setup-dev
	@$(INSTALL) musicgen || true

# Pins stay as they are unless asked: make lock ARGS=--upgrade
COMPILE = $(BIN)/uv pip compile pyproject.toml --quiet --system-certs --universal --python-version 3.11 \
	--annotation-style line --custom-compile-command "make lock" $(ARGS)
# MusicGen joins the rest in .venv, so it takes what the rest has.
lock: setup-dev ## compile the pinned lists in requirements/ from pyproject.toml
	@$(COMPILE) --extra samples --output-file requirements/app.txt
	@$(COMPILE) --extra samples --group dev --constraint requirements/app.txt --output-file requirements/dev.txt
	@$(COMPILE) --extra samples --extra musicgen --constraint requirements/dev.txt \
		--override requirements/musicgen-overrides.txt --output-file requirements/musicgen.txt

clean: ## remove .venv and all else that was made here; libraries are kept
	@rm -rf .venv build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	@find library ratings tui tests -name __pycache__ -type d -prune -exec rm -rf {} +
