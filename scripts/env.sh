# Where the tools of this repository live: sourced by the Makefile's recipes and the other scripts, for bash.
#
# Nothing is installed here (see deps.sh). Everything that can be rebuilt is kept in one cache folder outside the
# clone, so that a fresh clone starts warm:
#   SAGEMCP_CACHE     the folder (default ~/.cache/sagemcp)
#   CARGO_TARGET_DIR  cargo's output (default $SAGEMCP_CACHE/target)
#   KUBE_BIN          kube-apiserver and kube-controller-manager (KUBEBUILDER_ASSETS, if that holds both)

REPO=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export REPO
export SAGEMCP_CACHE="${SAGEMCP_CACHE:-$HOME/.cache/sagemcp}"
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$SAGEMCP_CACHE/target}"

# The API server's version is that of the tools-only Go module.
KUBE_VERSION=$(sed -n 's/^\tk8s\.io\/kubernetes v\([0-9.]*\).*/\1/p' "$REPO/tests/cluster/go.mod" | head -n 1)
export KUBE_VERSION
assets=${KUBEBUILDER_ASSETS:-}
if [[ -n $assets && -x $assets/kube-apiserver && -x $assets/kube-controller-manager ]]; then
    export KUBE_BIN=$assets
else
    export KUBE_BIN="$SAGEMCP_CACHE/kube-$KUBE_VERSION/bin"
fi

# Programs that deps.sh had to bring along, then the caller's own.
export PATH="$HOME/.cargo/bin:$PATH:$SAGEMCP_CACHE/bin:$SAGEMCP_CACHE/go/bin${assets:+:$assets}"
# Debian keeps initdb and pg_ctl out of PATH; the newest version wins.
if ! command -v initdb >/dev/null; then
    for dir in /usr/lib/postgresql/*/bin; do
        [[ -x $dir/initdb ]] && PG_BIN=$dir
    done
fi
export PG_BIN="${PG_BIN:-$(dirname "$(command -v initdb || echo /usr/bin/initdb)")}"

# The published MCP clients and servers that tests run, and the Python that has the SDK.
export SAGEMCP_NODE="$SAGEMCP_CACHE/node"
export SAGEMCP_PYTHON="$SAGEMCP_CACHE/venv/bin/python"
