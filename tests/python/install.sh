# Sourced in the root of the repository. `install SUITE` makes the Python environment of a suite and puts it on PATH.
#
# Suites share `.venv` with infra/check. Schemathesis needs an environment of its own, and so does MiniStack, since
# MiniStack and SAM CLI require different versions of botocore.
install() {
  local folder=.venv
  [[ $1 != schemathesis ]] || folder=.venv-schemathesis
  environment "$folder" "tests/python/$1/requirements.txt"
  if [[ $1 == sam ]]; then
    environment .venv-emulator tests/python/sam/emulator-requirements.txt
    export EMULATOR_PYTHON=$PWD/.venv-emulator/bin/python
  fi
  export PATH=$PWD/$folder/bin:$PATH PYTHONDONTWRITEBYTECODE=1 SAM_CLI_TELEMETRY=0
}

# environment FOLDER REQUIREMENTS: an environment with these packages, updated when they change.
environment() {
  local installed=$1/${2//\//-}
  if ! cmp --silent "$2" "$installed"; then
    [[ -x $1/bin/python ]] || python3 -m venv "$1"
    "$1/bin/pip" install --quiet --disable-pip-version-check -r "$2"
    cp "$2" "$installed"
  fi
}
