# bzpeer: every way to run, check and test it. `make` alone lists them.
# Nothing but python3 (3.11 or newer), make and a C library is needed: the rest is fetched into .venv and node_modules.

.SUFFIXES:
.PHONY: help run demo test check lint fast bench prepare front lock doctor clean

# The first Python that is new enough; name another with `make PYTHON=… run`.
PYTHON = $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
  "$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && command -v "$$p" && break; done)
BOOTSTRAP = "$(PYTHON)" -I bzpeer/bootstrap.py
BIN = .venv/bin

# What the surrounding shell may have set for another project.
unexport VIRTUAL_ENV PYTHONHOME PYTHONPATH PYTHONSTARTUP DJANGO_SETTINGS_MODULE

help:
	@echo "make run      start the portal: http://127.0.0.1:8000/ (Ctrl-C stops it)"
	@echo "make test     run every test: Python, browser, front end"
	@echo "make check    format, lint, types, import contracts, migrations, fast tests"
	@echo "make bench    measure imports, pages and slices on this machine"
	@echo "make doctor   say what is wrong with this installation, if anything"
	@echo "make lock     renew the locked versions after a change of pyproject.toml or package.json"
	@echo "make clean    remove what was built and installed; data in var/ stay"

python:
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "bzpeer: Python 3.11 or newer is needed. Install one (apt install python3) or name it: make PYTHON=/path/to/python3 run" >&2; \
	  exit 1; }

run: python
	@$(BOOTSTRAP) base front
	@$(BIN)/python manage.py up $(ARGS)

doctor: python
	@$(BOOTSTRAP) base
	@$(BIN)/python manage.py doctor

front: python
	@$(BOOTSTRAP) base front

prepare: python
	@$(BOOTSTRAP) dev front

# The front end first, so that pytest's own summary is the last word when all is well.
test: python
	@$(BOOTSTRAP) dev front chromium
	@$(BOOTSTRAP) npm run --silent test || touch .venv/front-end-failed
	@$(BIN)/python -m pytest -n 2 || { rm -f .venv/front-end-failed; echo "Tests failed: see above."; exit 1; }
	@if test -e .venv/front-end-failed; then rm .venv/front-end-failed; echo "The front end's tests failed: see above."; exit 1; fi

check: lint fast

lint: prepare
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy .
	@$(BIN)/lint-imports
	@$(BOOTSTRAP) npm run --silent typecheck

fast: prepare
	@$(BIN)/python -m pytest -n 2 -q -m "not browser and not services and not sweep"

bench: prepare
	@$(BIN)/python -m bench all

lock: prepare
	@for set in base dev tools node redis; do \
	  case $$set in base) group="" ;; *) group="--group $$set" ;; esac; \
	  case $$set in base|dev) source=pyproject.toml ;; *) source="--no-deps --constraint requirements/dev.txt" ;; esac; \
	  $(BIN)/uv pip compile $$source $$group --universal --python-version 3.11 --generate-hashes --no-emit-index-url --quiet \
	    --custom-compile-command "make lock" --output-file requirements/$$set.txt || exit 1; \
	done
	@$(BOOTSTRAP) npm install --package-lock-only --omit-lockfile-registry-resolved --silent
	@echo "requirements/*.txt and package-lock.json are renewed. Look at the difference, then run make test."

clean:
	@rm -rf .venv node_modules static/dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis test-results *.egg-info
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
	@echo "Removed. Data in var/ are untouched."
