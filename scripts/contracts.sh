#!/usr/bin/env bash
# Builds the oracles of the contract tests from vendors' published packages, into the cache, and prints a line
# `NAME<tab>FILE` for each. Quick where nothing has changed.
#
# usage: scripts/contracts.sh [NAME...]      all of crates/connectors/tests/contract/build without names
#
# A builder build/NAME.mjs or build/NAME.py names its packages, pinned, in its first lines (`// npm: PACKAGE@VERSION`,
# `# pip: PACKAGE==VERSION`), gets the folder they are in as its argument, and prints the oracle. Files without such
# lines are helpers.
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "$0")/env.sh"

build="$REPO/crates/connectors/tests/contract/build"
home="$SAGEMCP_CACHE/contracts"
mkdir -p "$home"

# The packages that a builder names, one a line.
pins() { sed -n "s,^\(//\|#\) $1: *,,p" "$2"; }

is_builder() { grep -qE '^(//|#) (npm|pip): ' "$1"; }

# The hash of what an oracle follows from: its builder and all helpers in the same language.
hash_of() {
    local file
    for file in "$build"/*."${1##*.}"; do
        [[ $file != "$1" ]] && is_builder "$file" || cat "$file"
    done | sha256sum | cut -c 1-16
}

# A folder in which exactly the packages of $1 are installed; $2 installs them into a folder given to it.
packages() { # packages KIND PINS INSTALL
    local folder
    folder="$home/$1-$(sha256sum <<<"$2" | cut -c 1-16)"
    if [[ ! -d $folder ]]; then
        "$REPO/scripts/deps.sh" contracts || return 1
        echo "contracts: installing $(tr '\n' ' ' <<<"$2")" >&2
        local fresh
        fresh=$(mktemp -d "$home/fresh.XXXXXX")
        # Callers look at the status, which switches `set -e` off in here: what failed must not be kept.
        if ! "$3" "$fresh" "$2"; then
            rm -rf "$fresh"
            echo "contracts: the packages could not be installed; is their registry reachable?" >&2
            return 1
        fi
        mv -T "$fresh" "$folder" || return 1
    fi
    printf '%s' "$folder"
}

install_npm() {
    local pins
    mapfile -t pins <<<"$2"
    npm install --prefix "$1" --loglevel=error --no-audit --no-fund --no-progress --ignore-scripts --no-save "${pins[@]}" >&2
}

install_pip() {
    local pins
    mapfile -t pins <<<"$2"
    "$SAGEMCP_PYTHON" -m pip install --quiet --disable-pip-version-check --no-compile --no-deps --target "$1" "${pins[@]}" >&2
}

# Prints the oracle of a builder. Modules are looked up from a script's own folder, so scripts are copied to the packages.
run() {
    local script=$1 name folder
    name=$(basename "$script")
    case $name in
    *.mjs)
        folder=$(packages npm "$(pins npm "$script")" install_npm) || return 1
        local work="$folder/build-$$"
        mkdir -p "$work"
        cp "$build"/*.mjs "$work/"
        node "$work/$name" "$folder/node_modules" && rm -rf "$work"
        ;;
    *.py)
        folder=$(packages pip "$(pins pip "$script")" install_pip) || return 1
        PYTHONPATH="$folder:$build" PYTHONDONTWRITEBYTECODE=1 "$SAGEMCP_PYTHON" "$script" "$folder"
        ;;
    esac
}

names=("$@")
if [[ ${#names[@]} -eq 0 ]]; then
    for script in "$build"/*; do
        file=$(basename "$script")
        ! is_builder "$script" || names+=("${file%.*}")
    done
fi
# Two test runs share the cache, so one at a time.
exec 9>"$home/lock"
if command -v flock >/dev/null; then flock 9; fi
# Other clones may use oracles that this one does not know, so only old ones go.
find "$home" -maxdepth 1 -name '*.json' -mtime +30 -delete
for name in "${names[@]}"; do
    script=$(ls "$build/$name".{mjs,py} 2>/dev/null | head -n 1) || true
    [[ -n $script ]] && is_builder "$script" || { echo "contracts: there is no builder $name in $build" >&2 && exit 1; }
    oracle="$home/$name-$(hash_of "$script").json"
    if [[ ! -s $oracle ]]; then
        echo "contracts: building $name" >&2
        fresh=$(mktemp "$home/fresh.XXXXXX")
        { run "$script" >"$fresh" && [[ -s $fresh ]]; } || { rm -f "$fresh" && echo "contracts: $(basename "$script") failed" >&2 && exit 1; }
        mv "$fresh" "$oracle"
    fi
    printf '%s\t%s\n' "$name" "$oracle"
done
