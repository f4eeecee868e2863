# Every target sets up what it needs; nothing has to be installed first but git, make and
# Python 3.11 or newer.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000

export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: help run test lint types sizes format variables words pictures test-js test-py reliability networks attacks fuzz soak bench requirements system-packages clean

help:
	@echo "make run      serve on http://localhost:$(PORT)"
	@echo "make test     everything CI checks: lint, types, JavaScript and Python tests"
	@echo "make reliability  break things and write down what it cost (docs/reliability.md)"
	@echo "make networks as root: call through NATs, changing and distant networks (docs/networks.md)"
	@echo "make attacks  attack servers and write down who notices (docs/security.md)"
	@echo "make fuzz     what the protocol's decoder makes of random frames, for ten minutes"
	@echo "make soak     an hour of calls in a quarter of an hour: nothing may be left of them"
	@echo "make bench    measure everything in docs/performance.md (20 minutes, a quiet machine)"
	@echo "make format   let ruff, djlint and prettier mend what they can"
	@echo "make words    find the texts of pages and scripts, and compile their translations"
	@echo "make variables  write what documents say of environment variables"
	@echo "make pictures  draw what has to be pixels from the SVG files, and take those in README.md"
	@echo "make requirements  compile requirements*.in to exact versions with their hashes"
	@echo "make sizes    print which classes and files have grown large"
	@echo "make clean    remove what the targets above made"

run: $(VENV)/run.stamp
	DEBUG=1 python manage.py runserver $(PORT)

# The quick checks need a core each; what needs all of them comes after.
test:
	@$(MAKE) --jobs 2 lint types test-js
	@$(MAKE) test-py

lint: $(VENV)/dev.stamp node_modules/.stamp
	ruff check .
	ruff format --check .
	djlint --check --quiet templates
	npm run --silent lint

types: $(VENV)/dev.stamp node_modules/.stamp
	mypy
	npm run --silent types

sizes: $(VENV)/dev.stamp
	@python -m tests.support.sizes

format: $(VENV)/dev.stamp node_modules/.stamp
	ruff check --fix .
	ruff format .
	djlint --reformat --warn --quiet templates
	npm run --silent format

variables: $(VENV)/dev.stamp
	python -m tests.support.variables

words: $(VENV)/dev.stamp
	python -m tests.support.words

pictures: $(VENV)/dev.stamp system-packages
	python -m tests.support.pictures
	python -m tests.support.screenshots

test-js: $(VENV)/dev.stamp node_modules/.stamp
	npm test --silent

# A part: make test-py TESTS=tests/unit. All: what looks at the clock has the machine to itself.
test-py: $(VENV)/dev.stamp node_modules/.stamp system-packages
ifdef TESTS
	python -m pytest -m "not long" $(TESTS)
else
	python -m pytest -n auto --dist loadfile tests/unit tests/app tests/attacks
	python -m pytest -n auto --dist loadfile -m "shared and not long" tests/browser
	python -m pytest -m "not shared and not long" tests/browser tests/faults
endif

reliability: $(VENV)/dev.stamp system-packages
	python -m pytest tests/faults --runs 5
	python -m pytest -m long tests/browser
	python -m tests.faults.report docs/reliability.md

networks: $(VENV)/dev.stamp system-packages
	@tests/support/system-packages.sh networks
	python -m pytest tests/networks --ignore tests/networks/test_first.py --ignore tests/networks/test_changes.py --runs 3
	python -m pytest tests/networks/test_changes.py --runs 5
	python -m pytest tests/networks/test_first.py --runs 10
	python -m tests.networks.report docs/networks.md

attacks: $(VENV)/dev.stamp system-packages
	python -m tests.attacks.measure

fuzz: $(VENV)/fuzz.stamp
	python -m tests.fuzz.decoder test-results/frames -max_total_time=600 -max_len=70000 -len_control=0

soak: $(VENV)/dev.stamp system-packages
	python -m tests.soak

bench: $(VENV)/bench.stamp system-packages
	python -m benchmarks.run $(PARTS)
	python -m benchmarks.report

# For every system and every Python from 3.11 on. What still fits its input stays as it is: all that
# is newer comes with UPGRADE=--upgrade, one of it with UPGRADE="--upgrade-package django". The
# options stand in the files too, for those who propose updates (.github/dependabot.yml).
COMPILE := uv pip compile --universal --python-version 3.11 --no-strip-extras
requirements: $(VENV)/dev.stamp
	@for each in requirements requirements-dev requirements-bench requirements-fuzz; do \
		$(COMPILE) --generate-hashes --quiet --custom-compile-command "make requirements ($(COMPILE))" \
			$(UPGRADE) $$each.in --output-file $$each.txt || exit; \
	done

system-packages:
	@tests/support/system-packages.sh

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Duet needs Python 3.11 or newer: set PYTHON=/path/to/it")'
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); tests/support/system-packages.sh venv && $(PYTHON) -m venv $(VENV); }

$(VENV)/run.stamp: requirements.txt | $(VENV)/bin/python
	python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/dev.stamp: requirements.txt requirements-dev.txt | $(VENV)/bin/python
	python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@ $(VENV)/run.stamp

$(VENV)/fuzz.stamp: requirements.txt requirements-fuzz.txt | $(VENV)/bin/python
	python -m pip install --quiet --disable-pip-version-check -r requirements-fuzz.txt
	@touch $@

$(VENV)/bench.stamp: requirements.txt requirements-dev.txt requirements-bench.txt | $(VENV)/bin/python
	python -m pip install --quiet --disable-pip-version-check -r requirements-bench.txt
	@touch $@ $(VENV)/dev.stamp $(VENV)/run.stamp

node_modules/.stamp: package.json package-lock.json $(VENV)/dev.stamp
	npm ci --silent --no-audit --no-fund
	@touch $@

clean:
	rm -rf $(VENV) node_modules staticfiles test-results
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
