# SPDX-License-Identifier: Apache-2.0
# Each target installs first what it needs; see sandbox/install.

PYTHON ?= python3
export PYTHON

python := .venv$(if $(RELEASE),-releases/$(RELEASE)-sandbox)/bin/python

# Horizon is in an environment of its own, which has no Nova.
in_horizon = .venv-dashboard/bin/python -m pytest \
	--confcutdir tests/horizon_plugin tests/horizon_plugin

# Not for a recipe that would look past RELEASE.
no_release = $(if $(RELEASE),$(error make $@ is for the newest release alone; \
	see make test-release))

.PHONY: help dashboard demo demo-nfv up down status wipe test tempest lint \
	docs install test-release test-releases test-upgrade test-volumes test-long \
	test-faults test-distributed test-rolling-upgrade screenshots \
	bench scale

help:
	@echo 'make demo    boot a server with overridden image properties'
	@echo 'make demo-nfv'
	@echo '             the same for NUMA, huge pages and pinning, on a'
	@echo '             pretended host, in a cloud of its own that ends with it'
	@echo 'make up      only start the sandbox cloud'
	@echo 'make dashboard'
	@echo '             start the cloud, and Horizon against it'
	@echo 'make status  show its services'
	@echo 'make down    end it; servers and images are kept'
	@echo 'make wipe    end it and remove all its state'
	@echo 'make test    run all checks and tests, real guests included'
	@echo 'make tempest run the Tempest plug-in (SMOKE=1: a quick part)'
	@echo 'make lint    run the checks alone'
	@echo 'make docs    make a site of docs/, in build/docs'
	@echo 'make screenshots'
	@echo '             take the pictures of the dashboard for docs/ again'
	@echo 'make test-release RELEASE=2026.1'
	@echo '             run tests on that release of Nova (PYTHON=python3.11)'
	@echo 'make test-releases'
	@echo '             on all of them, and write docs/evidence/releases.md'
	@echo 'make test-volumes'
	@echo '             run the tests of guests on real volumes'
	@echo 'make test-long'
	@echo '             ten minutes of random operations on Nova in-process'
	@echo 'make test-faults'
	@echo '             break services in the middle, and write docs/evidence/faults.md'
	@echo 'make test-upgrade'
	@echo '             upgrade Nova under guests (UPGRADE_FROM=2026.1)'
	@echo 'make test-distributed'
	@echo '             run the tests of several hosts and cells (SMOKE=1: a part)'
	@echo 'make test-rolling-upgrade'
	@echo '             switch the extension on process by process, and write'
	@echo '             docs/evidence/rolling-upgrade.md'
	@echo 'make bench   measure what overriding costs, in half an hour, and write'
	@echo '             docs/evidence/benchmarks.md (make bench-core: one part)'
	@echo 'make scale   the same of 1,000 servers on 100 hosts, in twenty minutes'
	@echo 'RELEASE=2026.1'
	@echo '             behind demo or up: another release of OpenStack'
	@echo 'VIRT=fake    behind demo or up: without root and real guests'
	@echo 'NOVA_PROCESSES=separate'
	@echo '             behind up: several nova-api processes, RabbitMQ'
	@echo 'NOVA_PROCESSES=distributed'
	@echo '             behind up or demo: hosts, cells and MariaDB, too'

demo: install
	@$(python) -m sandbox demo

# Needs no root; a running cloud of the sandbox is left alone.
demo-nfv: export VIRT = nfv
demo-nfv: export SANDBOX_DIR := $(or $(SANDBOX_DIR),$(CURDIR)/.sandbox-nfv)
demo-nfv: export SANDBOX_PORT_BASE := $(or $(SANDBOX_PORT_BASE),16000)
demo-nfv:
	@$(no_release)VIRT=fake sandbox/install
	@.venv/bin/python -m sandbox demo-nfv; status=$$?; \
		.venv/bin/python -m sandbox down >/dev/null; exit $$status

up: install
	@$(python) -m sandbox up

