#!/bin/sh
# Makes or updates the virtual environment, and leaves its stamp (VENV/.installed) last, so that an
# interrupted install never passes for a whole one: the next call starts again from nothing.
#
#   sh tools/install.sh VENV
set -eu
venv=$1
python=$(sh tools/check_machine.sh)

# One install at a time, whoever calls; the lock ends with this process.
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
# A person sees pip's progress; a log gets its errors only.
[ -t 1 ] && verbosity= || verbosity=-qq
# shellcheck disable=SC2086  # nothing or one option
"$venv/bin/python" -m pip install $verbosity --disable-pip-version-check \
    --constraint constraints.txt --editable '.[dev]'
"$venv/bin/python" -m pip check --disable-pip-version-check
rm "$unfinished"
touch "$stamp"
echo "synthlib: installed."
