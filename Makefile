# The verbs of this repository. Each makes its own .venv from requirements.lock.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
LINKWRIGHT_SHARED ?= ../shared
export LINKWRIGHT_SHARED

.PHONY: help demo pictures test test-render test-postgres test-s3 scale check format eval eval-regions bench lock clean

help:
	@echo "make demo    run the whole job on the embedded sample site, without credentials"
	@echo "make pictures   the README's pictures, from the demo's first mail; needs Chromium"
	@echo "make test    run all tests"
	@echo "make test-render   the tests of rendering; installs the extra and needs Chromium"
	@echo "make scale   the search facts on a Spark cluster of three processes; needs Java 17"
	@echo "make test-postgres  the tests of PostgreSQL; installs psycopg and needs PostgreSQL's programs"
	@echo "make test-s3 the tests of facts in an object store; installs s3fs and moto"
	@echo "make check   ruff, mypy, import-linter"
	@echo "make eval    link-recovery benchmark on the sites of LINKWRIGHT_SHARED"
	@echo "make eval-regions  how well content is told from template, on hand-labelled links"
	@echo "make bench   CPU and memory of daily runs and crawls of a real site of 2,136 pages"
	@echo "make lock    recompute requirements.lock (needs uv)"

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Linkwright needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V 2>&1). Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 2; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
	  { echo "$(PYTHON) cannot make virtual environments. On Debian or Ubuntu: apt install python3-venv"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(READY)

demo: $(READY)
	$(BIN)/linkwright demo $(DEMO_ARGS)

pictures: $(READY)
	$(BIN)/python -m tests.pictures

test: $(READY)
	$(BIN)/pytest -n 2 -q

test-render: $(READY)
	$(BIN)/pip install --quiet --disable-pip-version-check -c requirements-lanes.lock scrapy-playwright
	$(BIN)/pytest -q tests/functional/test_rendering.py

scale: $(READY)
	$(BIN)/pip install --quiet --disable-pip-version-check -c requirements-lanes.lock pyspark
	$(BIN)/pytest -q tests/functional/test_scale.py

test-postgres: $(READY)
	$(BIN)/pip install --quiet --disable-pip-version-check -c requirements-lanes.lock 'psycopg[binary]'
	$(BIN)/python -m tests.postgres_server $(BIN)/pytest -q tests/contract/test_decision_store.py \
	  tests/contract/test_migrations.py tests/functional/test_postgres.py

test-s3: $(READY)
	$(BIN)/pip install --quiet --disable-pip-version-check -c requirements-lanes.lock \
	  universal-pathlib s3fs 'moto[s3]' flask flask-cors
	$(BIN)/pytest -q tests/contract/test_fact_store.py tests/functional/test_s3.py

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

eval: $(READY)
	$(BIN)/python -m tests.eval.run $(EVAL_ARGS)

eval-regions: $(READY)
	$(BIN)/python -m tests.eval.regions.score --check --cache .region-sites $(EVAL_ARGS)

bench: $(READY)
	$(BIN)/python -m tests.benchmarks.run $(BENCH_ARGS)
	$(BIN)/python -m tests.benchmarks.growth $(BENCH_ARGS)
	$(BIN)/python -m tests.benchmarks.crawl $(BENCH_ARGS)
	$(BIN)/python -m tests.benchmarks.search $(BENCH_ARGS)

lock:
	uv pip compile --universal --python-version 3.11 --extra dev pyproject.toml -o requirements.lock --no-emit-index-url --no-emit-find-links --no-header
	uv pip compile --universal --python-version 3.11 --extra dev --extra lanes pyproject.toml -o requirements-lanes.lock --no-emit-index-url --no-emit-find-links --no-header

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
