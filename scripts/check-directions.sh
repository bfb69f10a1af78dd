#!/usr/bin/env bash
# Proves the table of docs/ARCHITECTURE.md, section 2: which crate may depend on which, and what none may reach.
# Prints every breach with the path that leads to it.
set -euo pipefail
cd "$(dirname "$0")/.."

# Every crate of ours with the crates of ours that its row allows, as direct dependencies.
declare -A ALLOWED=(
    [domain]=""
    [telemetry]=""
    [crds]="domain"
    [secrets]="domain"
    [store]="domain secrets"
    [connectors]="domain"
    [localapi]="crds"
    [operator]="crds domain secrets store connectors telemetry"
    [gateway]="domain secrets store connectors telemetry"
    [console]="domain crds store telemetry"
    [cli]="connectors console crds domain gateway localapi operator secrets store telemetry"
)
# They hold tests and no product: any of ours, and nothing of ours may need them but for its own tests.
TEST_ONLY="testkit e2e bench"
# domain is types and rules: no I/O, no runtime.
DOMAIN_THIRD_PARTY="schemars serde serde_json thiserror"

breaches=0
breach() {
    printf 'direction: %s\n' "$*" >&2
    breaches=$((breaches + 1))
}

# Names of the packages in `cargo tree`, one a line.
tree() { cargo tree --locked --quiet --edges normal,build --prefix none --format '{p}' "$@" | cut -d ' ' -f 1 | sort -u; }

# The path from crate $1 to package $2.
path_to() { cargo tree --locked --quiet --edges normal,build --prefix depth -p "$1" --no-dedupe --format ' {p}' |
    awk -v wanted="$2" '{ depth = $1; names[depth] = $2
        if ($2 == wanted) { path = names[0]; for (i = 1; i <= depth; i++) path = path " > " names[i]; print path; exit } }'; }

contains() { [[ " $1 " == *" $2 "* ]]; }

ours=$(tree --workspace --depth 0)

for crate in $ours; do
    contains "$TEST_ONLY" "$crate" && continue
    if [[ -z ${ALLOWED[$crate]+row} ]]; then
        breach "$crate has no row in the table: add it to docs/ARCHITECTURE.md and to this script"
        continue
    fi
    for direct in $(tree -p "$crate" --depth 1); do
        [[ $direct == "$crate" ]] && continue
        if grep -qx "$direct" <<<"$ours"; then
            contains "${ALLOWED[$crate]}" "$direct" ||
                breach "$crate > $direct: $crate may depend on ${ALLOWED[$crate]:-nothing} of ours"
        elif [[ $crate == domain ]] && ! contains "$DOMAIN_THIRD_PARTY" "$direct"; then
            breach "domain > $direct: domain may reach $DOMAIN_THIRD_PARTY only"
        elif [[ $direct == sqlx* && $crate != store ]]; then
            breach "$crate > $direct: only store names sqlx"
        fi
    done
done

# never CRATE PACKAGE REASON: CRATE must not reach PACKAGE, however far the way.
never() {
    if tree -p "$1" | grep -qx "$2"; then
        breach "$(path_to "$1" "$2"): $3"
    fi
}
for package in kube kube-client kube-runtime k8s-openapi crds; do
    never gateway "$package" "the gateway faces the internet and knows no cluster"
done
never operator gateway "the operator must not need the gateway"

# Features are united over the workspace here, and every platform counts.
for package in openssl openssl-sys native-tls aws-lc-rs aws-lc-sys; do
    if cargo tree --locked --quiet --workspace --target all --edges all -i "$package" >/dev/null 2>&1; then
        cargo tree --locked --quiet --workspace --target all --edges all -i "$package" >&2
        breach "$package is in the graph (above, upside down): TLS is rustls with ring"
    fi
done

if [[ $breaches -gt 0 ]]; then
    exit 1
fi
