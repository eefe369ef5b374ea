# Two commands for everyone: `make demo` shows the main job, `make test` proves it.
# Both need only Python 3.11+, make, git and a compiler; the rest goes into .venv.

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
JOBS   ?= auto

.PHONY: demo test test-all check format docs clean

demo: $(VENV)/.installed
	$(BIN)/python examples/demo.py

test: $(VENV)/.developer
	$(BIN)/python -m pytest -n $(JOBS) -m "not slow"

test-all: $(VENV)/.developer
	$(BIN)/python -m pytest -n $(JOBS)

check: $(VENV)/.developer
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.developer
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(VENV)/.developer
	$(BIN)/python docs/generate.py

clean:
	rm -rf $(VENV) .demo dist build

# pip 25.1 is the first that installs dependency groups (PEP 735).
$(VENV)/.installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "pysetup needs Python 3.11 or newer; try  make PYTHON=python3.12 ..." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "pip>=25.1"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

$(VENV)/.developer: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --group dev
	touch $@
