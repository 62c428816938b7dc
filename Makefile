# The registry monitor. `make` alone lists the targets; everything that they need is installed below this folder,
# except Debian's redis-server and chromium, which are installed when root.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.SILENT:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules --no-print-directory

UV_VERSION := 0.13.8
PYTHON ?= $(shell for each in python3.13 python3 python; do \
	"$$each" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 13))' 2>/dev/null && command -v "$$each" && break; done)
NO_PYTHON = no Python 3.13: tried python3.13, python3 and python on the PATH; install it (pyenv install 3.13), \
	or name it (make PYTHON=/path/to/python3.13)

export UV_PREVIEW_FEATURES := package-conflicts
export SAM_CLI_TELEMETRY := 0
export PLATFORM SCENARIO API_URL AUTH_URL MLFLOW_URL
unexport VIRTUAL_ENV

.PHONY: help run test lint build invoke test-page mute cost bench scenarios alarms drill torture audit permissions requirements environments redis chromium nothing-missing
help: ## list the targets
	sed -nE 's/^([a-z-]+):.*## (.*)/make \1 | \2/p' Makefile | while IFS='|' read -r target text; do
		printf '%-16s%s\n' "$$target" "$$text"
	done

run: .venv/.synced .venv-mlflow/.synced .venv-sam/.synced redis ## one full run on the sandbox [PLATFORM=2025-08|orchard] [SCENARIO=name] [API_URL= AUTH_URL= MLFLOW_URL=]
	.venv/bin/python -m tests.sandbox -- \
		.venv/bin/python -m registry_monitor run --reason schedule --out out/latest

test: redis chromium nothing-missing environments lint .aws-sam/built ## everything that is checked [ALLOW_MISSING=1]
	.venv/bin/pytest --cov --numprocesses 2 --dist loadfile  # a sandbox each; whole files, so that it starts once
	for each in redis-server chromium; do
		command -v "$$each" >/dev/null || echo "Not run, for want of $$each: tests shown as skipped."
	done

lint: .venv/.synced ## ruff and mypy
	.venv/bin/ruff check src tests
	.venv/bin/ruff format --check src tests
	.venv/bin/mypy

build: .aws-sam/built ## the Lambda artifact; fails above Lambda's limit
	.venv/bin/python -m artifact.size .aws-sam/build/MonitorFunction

EVENT ?= events/full.json
invoke: environments redis .aws-sam/built ## the built artifact in a Lambda runtime [EVENT=events/light.json] [SANDBOX=1] [ENV_VARS=file.json]
	.venv/bin/python -m tests.artifact.invoke $(if $(SANDBOX),--sandbox) $(if $(ENV_VARS),--env-vars "$(ENV_VARS)") "$(EVENT)"

ENVIRONMENT ?= development
PAGE_ALARM = registry-monitor-$(ENVIRONMENT)-page
# A composite alarm does not return by itself from a state that was set, so it is put back; were it not OK before, that
# would hide a real page.
test-page: ## page on-call once, to see that it arrives [ENVIRONMENT=production]
	state=$$(aws cloudwatch describe-alarms --alarm-types CompositeAlarm --alarm-names "$(PAGE_ALARM)" \
		--query "CompositeAlarms[0].StateValue" --output text)
	if [ "$$state" != OK ]; then
		echo "$(PAGE_ALARM) is $$state, not OK: nothing was done (None: there is no such alarm here)." >&2; exit 1
	fi
	set_state() { aws cloudwatch set-alarm-state --alarm-name "$(PAGE_ALARM)" --state-value "$$1" --state-reason "$$2"; }
	set_state ALARM "A test of the page (make test-page): nothing is wrong."
	set_state OK "The test of the page (make test-page) is over."
	echo "$(PAGE_ALARM) was raised and put back: on-call should have been paged. If not: docs/operations.md, Deploy, 6."

cost: .venv/.synced .venv-mlflow/.synced redis ## what a target costs in a month -> out/cost.json [KEEP=1]
	.venv/bin/python -m tests.cost $(if $(KEEP),--keep)

export REASON
mute: .venv/.synced ## mute all alarms and notices for a time, with why: FOR=2h REASON="..." [ENVIRONMENT=production]
	[ -n "$(FOR)" ] && [ -n "$$REASON" ] || { echo 'Give both: make mute FOR=2h REASON="why"' >&2; exit 1; }
	.venv/bin/python -m registry_monitor mute --for "$(FOR)" --reason "$$REASON" --environment "$(ENVIRONMENT)"

bench: environments redis .aws-sam/built ## how fast, how large and how dear -> out/bench.json, out/waterfall-*.svg [ONLY=runs|scale|legacy|cold|artifact] [NUMBER=5]
	.venv/bin/python -m tests.bench $(if $(ONLY),--only "$(ONLY)") $(if $(NUMBER),--number "$(NUMBER)")

MINUTES ?= 60
scenarios: .venv/.synced .venv-mlflow/.synced .venv-sam/.synced redis ## the diagnosis judged on all scenarios [MINUTES=60] [ONLY=ECS-05] [GROUP=pairs] [LIMIT=10] [FRESH=1]
	.venv/bin/python -m tests.diagnosis --minutes "$(MINUTES)" $(if $(ONLY),--only "$(ONLY)") \
		$(if $(GROUP),--group "$(GROUP)") $(if $(LIMIT),--limit "$(LIMIT)") $(if $(FRESH),--fresh)

