#!/bin/sh
# Check that this machine can install and run synthlib with Blender's module, as `make` does. Prints
# the Python 3.11 to use, or one sentence on stderr that says what is missing and which packages
# provide it, and exits with 1.
#
#   sh tools/check_machine.sh [LIBRARIES]
#
# PYTHON names the interpreter (default: the first 3.11 among python3.11, python3 and python).
# LIBRARIES is the table of shared libraries (default: synthlib/utils/system_libraries.txt).
set -eu
package=$(dirname "$0")/../synthlib

fail() {
    echo "synthlib: $1" >&2
    exit 1
}

is_311() {
    "$1" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null
}

case "$(uname -s) $(uname -m)" in
    Linux\ x86_64 | Darwin\ *) ;;
    *) fail "Blender's Python module is not published for $(uname -s) on $(uname -m): use a Linux machine with an x86_64 processor." ;;
esac

found=
for candidate in ${PYTHON:-python3.11 python3 python}; do
    if is_311 "$candidate"; then
        found=$candidate
        break
    fi
done
[ -n "$found" ] || fail "Python 3.11 is missing (looked for: ${PYTHON:-python3.11 python3 python}), and the pinned versions, with Blender's Python module, are those for it: install python3.11 and python3.11-venv (Debian, Ubuntu) or python3.11 (Fedora), or name one with PYTHON=/path/to/python3.11, or use conda with environment.yml."

"$found" -c 'import ensurepip, venv' 2>/dev/null ||
    fail "$found cannot make virtual environments, because its venv or ensurepip module is missing: install python3.11-venv (Debian, Ubuntu) or python3.11 (Fedora)."

"$found" -P "$package/utils/system_libraries.py" "$@" || exit 1
echo "$found"
