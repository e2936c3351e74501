#!/bin/sh
# Run the core's tests on the other supported versions of Python that this machine has. Blender's
# workers run in the environment of `make`, which has bpy on Python 3.11.
#
#   sh tools/test_matrix.sh VENV [no-torch] [PYTEST_ARGUMENT ...]
#
# Each version gets an environment VENV-3.x with the versions of constraints.txt, but a numpy that
# bpy does not limit. It needs several GB; with no-torch one, and only what needs no torch is
# tested. MATRIX_PYTHONS selects versions, such as "3.13"; those not installed are skipped.
set -eu
venv=$1
shift
left_out="bpy|numpy"
tests="tests --ignore=tests/browser --ignore=tests/blender --ignore=tests/e2e"
kind=torch
if [ "${1:-}" = no-torch ]; then
    shift
    kind=no-torch
    left_out="$left_out|torch|torchvision|kornia|captum"
    tests="tests/assets tests/evaluation tests/utils tests/test_classes.py tests/test_params.py
        tests/test_runs.py tests/test_seeding.py tests/cli/test_init.py tests/rendering/test_plan.py
        tests/rendering/test_settings.py tests/rendering/test_viewpoints.py"
fi

find_python() { # prints the interpreter of a version, "" if there is none
    for candidate in "python$1" "$HOME"/.pyenv/versions/"$1".*/bin/python; do
        if "$candidate" -c 'import venv' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
}

# Prints the names of the packages that tests of the core need: dependencies and test tools.
needed='
import re, sys, tomllib
project = tomllib.load(open("pyproject.toml", "rb"))["project"]
tools = [r for r in project["optional-dependencies"]["dev"] if re.match("pytest|hypothesis|packaging", r)]
left_out = sys.argv[1].split("|")
print(*(r for r in project["dependencies"] + tools if re.match(r"[\w-]+", r)[0] not in left_out[1:]))
'

failed=
for version in ${MATRIX_PYTHONS:-3.12 3.13}; do
    python=$(find_python "$version")
    if [ -z "$python" ]; then
        echo "synthlib: Python $version is not installed: its tests are skipped."
        continue
    fi
    folder=$venv-$version
    stamp=$folder/.installed-$kind
    if [ ! -e "$stamp" ] || [ -n "$(find pyproject.toml constraints.txt -newer "$stamp")" ]; then
        echo "synthlib: installing into $folder with $python ..."
        rm -rf "$folder"
        "$python" -m venv "$folder"
        grep -vE "^($left_out)==" constraints.txt > "$folder/constraints.txt"
        # shellcheck disable=SC2046  # one word per package
        "$folder/bin/python" -m pip install -qq --disable-pip-version-check \
            --constraint "$folder/constraints.txt" $("$python" -c "$needed" "$left_out")
        touch "$stamp"
    fi
    echo "synthlib: the core's tests on Python $version"
    # shellcheck disable=SC2086  # one word per argument
    SYNTHLIB_BLENDER_PYTHON=$venv/bin/python "$folder/bin/python" -m pytest $tests "$@" ||
        failed="$failed $version"
done
[ -z "$failed" ] || { echo "synthlib: tests failed on Python$failed" >&2; exit 1; }
