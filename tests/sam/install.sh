# Sourced by `run` and `laptop`, in the root of the repository: the two Python environments.
#
# install FOLDER REQUIREMENTS MARK: an environment with these packages, rebuilt when they change.
install() {
  if ! cmp --silent "$2" "$1/$3"; then
    [[ -x $1/bin/python ]] || python3 -m venv "$1"
    "$1/bin/pip" install --quiet --disable-pip-version-check -r "$2"
    cp "$2" "$1/$3"
  fi
}
install .venv tests/sam/requirements.txt sam-requirements
# An environment of its own: MiniStack and SAM CLI demand different versions of botocore.
install .venv-emulator tests/sam/requirements-emulator.txt requirements
export EMULATOR_PYTHON=$PWD/.venv-emulator/bin/python PATH=$PWD/.venv/bin:$PATH
export PYTHONDONTWRITEBYTECODE=1 SAM_CLI_TELEMETRY=0
