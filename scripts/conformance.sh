#!/usr/bin/env bash
# Runs the official MCP conformance suite through the gateway: `sagemcp up` hosts the suite's counterpart
# (tests/conformance/server.mjs), once serving both eras and once the older one only.
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "$0")/env.sh"

home="$SAGEMCP_CACHE/conformance"
mkdir -p "$home"
if ! cmp -s "$REPO/tests/conformance/package-lock.json" "$home/installed.json"; then
    echo "conformance: installing the suite and the SDK from npm" >&2
    cp "$REPO"/tests/conformance/package{,-lock}.json "$home/"
    npm ci --prefix "$home" --silent --no-audit --no-fund --no-progress >&2
    cp "$REPO/tests/conformance/package-lock.json" "$home/installed.json"
fi
# Modules are looked up from a script's own folder, so the scripts go where the packages are.
rm -rf "$home/expected-failures"
cp -r "$REPO"/tests/conformance/{*.mjs,expected-failures} "$home/"

work=$(mktemp -d)
up=
finish() {
    [[ -z $up ]] || { kill "$up" 2>/dev/null && wait "$up" || true; }
    rm -rf "$work"
}
trap finish EXIT

mkdir "$work/manifests"
cat >"$work/manifests/platform.yaml" <<YAML
apiVersion: sagemcp.io/v1alpha1
kind: Tenant
metadata: {name: conformance}
spec: {rateLimit: {requestsPerMinute: 1000000}}
---
apiVersion: sagemcp.io/v1alpha1
kind: ApiKey
metadata: {name: suite}
spec: {tenantRef: {name: conformance}, scope: tenant_user}
YAML
for upstream in dual legacy; do
    cat >"$work/manifests/$upstream.yaml" <<YAML
apiVersion: sagemcp.io/v1alpha1
kind: Connector
metadata: {name: $upstream}
spec:
  tenantRef: {name: conformance}
  hosted: {command: node, args: ["$home/server.mjs", "--$upstream"]}
YAML
done

sagemcp="$CARGO_TARGET_DIR/debug/sagemcp"
port=$(node -e 's = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close() })')
"$sagemcp" up "$work/manifests" --data "$work/data" --listen "127.0.0.1:$port" >"$work/up.out" 2>"$work/up.log" &
up=$!
for ((tries = 0; tries < 200; tries++)); do
    "$sagemcp" get tenants --data "$work/data" >/dev/null 2>&1 && break
    kill -0 "$up" 2>/dev/null || { cat "$work/up.log" >&2; exit 1; }
    sleep 0.1
done
"$sagemcp" wait --data "$work/data" --for=condition=Ready --timeout 60s apikey/suite connector/dual connector/legacy ||
    { cat "$work/up.log" >&2; exit 1; }
key=$("$sagemcp" get secret suite --data "$work/data" -o json |
    node -e 'process.stdin.on("data", (d) => console.log(Buffer.from(JSON.parse(d).data.apiKey, "base64").toString()))')

outcome=0
for upstream in dual legacy; do
    endpoint="http://127.0.0.1:$port/api/v1/conformance/connectors/$upstream/mcp"
    node "$home/run.mjs" "$upstream" "$endpoint" "$key" "$work/results" || outcome=1
done
exit $outcome