dashboard:
	@$(no_release)sandbox/install --with-dashboard
	@$(python) -m sandbox dashboard

# These install nothing: with nothing installed there is nothing to end.
down status wipe:
	@if [ -x $(python) ]; then $(python) -m sandbox $@; \
	else echo 'nothing is installed, so no cloud is running'; fi

test: lint
	@$(no_release)sandbox/install --guests-optional --with-broker \
		--with-browser --with-dashboard
	$(in_horizon)
	$(python) -m pytest -n 2 --dist loadgroup --no-loadscope-reorder \
		--durations 20

tempest: install
	@$(no_release)$(python) -m sandbox.tempest $(if $(SMOKE),--smoke)

lint:
	@$(no_release)VIRT=fake sandbox/install
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports

# A warning, or a link to what is not there, is an error.
docs:
	@$(no_release)VIRT=fake sandbox/install
	.venv/bin/sphinx-build --quiet --fail-on-warning --keep-going \
		--jobs auto --doctree-dir build/doctrees docs build/docs
	.venv/bin/sphinx-build --quiet --builder man \
		--doctree-dir build/doctrees docs build/man
	@echo 'open build/docs/index.html'

# In an environment of its own; constraints/ has the releases.
test-release:
	@RELEASE= VIRT=fake PYTHON=python3 sandbox/install
	@tools/test_release $(RELEASE) $(TESTS)

# About an hour; writes docs/evidence/releases.md.
test-releases:
	@$(no_release)sandbox/install --guests-optional
	@tools/test_releases $(RELEASES)

# Minutes, and 600 MB below /tmp: Nova is upgraded under real guests.
test-upgrade:
	@$(no_release)sandbox/install
	UPGRADE_FROM=$(or $(UPGRADE_FROM),2026.1) \
		$(python) -m pytest tests/sandbox/test_upgrade.py

# The pictures in docs/user/images.
screenshots:
	@$(no_release)VIRT=fake sandbox/install --with-browser --with-dashboard
	SCREENSHOTS=docs/user/images $(python) -m pytest \
		tests/sandbox/test_dashboard.py

test-volumes:
	@$(no_release)sandbox/install
	SANDBOX_VOLUMES=1 $(python) -m pytest tests/sandbox/test_guest_volumes.py

# About 40 minutes; writes docs/evidence/faults.md.
test-faults:
	@$(no_release)sandbox/install --guests-optional --with-broker
	FAULTS=1 $(python) -m pytest tests/sandbox/faults

# SOAK_SECONDS chooses another time.
test-long:
	@$(no_release)sandbox/install --guests-optional
	SOAK_SECONDS=$(or $(SOAK_SECONDS),600) \
		$(python) -m pytest tests/functional/soak

# Three minutes, of which the cloud's first start takes two.
test-distributed:
	@$(no_release)VIRT=fake sandbox/install --with-broker
	NOVA_PROCESSES=distributed $(python) -m pytest \
		tests/sandbox/test_distributed.py \
		$(if $(SMOKE),-k 'demo or cold_migration')

# In a cloud of its own, which ends with it; a running one is left alone.
test-rolling-upgrade: export SANDBOX_DIR := \
	$(or $(SANDBOX_DIR),$(CURDIR)/.sandbox-rolling-upgrade)
test-rolling-upgrade: export SANDBOX_PORT_BASE := $(or $(SANDBOX_PORT_BASE),16200)
test-rolling-upgrade:
	@$(no_release)VIRT=fake sandbox/install --with-broker
	@$(python) -m sandbox.rolling_upgrade docs/evidence/rolling-upgrade.md

# Writes docs/evidence/benchmarks.md; benchmarks/README.md has the names.
bench: install-bench
	$(python) -m benchmarks

bench-%: install-bench
	$(python) -m benchmarks $*

# 100 hosts and 2,000 servers: twenty minutes, and 8 GB of memory.
scale: bench-scale

.PHONY: install-bench
install-bench:
	@$(no_release)sandbox/install --guests-optional --with-broker \
		--with-benchmarks

install:
	@sandbox/install
