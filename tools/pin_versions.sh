#!/bin/sh
# Print constraints.txt: what is installed for PYTHON, without pip and synthlib itself.
#
#   sh tools/pin_versions.sh PYTHON
set -eu
cat <<'HEADER'
# Every version that was tried together, on Python 3.11 and Linux x86_64. The Makefile and
# environment.yml install with it. To move to newer versions: upgrade in .venv with pip, run
# `make lint test demo`, then `make constraints`, which rewrites this file from what is installed.
HEADER
"$1" -m pip freeze --all --exclude-editable --exclude pip --exclude synthlib --disable-pip-version-check
