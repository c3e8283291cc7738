# shellcheck shell=bash
# What the scripts share. Sourced first by each of them; leaves the working directory at the repository's root.

set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$ROOT"

# The app's program, as scripts/build leaves it.
# shellcheck disable=SC2034
TASKER=target/release/tasker

if [ -t 2 ]; then BOLD=$'\033[1m' RED=$'\033[1;31m' PLAIN=$'\033[0m'; else BOLD='' RED='' PLAIN=''; fi

# note TEXT...: one line of progress.
note() {
    printf '%s==>%s %s\n' "$BOLD" "$PLAIN" "$*" >&2
}

# fail TEXT...: says what is wrong and what to do, and ends the script.
fail() {
    printf '%serror:%s %s\n' "$RED" "$PLAIN" "$*" >&2
    exit 1
}

# have COMMAND: whether it can be run.
have() {
    command -v "$1" >/dev/null 2>&1
}

# usage SCRIPT: its leading comment, which is its help text.
usage() {
    sed -n '2,/^$/ s/^# \{0,1\}//p' "$1"
}

# packages FOLDER: the names of the packages in its sub-folders.
packages() {
    awk -F '"' 'FNR == 1 { found = 0 } !found && /^name = / { print $2; found = 1 }' "$1"/*/Cargo.toml
}

# unknown ARGUMENT: ends the script over an argument it does not take.
unknown() {
    fail "unknown argument '$1' (try --help)"
}
