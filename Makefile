# Every target installs what it needs into .venv; Python 3.11+, git and make are enough.
#
#   PYTHON=python3.13   the Python that makes .venv (found by itself otherwise)
#   ARGS='-k word'      further arguments of test, fuzz and bench

# One more than two cores: tests wait for servers and databases a third of their time.
JOBS ?= 3
HYPOTHESIS_PROFILE ?= dev
PICTURES ?= docs/_static/examples
PY := .venv/bin/python
# Run as modules: scripts in .venv/bin stop working when the folder is moved.
# With bytecode, even where PYTHONDONTWRITEBYTECODE says otherwise: tests start a thousand Pythons,
# and each would compile hookkit anew.
PYTEST := PYTHONDONTWRITEBYTECODE= $(PY) -m pytest -n $(JOBS)

.DEFAULT_GOAL := help
# Targets share one .venv, and two pips at once would break it.
.NOTPARALLEL:
.PHONY: help demo test lint docs pictures bench check fuzz kills wheel clean

help:
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' Makefile

demo: .venv/.installed-run  ## show hookkit at work (ONCE=1: end by itself)
	@$(PY) examples/demo.py

test: .venv/.installed-test  ## run the tests (JOBS=3, HYPOTHESIS_PROFILE=dev, COV=1, ARGS=...)
	HYPOTHESIS_PROFILE=$(HYPOTHESIS_PROFILE) \
	  $(PYTEST) $(if $(COV),--cov --cov-report=term-missing --cov-fail-under=97) $(ARGS)

# The test group too: tests/typing is checked against the frameworks' own types.
lint: .venv/.installed-lint .venv/.installed-test  ## check style, types and layers
	$(PY) -m ruff check
	$(PY) -m ruff format --check
	$(PY) -m mypy
	$(PY) -m pyright
	.venv/bin/lint-imports

docs: .venv/.installed-docs  ## build docs/_build/html, warnings are errors
	$(PY) -m sphinx -W -n -E docs docs/_build/html

pictures: .venv/.installed-test  ## photograph the applications of examples/ for the docs
	$(PY) -m tools.pictures $(PICTURES)

bench: .venv/.installed-bench  ## run the benchmarks, about ten minutes (QUICK=1: under five; needs wrk)
	$(PY) -m bench $(if $(QUICK),--quick) $(ARGS)

check:  ## do all that CI does (CI_LONG=1: full benchmarks, fuzz, more examples)
	@bash tools/check.sh "$(MAKE)"

fuzz: .venv/.installed-test  ## run the property tests with 2000 examples each
	HYPOTHESIS_PROFILE=nightly $(PYTEST) tests/properties $(ARGS)

kills: .venv/.installed-test  ## kill -9 servers and workers at every step, and count what is left
	KILLS=1 $(PY) -m pytest -s tests/integration $(ARGS)

wheel: .venv/.installed-release  ## build the package and test it as installed
	@bash tools/check-wheel.sh

clean:  ## remove all that the other targets made, .venv too
	rm -rf .venv build dist docs/_build .hypothesis .*_cache .coverage .coverage.*
	find . -name __pycache__ -prune -exec rm -rf {} +

# --clear: a .venv without this stamp is one that was interrupted.
# pip first: dependency groups need 25.1, newer than many Pythons bring.
.venv/.created:
	@python=$$(sh tools/find-python.sh "$(PYTHON)") && \
	  echo "creating .venv with $$python" && \
	  "$$python" -m venv --clear .venv && \
	  $(PY) -m pip install --quiet --upgrade 'pip>=25.1'
	@touch $@

.venv/.installed-run: pyproject.toml .venv/.created
	@echo "installing hookkit into .venv"
	@$(PY) -m pip install --quiet --editable .
	@touch $@

.venv/.installed-%: pyproject.toml .venv/.created
	@echo "installing hookkit and dependency group '$*' into .venv"
	@$(PY) -m pip install --quiet --editable . --group $*
	@touch $@
