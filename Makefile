# Entry points for people and machines; each target is one command of the project's own programs. `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)
NAME ?= loggingstack
# A context of the kubeconfig: that cluster, with the official images, instead of a local node.
CONTEXT ?=
ON := $(if $(CONTEXT),--context '$(CONTEXT)')
STAMP := node_modules/.installed

.PHONY: help demo demo-down test test-unit test-integration test-e2e test-deep test-mutants conformance bench-rollout cluster-up cluster-down images generate build clean

help: ## List the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-18s %s\n", $$1, $$2}'

$(STAMP): package-lock.json e2e/setup.sh
	@e2e/setup.sh
	@touch $(STAMP)

demo: $(STAMP) ## Bring up a node (or use CONTEXT=<name>), install the operator, roll out a stack, find a log line
	@node e2e/demo/main.ts up --name $(NAME) $(ON)

demo-down: $(STAMP) ## Take the demo and its node down, leaving nothing behind
	@node e2e/demo/main.ts down --name $(NAME) $(ON)

test: $(STAMP) ## Run every tier but the deep one (below 75 minutes from empty caches)
	@node e2e/main.ts --tiers static,unit,integration,e2e

test-unit: $(STAMP) ## Run static checks, unit and property tests
	@node e2e/main.ts --tiers static,unit

test-integration: $(STAMP) ## Run the tests on a real API server
	@node e2e/main.ts --tiers integration

test-e2e: $(STAMP) ## Run the tests on a real node (or on CONTEXT=<name>) with real Elasticsearch
	@node e2e/main.ts --tiers e2e $(ON)

test-deep: $(STAMP) ## Run one deep case and record its proof: make test-deep CASE=<name>
	@node e2e/main.ts --deep "$(CASE)"

test-mutants: $(STAMP) ## Plant faults in the planner and its rules, one at a time, and see that tests catch each
	@node tools/mutants/main.ts $(if $(ONLY),--only '$(ONLY)') $(if $(RESULTS),--results '$(RESULTS)')

bench-rollout: $(STAMP) ## Measure a roll-out by the operator against the same manifests applied bare
	@node e2e/bench/rollout.ts

bench-operations: $(STAMP) ## Measure drain, rolling restart and upgrade by the operator against the same by hand
	@node e2e/bench/operations.ts $(if $(RUNS),--runs $(RUNS)) $(if $(OPERATIONS),--operations '$(OPERATIONS)')

conformance: $(STAMP) ## Run what needs no local node on your cluster with the official images: make conformance CONTEXT=<name>
	@node e2e/conformance.ts $(ON) $(if $(ONLY),--only '$(ONLY)') $(if $(JSON),--json '$(JSON)')

cluster-up: $(STAMP) ## Bring up a local Kubernetes node: make cluster-up NAME=<name>
	@node e2e/cluster/cli.ts up --name $(NAME)

cluster-down: $(STAMP) ## Take a local Kubernetes node down: make cluster-down NAME=<name>
	@node e2e/cluster/cli.ts down --name $(NAME)

images: $(STAMP) ## Build the images that the local node runs
	@node e2e/images/cli.ts build

generate: $(STAMP) ## Write CRDs, RBAC, manifests and the reference anew from their sources
	@node tools/generate.ts

build: $(STAMP) ## Bundle the operator into dist/
	@npm run --silent build

clean: ## Remove what was built inside the repository
	@rm -rf dist node_modules coverage
