# Two commands: `make run` for a running demo town, `make test` for every test.

PYTHON ?= python3
PORT ?= 8000
PB := .venv/bin/pb
SETUP := setup.cfg setup.py pyproject.toml $(wildcard pb/tally/kernel/*.c)

.PHONY: run test lint css clean

run: .venv/installed
	@PB_DEMO=1 PB_TOWN_NAME=Marlehaven $(PB) demo --port $(PORT)
	@PB_DEMO=1 PB_TOWN_NAME=Marlehaven $(PB) jobs run --forever & trap "kill $$!" EXIT; \
		PB_DEMO=1 PB_TOWN_NAME=Marlehaven .venv/bin/gunicorn --workers 2 --worker-class gthread \
		--threads 4 --no-control-socket --bind 127.0.0.1:$(PORT) --log-level warning wsgi:app

test: .venv/tested chromium
	.venv/bin/python -m pytest --numprocesses auto --dist loadfile $(ARGS)

lint: .venv/tested
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .

# Node is needed only here: the compiled file is part of the project.
css:
	cd frontend && npm ci --ignore-scripts --no-audit --no-fund && npm run --silent build

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "pb needs Python 3.11 or newer (PYTHON=… chooses one)"; exit 1; }
	$(PYTHON) -m venv .venv

.venv/installed: .venv/bin/python $(SETUP)
	.venv/bin/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

.venv/tested: .venv/bin/python $(SETUP)
	.venv/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[postgres,dev]'
	@touch $@ .venv/installed

# The browser tests skip, with a word, where there is no Chromium.
.PHONY: chromium
chromium:
	@command -v chromium >/dev/null || [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null || \
		{ apt-get update -qq && apt-get install -y -qq --no-install-recommends \
			chromium fonts-dejavu-core fonts-noto-core >/dev/null; } || \
		echo "Chromium could not be installed: the browser tests will be skipped."

clean:
	rm -rf .venv instance frontend/node_modules *.egg-info
