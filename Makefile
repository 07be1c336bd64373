# make        environment, validation, build, load it back, show an article
# make test   every test
SHELL := bash
.SHELLFLAGS := -o pipefail -ec
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
LOCKED := $(VENV)/.locked
SHOWN ?= gempa-sangihe-petta
WORDS_OF_OTHERS ?= ../shared/seed
SETS_OF_OTHERS ?= ../shared/external

.PHONY: all environment validate build load show test test-compat test-engines test-wheel test-hooks check vulnerabilities corruptions curve baselines tagger bench fuzz faults audit rehydrate lock clean
.DELETE_ON_ERROR:

all: validate build load show

$(LOCKED): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Sisipan needs Python 3.11 or newer; name one: make PYTHON=python3.11"; exit 1; }
	@test -x $(BIN)/python || { echo "making $(VENV)"; $(PYTHON) -m venv $(VENV); }
	@echo "installing the locked packages (some minutes the first time)"
	@$(BIN)/pip install --disable-pip-version-check --progress-bar off --require-hashes -r requirements.lock \
	  | awk '/^Collecting/ { n++; if (n % 10 == 0) { print "  " n " packages fetched"; fflush() } } /^Installing/ { print "  unpacking"; fflush() }'
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $@

environment: $(LOCKED)

validate: $(LOCKED)
	@$(BIN)/sisipan validate

build: $(LOCKED)
	@$(BIN)/sisipan build

load: $(LOCKED)
	@$(BIN)/sisipan stats --with-datasets

show: $(LOCKED)
	@$(BIN)/sisipan show --color $(SHOWN)

test: $(LOCKED)
	@$(BIN)/python -m pytest -n 2

# The same features and rows in four versions of datasets, each in an environment of its own.
test-compat: $(LOCKED)
	@$(BIN)/python tests/compat/run.py

# The tagger on datatrove and Ray, each in an environment of its own; workers and whole jobs are killed.
test-engines: $(LOCKED)
	@$(BIN)/python tests/engines/run.py

# The wheel in an empty environment outside the repository.
test-wheel: $(LOCKED)
	@$(BIN)/python tests/wheel.py

# The pre-commit hooks as another repository gets them, in an environment that pre-commit makes.
test-hooks: $(LOCKED)
	@$(BIN)/python tests/hooks.py

# Known holes in the locked packages; a notice where the index of advisories does not answer.
vulnerabilities:
	@$(PYTHON) scripts/vulnerabilities.py

# What CI asks beyond the tests.
check: $(LOCKED)
	@$(BIN)/sisipan build --check
	@$(BIN)/sisipan validate data
	@$(BIN)/sisipan signs
	@$(BIN)/sisipan audit --without contested

# The rate at which mistakes made on purpose are caught, measured again (some ten minutes); `make build` puts it into the documents.
corruptions: $(LOCKED)
	@$(BIN)/python tests/corruptions/run.py --each 24

# The learning curve of docs/, measured again. Needs other people's sets, which are not part of the project.
curve: $(LOCKED)
	@test -d $(SETS_OF_OTHERS) || { echo "no sets at $(SETS_OF_OTHERS)"; exit 1; }
	@$(BIN)/python scripts/learning_curve.py --external $(SETS_OF_OTHERS) --check docs/learning-curve.md

# The tables of docs/baselines.md, measured again.
baselines: $(LOCKED)
	@$(BIN)/python scripts/baselines.py --check docs/baselines.md

# The tables of docs/tagger.md, measured again.
tagger: $(LOCKED)
	@$(BIN)/python scripts/tagger_tables.py --check docs/tagger.md

# Speed, as ratios in one run (minutes).
bench: $(LOCKED)
	@$(BIN)/python benchmarks/tagger.py
	@$(BIN)/python benchmarks/validator.py

# A million inputs to every reader, made by a seed (an hour or more; fewer: make fuzz INPUTS=20000). `make test` has a few of each.
INPUTS ?= 1000000
fuzz: $(LOCKED)
	@$(BIN)/python tests/fuzz/run.py --inputs $(INPUTS) --seed 1

# Build, rehydrate, import and release, each killed a hundred times, on a full disk, read-only, stopped (about ten minutes).
faults: $(LOCKED)
	@$(BIN)/python tests/faults/run.py --kills 100 --others 20

# Likely slips that nobody has looked at yet, those that a tagger contests among them (minutes; may differ between processors).
audit: $(LOCKED)
	@$(BIN)/sisipan audit

# The withheld specimen, where its text is at hand.
rehydrate: $(LOCKED)
	@test -d $(WORDS_OF_OTHERS) || { echo "no texts at $(WORDS_OF_OTHERS)"; exit 1; }
	@$(BIN)/sisipan rehydrate --texts $(WORDS_OF_OTHERS) --out .cache/rehydrated
	@$(BIN)/sisipan stats .cache/rehydrated --with-datasets

# In an environment of its own, since building old packages must not meet the newest tools.
lock:
	@test -x .cache/lock/bin/pip-compile || { $(PYTHON) -m venv .cache/lock && .cache/lock/bin/pip install --quiet --disable-pip-version-check pip-tools; }
	.cache/lock/bin/pip-compile --quiet --allow-unsafe --annotation-style=line --strip-extras --extra=baselines --extra=build --extra=hub --extra=test \
	  --generate-hashes --no-emit-index-url --no-emit-find-links --no-emit-options --output-file=requirements.lock pyproject.toml

clean:
	rm -rf $(VENV) .cache .pytest_cache .hypothesis
