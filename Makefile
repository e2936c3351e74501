# The project's commands. `make help` lists them; each creates the virtual environment if needed.
VENV ?= .venv
ARGS ?=
STAMP := $(VENV)/.installed
DOCS_STAMP := $(VENV)/.installed-docs
BIN := $(VENV)/bin
NOTEBOOKS := $(wildcard notebooks/*.ipynb)
# Test files run in parallel, one per core and up to four; ARGS="-n 0 --pdb" uses a single process.
SIDE_BY_SIDE := -n logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder
KEPT_KEYS := metadata.papermill cell.metadata.papermill

.DEFAULT_GOAL := help
.PHONY: help demo test test-matrix browser-test lab docs lint format hooks constraints clean machine

help:  ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
	@echo "PYTHON=/path/to/python3.11 names the interpreter; ARGS=... is passed on to demo, the tests, lab and docs."

demo: $(STAMP)  ## render, train and test in minutes, without a data set
	$(BIN)/synthlib batch --scale demo --jobs 2 $(ARGS)

test: $(STAMP)  ## run the tests, except those in a browser
	SYNTHLIB_BLENDER_PYTHON= $(BIN)/python -m pytest --ignore=tests/browser $(SIDE_BY_SIDE) $(ARGS)

test-matrix: $(STAMP)  ## run the core's tests on Python 3.12 and 3.13, as far as they are installed
	sh tools/test_matrix.sh $(VENV) $(SIDE_BY_SIDE) $(ARGS)

browser-test: $(STAMP)  ## run the notebooks in JupyterLab and Chromium (Debian's package chromium)
	$(BIN)/python -m pytest tests/browser $(ARGS)

lab: $(STAMP)  ## open the project in JupyterLab at 00_start_here, on this machine only (127.0.0.1)
	$(BIN)/jupyter lab --ip=127.0.0.1 --notebook-dir=. notebooks/00_start_here.ipynb $(ARGS)

docs: $(DOCS_STAMP)  ## build the documentation as a site, and check its links
	$(BIN)/python tools/docs_site.py $(ARGS)

lint: $(STAMP)  ## check style, types, words, stripped notebooks and installed versions
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(BIN)/python tools/check_words.py
	$(if $(NOTEBOOKS),$(BIN)/nbstripout --verify --keep-id --extra-keys "$(KEPT_KEYS)" $(NOTEBOOKS))
	$(BIN)/python -m pip check --disable-pip-version-check

format: $(STAMP)  ## fix style, and strip outputs from the notebooks
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	$(if $(NOTEBOOKS),$(BIN)/nbstripout --keep-id --extra-keys "$(KEPT_KEYS)" $(NOTEBOOKS))

hooks: $(STAMP)  ## run the formatters on every git commit
	$(BIN)/pre-commit install

constraints: $(DOCS_STAMP)  ## write the installed versions to constraints.txt
	sh tools/pin_versions.sh $(BIN)/python > constraints.txt.new
	mv constraints.txt.new constraints.txt
	touch $(STAMP) $(DOCS_STAMP)

clean:  ## remove the virtual environment and caches, but not outputs/
	rm -rf $(VENV) $(VENV)-3.* build *.egg-info .pytest_cache .ruff_cache .hypothesis
	find synthlib tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(STAMP): pyproject.toml constraints.txt | machine
	@sh tools/install.sh $(VENV)

$(DOCS_STAMP): $(STAMP)
	$(BIN)/python -m pip install -qq --disable-pip-version-check \
		--constraint constraints.txt --editable '.[docs]'
	touch $(DOCS_STAMP)

machine:
	@sh tools/check_machine.sh > /dev/null