alarms: .venv/.synced .venv-sam/.synced ## the template's alarms on simulated days and faults [DAYS=30] [TRIALS=20] [ONLY=MLF-01]
	.venv/bin/python -m tests.alarms $(if $(DAYS),--days "$(DAYS)") $(if $(TRIALS),--trials "$(TRIALS)") $(if $(ONLY),--only $(ONLY))

drill: .venv/.synced .venv-mlflow/.synced .venv-sam/.synced redis ## from a fault to the page, its fix and the all-clear [SCENARIO=MLF-01]
	.venv/bin/python -m tests.alarms.drill $(SCENARIO)

torture: MINUTES = 180
torture: environments redis .aws-sam/built ## the monitor on the worst nights -> out/torture.json; goes on where it stopped [PART=network] [MINUTES=180] [FRESH=1]
	.venv/bin/python -m tests.torture $(if $(PART),--part "$(PART)") --minutes "$(MINUTES)" $(if $(FRESH),--fresh)

# make itself ends with 2 whatever fails; its last line says the code: 1 something is known, 3 nobody could be asked.
audit: .venv/.synced .aws-sam/built ## known vulnerabilities of what is locked; what the artifact holds -> out/sbom.json
	.venv/bin/python -m artifact.sbom .aws-sam/build/MonitorFunction out/sbom.json
	.venv/bin/python -m artifact.audit

permissions: .venv/.synced .venv-mlflow/.synced .venv-sam/.synced redis ## what the role may, and what a run lacks without it
	.venv/bin/python -m tests.permissions

requirements: .venv/.synced ## write src/requirements.txt from uv.lock
	.venv/bin/uv export --quiet --locked --no-default-groups --no-emit-project --no-hashes --no-annotate \
		--no-header --output-file src/requirements.txt

# One lock, five environments: together, sam, checkov and the MLflow server would drag boto3 back by years.
environments: .venv/.synced .venv-mlflow/.synced .venv-sam/.synced .venv-checkov/.synced .venv-lambda/.synced

.venv/bin/uv:
	$(if $(PYTHON),,$(error $(NO_PYTHON)))
	echo "Installing uv $(UV_VERSION) into .venv ($(PYTHON))"
	"$(PYTHON)" -m venv .venv
	.venv/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

.venv/.synced: uv.lock pyproject.toml | .venv/bin/uv
	echo "Installing the project, its tests and the sandbox into .venv"
	.venv/bin/uv sync --quiet --locked --extra terminal
	touch $@

.venv-mlflow/.synced: GROUP := mlflow-server
.venv-sam/.synced: GROUP := sam
.venv-checkov/.synced: GROUP := checkov
.venv-lambda/.synced: GROUP := lambda-runtime
.venv-mlflow/.synced .venv-sam/.synced .venv-checkov/.synced .venv-lambda/.synced: uv.lock pyproject.toml | .venv/.synced
	echo "Installing $(GROUP) into $(@D)"
	UV_PROJECT_ENVIRONMENT=$(@D) .venv/bin/uv sync --quiet --locked --only-group $(GROUP) --python .venv/bin/python
	touch $@

# Folders are inputs too, so that a deleted file is noticed.
ARTIFACT_INPUTS := $(shell find src/registry_monitor src/artifact -not -name '*.pyc' -not -name __pycache__)
.aws-sam/built: template.yaml endpoints.yaml samconfig.toml src/Makefile src/requirements.txt $(ARTIFACT_INPUTS) | .venv/.synced .venv-sam/.synced
	echo "Building the Lambda artifact (log: .aws-sam/build.log)"
	mkdir -p .aws-sam
	PATH="$(CURDIR)/.venv/bin:$$PATH" .venv-sam/bin/sam build >.aws-sam/build.log 2>&1 || { cat .aws-sam/build.log; exit 1; }
	touch $@

# Installed, never started: the package would put a Redis of its own on port 6379, now (policy-rc.d) and at boot.
redis:
	if command -v redis-server >/dev/null; then exit; fi
	if [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
		echo "redis-server is missing, and only root on Debian has it installed here."; exit
	fi
	echo "Installing the Debian package redis-server"
	if [ ! -e /usr/sbin/policy-rc.d ]; then
		trap 'rm -f /usr/sbin/policy-rc.d' EXIT
		printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
		chmod 755 /usr/sbin/policy-rc.d
	fi
	install() { DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends redis-server >/dev/null; }
	install 2>/dev/null || { apt-get update -qq && install; } || echo "redis-server could not be installed (above)."
	systemctl --quiet disable --now redis-server 2>/dev/null || true

# A browser, in which the tests read the HTML pages.
chromium:
	if command -v chromium >/dev/null; then exit; fi
	if [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
		echo "chromium is missing, and only root on Debian has it installed here."; exit
	fi
	echo "Installing the Debian package chromium"
	install() { DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends chromium >/dev/null; }
	install 2>/dev/null || { apt-get update -qq && install; } || echo "chromium could not be installed (above)."

nothing-missing: redis chromium
	missing=
	for each in redis-server chromium; do
		command -v "$$each" >/dev/null && continue
		missing=1
		echo "Missing: $$each, a Debian package (apt-get install $$each). Tests that need it cannot run." >&2
	done
	[ -z "$$missing" ] || [ "$(ALLOW_MISSING)" = 1 ] || { echo "make test ALLOW_MISSING=1 runs the rest." >&2; exit 1; }
