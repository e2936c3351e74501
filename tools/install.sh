#!/bin/sh
# Create or update the virtual environment. The stamp (VENV/.installed) is written last, so that an
# interrupted installation is never taken for a complete one: the next call starts from scratch.
#
#   sh tools/install.sh VENV
set -eu
venv=$1
python=$(sh tools/check_machine.sh)

# Only one installation at a time; the lock ends with this process.
if command -v flock >/dev/null; then
    exec 9<pyproject.toml
    flock -n 9 || { echo "synthlib: another install is running in this folder; waiting for it."; flock 9; }
fi
stamp=$venv/.installed
unfinished=$venv/.unfinished
if [ -e "$stamp" ] && [ -z "$(find pyproject.toml constraints.txt -newer "$stamp")" ]; then
    exit 0
fi
if [ -e "$unfinished" ]; then
    echo "synthlib: an earlier install into $venv was interrupted; starting again."
    rm -rf "$venv"
fi

echo "synthlib: installing into $venv with $python (several GB, a few minutes) ..."
mkdir -p "$venv"
touch "$unfinished"
rm -f "$stamp"
"$python" -m venv "$venv"
# Show pip's progress in a terminal, and only errors in a log.
[ -t 1 ] && verbosity= || verbosity=-qq
# shellcheck disable=SC2086  # nothing or one option
"$venv/bin/python" -m pip install $verbosity --disable-pip-version-check \
    --constraint constraints.txt --editable '.[dev]'
"$venv/bin/python" -m pip check --disable-pip-version-check
rm "$unfinished"
touch "$stamp"
echo "synthlib: installed."
