# Everything a newcomer needs: `make book` builds the book, `make test` passes the tests.
# Both set up what they need in .venv. To use an environment of your own: make book PY=python

# Only the command line sets these: a shell may well have a DATA or PY of its own.
PYTHON := python3
VENV := .venv
PY := $(VENV)/bin/python
DATA :=
BROWSER := yes
HOST := 127.0.0.1
PYODIDE :=
# a folder's name goes to programs as it is: neither make nor the shell expands what stands in it
export OWN := $(value DATA)
unexport DATA

ifeq ($(PY),$(VENV)/bin/python)
READY := $(VENV)/.ready
endif

ARCHIVE = clustergap-$(shell sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)

# The environment is ours: Python may keep its compiled files there, and imports take a third;
# what is installed goes there; and no setting of a user's changes what chapters show.
unexport PYTHONDONTWRITEBYTECODE PIP_TARGET PIP_PREFIX PIP_USER PYTHONSTARTUP PYTHONWARNINGS

.DEFAULT_GOAL := help
.PHONY: help book pdf check-data init-data test test-all test-fast lint types coverage serve lab data pairs lock bench clean
.PHONY: live test-live reproduce reproduce-min record archive check-archive audit env

help:  ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

DOIT = $(PY) -m doit $(if $(OWN),"data=$$OWN")

book: $(READY)  ## Build the book into build/html (DATA=folder: on your own raw tables)
	@$(DOIT)

pdf: book  ## Print the book into build/html/clustergap.pdf (needs Chromium; DATA=folder: of your own)
	@$(PY) -m bookkit.pdf $(if $(OWN),--data "$$OWN")

reproduce: $(READY)  ## Compute everything from nothing and compare with the recorded results
	@$(DOIT) run --always-execute && $(PY) -m bookkit.reproduce

reproduce-min: $(READY)  ## The same for what the paper prints only, in a minute, without pages
	@$(DOIT) out=build/min run --always-execute paper && $(PY) -m bookkit.reproduce --out build/min

check-data: $(READY)  ## Check your own raw tables in seconds (DATA=folder)
	@$(PY) -m clustergap.check_data "$$OWN"

init-data: $(READY)  ## Write a template of mapping.yml into your folder (DATA=folder)
	@$(PY) -m clustergap.check_data --init "$$OWN"

test: $(READY) browser-$(BROWSER)  ## Run the tests (BROWSER=no: without those that need Chromium)
	@$(PY) -m pytest -n 2 --dist worksteal -m "not weekly and not live $(if $(filter no,$(BROWSER)),and not browser)"

test-all: $(READY) browser-$(BROWSER)  ## Run all tests, also what only repeats: weekly, and before a release
	@$(PY) -m pytest -n 2 --dist worksteal -m "not live $(if $(filter no,$(BROWSER)),and not browser)"

test-fast: $(READY)  ## Run the tests that take under a minute together
	@$(PY) -m pytest -n 2 --dist worksteal -m "not slow and not weekly and not live"

test-live: live browser-yes  ## Run every live chapter in Chromium, and compare its numbers with the book's
	@$(PY) -m pytest -n 2 --dist worksteal -m live

lint: $(READY) types  ## Check style, formatting, types, spelling and the pairs
	@$(PY) -m ruff check . && $(PY) -m ruff format --check .
	@git rev-parse --git-dir >/dev/null && git ls-files -z | xargs -0 $(PY) -m codespell_lib
	@$(PY) -m bookkit.pairs --check

types: $(READY)  ## Check the types of the library
	@$(PY) -m mypy

coverage: $(READY)  ## Run all tests but the browser's, and say which lines of the library none runs
	@mkdir -p build/coverage && rm -f build/coverage/data*
	@COVERAGE_FILE="$(CURDIR)/build/coverage/data" $(PY) -m coverage run -m pytest -n 2 --dist worksteal -m "not browser and not weekly and not live"
	@$(PY) -m coverage combine -q && $(PY) -m coverage report --show-missing

live: book  ## Let the built pages run their own cells (the first time fetches 86 MB; PYODIDE=its release archive)
	@PYODIDE="$(PYODIDE)" $(PY) -m bookkit.live.assemble

serve: book  ## Build the book and show it at http://localhost:8000 (DATA=folder: your own; after make live: with cells that run)
	@$(PY) -m bookkit.live.serve "$$($(PY) -c 'import os; from bookkit.build import output_folder; print(output_folder(os.environ["OWN"]) / "html")')" $(HOST) 8000

