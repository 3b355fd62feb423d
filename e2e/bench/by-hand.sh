#!/bin/bash
# What an engineer does by hand with curl and kubectl, as the manuals say: drain a node and take it away; restart nodes one after the other.
# Usage: by-hand.sh drain <pod> <statefulset> <replicas left> | by-hand.sh restart <pod>...
# CURL_CONFIG: file for curl with user, CA and address. ES: URL. NAMESPACE, KUBECONFIG and KUBECTL as for kubectl.
set -euo pipefail

kube() { "$KUBECTL" --namespace "$NAMESPACE" "$@"; }
es() { curl --config "$CURL_CONFIG" --silent --show-error --fail --max-time 100 --request "$1" "$ES$2" "${@:3}"; }
settings() { es PUT /_cluster/settings --header 'Content-Type: application/json' --data "{\"persistent\":{$1}}" >/dev/null; }
# A node that leaves may be the one that answers, or the master: then the question is asked again.
until_true() { until "$@" 2>/dev/null; do sleep 0.2; done; }

is_empty() {
  local shards
  shards=$(es GET '/_cat/shards?h=node') || return 1
  ! grep -qw -- "$1" <<<"$shards"
}
has_node() { es GET '/_cat/nodes?h=name' | grep -qx -- "$1"; }
has_no_node() {
  local nodes
  nodes=$(es GET '/_cat/nodes?h=name') || return 1
  ! grep -qx -- "$1" <<<"$nodes"
}
is_green() {
  es GET '/_cluster/health?wait_for_status=green&wait_for_no_relocating_shards=true&wait_for_no_initializing_shards=true&timeout=30s' >/dev/null
}

drain() {
  local pod=$1 set=$2 left=$3
  settings "\"cluster.routing.allocation.exclude._name\":\"$pod\""
  until_true is_empty "$pod"
  kube scale "statefulset/$set" --replicas="$left"
  kube wait --for=delete "pod/$pod" --timeout=300s
  until_true has_no_node "$pod"
  settings '"cluster.routing.allocation.exclude._name":null'
  kube delete pvc "data-$pod"
  until_true is_green
}

restart() {
  local pod
  for pod in "$@"; do
    settings '"cluster.routing.allocation.enable":"primaries"'
    es POST /_flush >/dev/null
    kube delete pod "$pod" --wait=true
    until_true kube wait --for=condition=Ready "pod/$pod" --timeout=300s
    until_true has_node "$pod"
    until_true settings '"cluster.routing.allocation.enable":null'
    until_true is_green
  done
}

"$@"
