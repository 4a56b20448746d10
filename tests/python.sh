#!/usr/bin/env bash
# Prints the path of a Python that has DuckDB, made in .venv where it is missing. Fails where there is none to be had.
set -euo pipefail
cd "$(dirname "$0")/.."
python=$PWD/.venv/bin/python
if ! "$python" -c 'import duckdb' 2>/dev/null; then
  [[ -x $python ]] || python3 -m venv .venv >&2
  "$python" -m pip install --quiet --disable-pip-version-check duckdb==2.0.0 >&2
fi
echo "$python"
