# Short targets over `ethgen`; `make help` lists them. ENV chooses the environment.
ENV ?= local
PYTHON ?= python3
VENV := .venv
ETHGEN := $(VENV)/bin/ethgen
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help venv deploy-all destroy status validate render render-check genesis cluster-up cluster-down images tools \
	doctor test test-unit test-chart test-upstream test-dialects test-readers test-packaging \
	test-oracle test-go test-e2e test-e2e-more lint format benchmarks clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9%-]+:.*## / {printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

venv: $(STAMP) ## make the virtual environment

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "error: $(PYTHON) is older than 3.11; name a newer one: make PYTHON=python3.12 ..." >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --editable '.[dev,pinned]'
	@touch $@

deploy-all: $(STAMP) ## cluster, images, genesis, render, install, check: everything of ENV
	@$(ETHGEN) deploy --env $(ENV) $(ARGS)

deploy-%: $(STAMP) ## install one layer only, as in deploy-ethereum
	@$(ETHGEN) deploy --env $(ENV) --layer $* $(ARGS)

destroy: $(STAMP) ## remove the fleet, and the cluster where ethgen made it
	@$(ETHGEN) destroy --env $(ENV) $(ARGS)

status: $(STAMP) ## what runs, and how it is
	@$(ETHGEN) status --env $(ENV) $(ARGS)

validate: $(STAMP) ## check every spec
	@$(ETHGEN) validate --all

render: $(STAMP) ## generate the files of every environment
	@$(ETHGEN) render

render-check: $(STAMP) ## fail if a generated file is not up to date
	@$(ETHGEN) render --all --check

genesis: $(STAMP) ## make the genesis of a private network
	@$(ETHGEN) genesis --env $(ENV) $(ARGS)

cluster-up: $(STAMP) ## make the local cluster
	@$(ETHGEN) cluster up --env $(ENV)

cluster-down: $(STAMP) ## remove the local cluster
	@$(ETHGEN) cluster down --env $(ENV)

images: $(STAMP) ## build the images that ENV needs
	@$(ETHGEN) images build --env $(ENV)

tools: $(STAMP) ## find or build helm, helmfile, kubectl and kubeconform
	@$(ETHGEN) tools install

doctor: $(STAMP) ## what is there, what is missing, how to get it
	@$(ETHGEN) doctor --env $(ENV)

test: lint test-unit test-chart test-upstream test-dialects test-readers test-packaging ## everything that needs no cluster

test-unit: $(STAMP)
	$(VENV)/bin/pytest tests/unit

test-chart: $(STAMP) tools
	$(VENV)/bin/pytest tests/chart

test-upstream: $(STAMP) tools ## generated values and others' charts; ETHGEN_CHARTS names a folder of these
	$(VENV)/bin/pytest tests/upstream

test-dialects: $(STAMP) tools ## helmfile, Flux and Argo CD give the same objects; charts of others from ETHGEN_CHARTS
	$(VENV)/bin/pytest tests/dialects

test-readers: $(STAMP) ## what Go's, Python's and Node.js's readers make of our YAML
	$(VENV)/bin/pytest tests/readers

test-packaging: $(STAMP) ## what the wheel gives to those without a clone
	$(VENV)/bin/pytest tests/packaging

test-oracle: $(STAMP) ## compare with the clients' own binaries
	$(VENV)/bin/pytest tests/oracle

test-go: ## the node's own Go programs; -trimpath shares what their build compiled
	cd generator/ethgen/cluster/bare/node && CGO_ENABLED=0 GOFLAGS="-trimpath -buildvcs=false" go test ./internal/...

test-e2e: $(STAMP) test-go ## on a real cluster, as root
	$(VENV)/bin/pytest tests/e2e/test_bare_cluster.py tests/e2e/test_local_environment.py

test-e2e-more: $(STAMP) ## likewise, for longer: Flux, Argo CD, and upgrades under load
	$(VENV)/bin/pytest tests/e2e/test_flux.py tests/e2e/test_argocd.py tests/e2e/test_upgrade.py

lint: $(STAMP) ## style, types, layers, YAML, drift
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	$(VENV)/bin/yamllint --strict environments values gitops charts .github
	$(ETHGEN) validate --all --strict
	$(ETHGEN) render --all --check
	$(VENV)/bin/python -m ethgen.spec.compilation --check
	$(ETHGEN) schema --check --output schemas/network-spec.json
	$(ETHGEN) reference --check
	$(ETHGEN) chart schema --check
	$(ETHGEN) chart values --check
	$(ETHGEN) chart readme --check

format: $(STAMP) ## put the code into its form
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

benchmarks: $(STAMP) ## what is promised about speed, against a baseline in the same run
	@for file in benchmarks/*.py; do $(VENV)/bin/python $$file; done

clean: ## remove the virtual environment and caches of this folder
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
