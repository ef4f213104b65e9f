# What the scripts share. Sourced, not run.
# shellcheck shell=bash

say() { printf '\033[1m%s\033[0m\n' "$*" >&2; }
fail() { printf '%s\n' "$*" >&2; exit 1; }

require_cargo() {
    if ! command -v cargo >/dev/null && [ -x "$HOME/.cargo/bin/cargo" ]; then
        PATH="$HOME/.cargo/bin:$PATH"
    fi
    command -v cargo >/dev/null || fail "Rust is missing. Install it, open a new terminal, and try again:
    curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh"
}

# install PROGRAM "PACKAGES": whether it is there now.
install() {
    command -v "$1" >/dev/null && return
    command -v apt-get >/dev/null && [ "$(id -u)" = 0 ] || return 1
    say "Installing $2 ..."
    # shellcheck disable=SC2086  # several packages
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $2; } >/dev/null 2>&1 || return 1
    command -v "$1" >/dev/null
}

how_to_get() {
    if command -v apt-get >/dev/null; then echo "sudo apt-get install $1"
    elif command -v dnf >/dev/null; then echo "sudo dnf install $1"
    elif command -v brew >/dev/null; then echo "brew install $1"
    else echo "install $1 as your system does it"
    fi
}

# require PROGRAM "PACKAGES" REASON
require() {
    install "$1" "$2" || fail "\`$1\` is missing ($3). Get it and try again:
    $(how_to_get "$2")"
}

# wish PROGRAM "PACKAGES" REASON: as require, but goes on without.
wish() {
    install "$1" "$2" || say "\`$1\` is missing: $3. To have it:  $(how_to_get "$2")"
}

# Sets `offline`: what was fetched once is enough, also without a network.
# shellcheck disable=SC2034  # read by those who source this
fetch() {
    if cargo metadata --locked --offline --format-version 1 >/dev/null 2>&1; then
        offline=(--offline)
    else
        say "Fetching the dependencies ..."
        cargo fetch --locked
        offline=()
    fi
}
