# make demo    run specs/hexgrid.yaml on the local target
# make test    the whole test suite
# make fuzz    look for inputs that break a promise, for SECONDS=600
# make check   lint, types and tests: what a change must pass
# make lock    refresh requirements.lock from pyproject.toml

VENV := .venv
BIN  := $(VENV)/bin
DONE := $(VENV)/.installed

.PHONY: demo test fuzz check lint types lock clean

demo: $(DONE)
	$(BIN)/batchspec apply specs/hexgrid.yaml

test: $(DONE)
	$(BIN)/python -m pytest -n auto --dist loadfile

SECONDS := 600

# atheris has no wheels for every Python and system that we run on: without it inputs are changed blindly.
fuzz: $(DONE)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --only-binary :all: atheris || true
	$(BIN)/python -m tests.fuzz --seconds $(SECONDS)

check: lint types test

lint: $(DONE)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(DONE)
	$(BIN)/mypy

# Exact versions from the lock; the project itself in place, built by what the lock holds.
$(DONE): requirements.lock pyproject.toml
	python3 -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

lock: $(DONE)
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.10 \
	  --no-header --no-annotate --no-emit-index-url --no-emit-find-links -o requirements.lock

clean:
	rm -rf $(VENV)
