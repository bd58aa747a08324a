# make demo   the environment, then one night of the sample department
# make test   the environment, then every test
# make lint   style, formatting, types
# make test-oldest   every test with the oldest packages that pyproject.toml allows (Python 3.11)
#
# Needs Python 3.11 or later and make, nothing else. PYTHON=python3.12 make test picks another Python.

PYTHON ?= python3
VENV := .venv
INSTALLED := $(VENV)/.installed
PIP := $(VENV)/bin/python -m pip --disable-pip-version-check

.PHONY: demo test test-oldest lint format cover lock peers peers-stock clean

demo: $(INSTALLED)
	$(VENV)/bin/fieldops demo

test: $(INSTALLED)
	$(VENV)/bin/python -m pytest

lint: $(INSTALLED)
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy

format: $(INSTALLED)
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

cover: $(INSTALLED)
	$(VENV)/bin/python -m pytest --cov --cov-report=term-missing

OLDEST := .venv-oldest
test-oldest: requirements/oldest.lock
	$(PYTHON) -m venv $(OLDEST)
	$(OLDEST)/bin/python -m pip --disable-pip-version-check install --quiet --require-hashes -r requirements/oldest.lock
	$(OLDEST)/bin/python -m pip --disable-pip-version-check install --quiet --no-deps --no-build-isolation -e .
	$(OLDEST)/bin/python -m pytest

# The build tools are in the lock too, so nothing is fetched that the lock does not name.
$(INSTALLED): pyproject.toml requirements/dev.lock
	@$(PYTHON) -c 'import sys; v = sys.version.split()[0]; sys.exit(f"fieldops needs Python 3.11 or later, not {v}: make PYTHON=python3.11" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --quiet --require-hashes -r requirements/dev.lock
	$(PIP) install --quiet --no-deps --no-build-isolation -e .
	@touch $@

# After a change of dependencies in pyproject.toml; needs uv (pip install uv).
lock:
	uv lock --default-index https://pypi.org/simple --no-config
	uv export --frozen --quiet --no-emit-project --extra all --extra dev -o requirements/dev.lock
	uv export --frozen --quiet --no-emit-project --extra peers -o requirements/peers.lock
	uv pip compile --quiet --no-config --default-index https://pypi.org/simple --generate-hashes --no-strip-extras --no-annotate \
	  --resolution lowest-direct --python-version 3.11 --extra all --extra dev pyproject.toml -o requirements/oldest.lock
	uv pip compile --quiet --no-config --default-index https://pypi.org/simple --generate-hashes --no-strip-extras --no-annotate \
	  --python-version 3.11 requirements/peers-stock.in -o requirements/peers-stock.lock

# The rivals of `python -m benchmarks.peers`.
peers: $(INSTALLED)
	$(PIP) install --quiet --require-hashes -r requirements/peers.lock

# The rivals of `python -m benchmarks.peers raf`: statsforecast needs an older pandas than ours, so they live apart.
PEERS_STOCK := .venv-peers-stock
peers-stock: requirements/peers-stock.lock
	$(PYTHON) -m venv $(PEERS_STOCK)
	$(PEERS_STOCK)/bin/python -m pip --disable-pip-version-check install --quiet --require-hashes -r requirements/peers-stock.lock

clean:
	rm -rf $(VENV) $(OLDEST) $(PEERS_STOCK) .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage htmlcov dist
