#!/bin/sh
# Check that this machine can install and run synthlib. Prints the Python 3.11 to use, or one
# sentence on stderr that says what is missing and which packages provide it, and exits with 1.
#
#   sh tools/check_machine.sh [LIBRARIES]
#
# PYTHON names the interpreter (default: the first 3.11 among python3.11, python3 and python).
# LIBRARIES is the table of shared libraries (default: system_libraries.txt in this folder).
set -eu
libraries=${1:-$(dirname "$0")/system_libraries.txt}

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
[ -n "$found" ] || fail "Python 3.11 is missing (looked for: ${PYTHON:-python3.11 python3 python}), and Blender's Python module works with no other version: install python3.11 and python3.11-venv (Debian, Ubuntu) or python3.11 (Fedora), or name one with PYTHON=/path/to/python3.11, or use conda with environment.yml."

"$found" -c 'import ensurepip, venv' 2>/dev/null ||
    fail "$found cannot make virtual environments, because its venv or ensurepip module is missing: install python3.11-venv (Debian, Ubuntu) or python3.11 (Fedora)."

[ "$(uname -s)" = Linux ] || { echo "$found"; exit 0; }
"$found" - "$libraries" <<'PYTHON' || exit 1
import ctypes
import sys

with open(sys.argv[1]) as table:
    rows = [line.split() for line in table if line.strip() and not line.startswith("#")]
missing = []
for library, debian, fedora in rows:
    try:
        ctypes.CDLL(library)
    except OSError:
        missing.append((library, debian, fedora))
if missing:
    libraries, debian, fedora = (" ".join(column) for column in zip(*missing))
    sys.exit(
        f"synthlib: Blender's Python module cannot load without {libraries}: "
        f"install {debian} (Debian, Ubuntu) or {fedora} (Fedora)."
    )
PYTHON
echo "$found"
