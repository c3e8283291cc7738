# The menu of daily work: `just` lists it. Nothing else needs `just`: each recipe is one line that can be typed as it stands.

[private]
menu:
    @{{ just_executable() }} --list --unsorted

# type-check everything, or some areas: `just check store tasks`
check *AREA:
    scripts/check {{ AREA }}

# the tests of one crate, component or scenario file: `just test store leases`, `just test app timers::`
test AREA='domain' *FILTER:
    scripts/test {{ AREA }} {{ FILTER }}

# format the code
fmt:
    scripts/fmt

# clippy, with warnings denied
lint:
    scripts/lint

# everything that must pass before a change is taken; takes long
all:
    scripts/test

# the components for wasm and the `tasker` program
build:
    scripts/build

# start the app in the background: `just up --sandbox`
up *OPTIONS:
    scripts/up {{ OPTIONS }}

# stop it
down:
    scripts/up --stop

# from a bare machine to the results of real tasks
demo:
    scripts/demo

# write anew the documents that are made of the code
docs:
    scripts/docs

# build the files of the dashboard anew; `just ui --check` only looks
ui *OPTIONS:
    scripts/ui {{ OPTIONS }}

# measure: `just bench --help`
bench *OPTIONS:
    cargo run --release --package tasker-bench -- {{ OPTIONS }}

# break the app under load, for some minutes
soak *OPTIONS:
    scripts/soak {{ OPTIONS }}
