# shellcheck shell=bash
# Where an area of the code stands, by its short name. Sourced by scripts/check and scripts/test.

# area_folder AREA: prints the folder of the package that has this name in crates/, components/ or tests/.
area_folder() {
    local folder
    for folder in "crates/$1" "components/$1" "tests/$1" "$1"; do
        [ ! -f "$folder/Cargo.toml" ] || { echo "$folder"; return; }
    done
    return 1
}

# package_in FOLDER: the name of its package.
package_in() {
    sed -n 's/^name = "\(.*\)"/\1/p' "$1/Cargo.toml" | head -n 1
}

# is_native FOLDER: whether its package is built for this machine too, and not for wasm alone.
is_native() {
    [ "$1" = tests/postgres-server ] || sed -n '/^default-members/,/^]/p' Cargo.toml | grep -q "\"$1\""
}

# is_wasm FOLDER: whether its package is a part of the components.
is_wasm() {
    case $1 in components/* | crates/host) ;; *) return 1 ;; esac
}

# no_area AREA: ends the script over an area that there is not.
no_area() {
    local known=(crates/*/ components/*/ tests/*/Cargo.toml)
    known=("${known[@]%/Cargo.toml}")
    known=("${known[@]%/}")
    fail "there is no area '$1'. Those of the code: ${known[*]##*/}, bench"
}