lab: $(READY)  ## Open the chapters in JupyterLab (the first time fetches it), both files of a pair kept the same
	@$(PY) -m jupyterlab --version >/dev/null 2>&1 || $(PY) -m uv pip install -q --python $(PY) -c requirements.lock jupyterlab==4.6.6
	@$(PY) -m jupyterlab --ServerApp.port=8888 notebooks

data: $(READY)  ## Make the synthetic raw tables again
	@$(PY) -m countysim.calibrate

pairs: $(READY)  ## Write every notebook from its script
	@$(PY) -m bookkit.pairs

lock: $(READY)  ## Resolve the lock file again, after a change in pyproject.toml
	@$(PY) -m uv pip compile pyproject.toml --extra test --universal --generate-hashes \
		--no-annotate --no-header --quiet -o requirements.lock

record: book  ## Record the built results: checksums of every result file
	@$(PY) -m bookkit.reproduce --record

archive: book  ## Pack the commit, book and results into dist/, with checksums
	@git rev-parse --git-dir >/dev/null && rm -rf dist && mkdir -p "dist/$(ARCHIVE)/build"
	@git archive HEAD | tar -x -C "dist/$(ARCHIVE)"
	@cp -R build/html build/results "dist/$(ARCHIVE)/build" && cp docs/replication.md "dist/$(ARCHIVE)/README-replication.md"
	@cd "dist/$(ARCHIVE)" && find . -type f ! -name SHA256SUMS -print0 | LC_ALL=C sort -z | xargs -0 sha256sum >SHA256SUMS
	@cd dist && tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -c "$(ARCHIVE)" | gzip -n9 >"$(ARCHIVE).tar.gz"
	@rm -rf "dist/$(ARCHIVE)" && ls -sh dist

check-archive:  ## Unpack it into an awkward folder, check the checksums and run both commands there
	@folder="$$(mktemp -d)/a reader's folder ü 中文" && mkdir "$$folder" && tar -xzf dist/$(ARCHIVE).tar.gz -C "$$folder" && \
		cd "$$folder/$(ARCHIVE)" && sha256sum --quiet -c SHA256SUMS && $(MAKE) book test

audit:  ## Look the locked packages up in the database of known vulnerabilities
	@$(PYTHON) .ci/audit.py

env: $(READY)  ## Set up the environment, and nothing else

bench: $(READY)  ## Measure speed against peers, in one run
	@$(PY) benchmarks/bench.py

clean:  ## Remove everything that was built, and the environment
	rm -rf build dist $(VENV)

# Where the system has packages for Chromium and a Chinese typeface and lets us install them, the tests
# bring along what is missing: without the typeface, the Chinese page prints as empty boxes.
.PHONY: browser-yes browser-no
browser-no:
browser-yes:
	@missing=chromium; \
	for name in "$$CLUSTERGAP_BROWSER" chromium chromium-browser google-chrome chrome; do \
		command -v "$$name" >/dev/null 2>&1 && missing=; done; \
	command -v apt-get >/dev/null && [ -z "$$(fc-list :lang=zh 2>/dev/null)" ] && missing="$$missing fonts-wqy-microhei"; \
	[ -z "$$missing" ] && exit; \
	echo "installing for the browser tests: $$missing"; \
	{ command -v apt-get >/dev/null && \
		sudo=$$([ "$$(id -u)" = 0 ] || echo "sudo -n") && \
		$$sudo apt-get -qq update && $$sudo apt-get -qq install -y --no-install-recommends $$missing >/dev/null; } || \
		echo "could not install $$missing: the browser tests will say so. make test BROWSER=no runs the rest"

# Nothing is installed whose checksum the lock file does not hold: uv itself and what builds the project neither.
$(VENV)/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13) and "Python 3.11, 3.12 or 3.13 is needed, this is %s: make PYTHON=python3.13 …" % sys.version.split()[0])'
	@echo "setting up $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@sed -n '/^uv==/,/[^\]$$/p' requirements.lock >$(VENV)/uv.txt
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(VENV)/uv.txt
	@$(VENV)/bin/python -m uv pip install --quiet --python $(VENV)/bin/python --require-hashes -r requirements.lock
	@$(VENV)/bin/python -m uv pip install --quiet --python $(VENV)/bin/python --no-deps --no-build-isolation --editable .
	@touch $@
