# What people who build this project type. All that these make lies in .venv, bin/, build/ and dist/.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help demo dev test test-go race test-python test-oldest build wheel bench screenshots lint format clean

BINARY := $(CURDIR)/bin/baselinr-pipes
VENV := .venv/.ready
STATICCHECK := build/tools/staticcheck
STATICCHECK_VERSION := v0.8.2
PACKAGE_DOWNLOADS := --quiet --disable-pip-version-check
# What `dependencies` of pyproject.toml begin with; docs/dagster.md says why it is this one.
OLDEST_DAGSTER := 1.12.0
OLDEST := build/dagster-$(OLDEST_DAGSTER)
# Most of the time tests wait for processes of Dagster's: two files of them at once, or one a core.
SIDE_BY_SIDE := -n auto --dist loadfile
OLDEST_TESTS := automation checks component drift_sensor job keys reader sensor shape shim stream

# The package is installed editable, without a binary of its own: it takes this one.
export BASELINR_PIPES_BINARY := $(BINARY)
export PATH := $(CURDIR)/.venv/bin:$(CURDIR)/bin:$(PATH)
export DAGSTER_DISABLE_TELEMETRY := yes

help: ## what can be made
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile | expand -t 20

demo: build $(VENV) ## the main job, on real data, on SQLite, in Dagster: twice, with drift between
	@python examples/demo/demo.py

dev: build $(VENV) ## the demo's definitions and data in the browser (`dagster dev`)
	@python examples/demo/demo.py --dev

test: build $(VENV) ## every test of both languages; with arguments for one: make test-go ARGS=./drift
	@scripts/with-postgres.sh scripts/with-mariadb.sh sh -c 'go test ./... && go -C tests/mysql8 test ./... && pytest $(SIDE_BY_SIDE)'

test-go: ## Go's tests alone; ARGS says which
	@scripts/with-postgres.sh scripts/with-mariadb.sh go test $(or $(ARGS),./...)
	@$(if $(ARGS),,go -C tests/mysql8 test ./...)

race: ## Go's tests under the race detector, which needs a C compiler
	@scripts/with-postgres.sh scripts/with-mariadb.sh go test -race $(or $(ARGS),./...)

test-python: build $(VENV) ## Python's tests alone; ARGS says which
	@scripts/with-postgres.sh scripts/with-mariadb.sh pytest $(or $(ARGS),$(SIDE_BY_SIDE))

test-oldest: build $(OLDEST)/.ready ## the package's tests with the oldest Dagster that it supports
	@scripts/with-postgres.sh $(OLDEST)/bin/python -m pytest $(OLDEST_TESTS:%=tests/dagster/test_%.py) $(or $(ARGS),$(SIDE_BY_SIDE))

build: ## bin/baselinr-pipes
	@scripts/build.sh $(BINARY)

wheel: $(VENV) ## dist/*.whl, the binary inside
	@rm -rf dist
	@pip wheel $(PACKAGE_DOWNLOADS) --no-deps --wheel-dir dist .
	@ls -sh dist/*.whl

bench: build $(VENV) ## the benchmarks of docs/benchmarks.md; ARGS says which: make bench ARGS=-h
	@mkdir -p build/bench
	@CGO_ENABLED=0 go build -o build/bench/ ./tests/bench/...
	@scripts/with-postgres.sh build/bench/bench $(ARGS)

screenshots: build $(VENV) ## Dagster's UI in build/screenshots, and the README's picture of it
	@scripts/with-postgres.sh pytest tests/dagster/test_browser.py
	@cp build/screenshots/picture-full.png docs/images/dagster.png

lint: $(VENV) $(STATICCHECK) ## formatting, vet, staticcheck, ruff, mypy
	@unformatted=$$(gofmt -l $$(git ls-files -co --exclude-standard '*.go')); \
		[ -z "$$unformatted" ] || { echo "not formatted (make format): $$unformatted"; exit 1; }
	go vet ./...
	go -C tests/mysql8 vet ./...
	$(STATICCHECK) ./...
	ruff format --check --quiet
	ruff check --quiet
	mypy

format: $(VENV) ## formats both languages
	@gofmt -w $$(git ls-files -co --exclude-standard '*.go')
	@ruff format --quiet && ruff check --quiet --fix

clean: ## deletes all that was made
	rm -rf .venv bin build dist

$(VENV): pyproject.toml
	@command -v python3 >/dev/null || { echo "python3 is missing: install Python 3.10 or newer"; exit 1; }
	@python3 -c 'import venv, ensurepip' 2>/dev/null || { echo "Python's venv is missing: on Debian, apt-get install python3-venv"; exit 1; }
	@[ -x .venv/bin/python ] || python3 -m venv .venv
	@echo "setting up .venv ..."
	@.venv/bin/python -m pip install $(PACKAGE_DOWNLOADS) --editable '.[dev]'
	@touch $@

$(OLDEST)/.ready: pyproject.toml
	@echo "setting up $(OLDEST) ..."
	@[ -x $(OLDEST)/bin/python ] || python3 -m venv $(OLDEST)
	@$(OLDEST)/bin/python -m pip install $(PACKAGE_DOWNLOADS) --editable . \
		$(patsubst %,%==$(OLDEST_DAGSTER),dagster dagster-dg-cli dagster-webserver) \
		$$(sed -n 's/^  "\(\(pytest\|psycopg\)[^"]*\)".*/\1/p' pyproject.toml)
	@touch $@

$(STATICCHECK):
	@echo "building staticcheck ..."
	@GOBIN=$(CURDIR)/build/tools go install honnef.co/go/tools/cmd/staticcheck@$(STATICCHECK_VERSION)
