# Sourced in this folder by `run` and `screenshots`: installs what they need, and starts and stops the service.
if ! command -v node npm >/dev/null; then
  echo "Node 20 or newer is required." >&2
  exit 1
fi
if ! command -v chromium >/dev/null; then
  as_root=()
  [[ $EUID -eq 0 ]] || as_root=(sudo --non-interactive)
  if ! { "${as_root[@]}" apt-get update --quiet=2 && "${as_root[@]}" apt-get install --yes --quiet=2 chromium; }; then
    echo "Chromium is required. Install it, for example with: apt-get install chromium" >&2
    exit 1
  fi
fi
npm ci --silent --no-fund --no-audit

# Builds the viewer again, and requires the files that were there byte for byte. With AUDIT_VIEWER_AS_BUILT=1, tests use
# the script that was just built instead of the one that is embedded into the program.
rebuild_viewer() {
  local viewer=../../crates/viewer committed differs=
  committed=$(mktemp --directory)
  cp -r "$viewer/dist" "$committed"
  (cd "$viewer/web" && npm ci --silent --no-fund --no-audit && npm run --silent build)
  diff --recursive --brief "$committed/dist" "$viewer/dist" >&2 || differs=1
  rm -r "$committed"
  if [[ ${AUDIT_VIEWER_AS_BUILT:-} == 1 ]]; then
    AUDIT_VIEWER_SCRIPT=$(realpath "$viewer"/dist/audit-log.*.js)
    export AUDIT_VIEWER_SCRIPT
  elif [[ -n $differs ]]; then
    echo "The build of crates/viewer/web differs from crates/viewer/dist, which is embedded. Commit what was built." >&2
    exit 1
  fi
}

# Starts `audit serve --demo` on a free port, and exports its address as AUDIT_URL. It ends with this script.
start_service() {
  local binary=${AUDIT_BIN:-../../target/debug/audit}
  [[ -x $binary ]] || { echo "$binary does not exist. Build it with: cargo test --workspace --no-run" >&2; exit 1; }
  served=$(mktemp --directory)
  # The program may take a moment to open its output.
  touch "$served/out"
  "$binary" serve --demo --listen 127.0.0.1:0 --data "$served/data" --archive-every off >"$served/out" 2>"$served/log" &
  service=$!
  trap stop_service EXIT
  local waited
  for ((waited = 0; waited < 600; waited++)); do
    AUDIT_URL=$(sed -n 's/^ready //p' "$served/out")
    [[ -z $AUDIT_URL ]] || break
    kill -0 "$service" 2>/dev/null || break
    sleep 0.2
  done
  [[ -n $AUDIT_URL ]] || { echo "audit serve did not start:" >&2; cat "$served/log" >&2; exit 1; }
  export AUDIT_URL
}

stop_service() {
  kill "$service" 2>/dev/null && wait "$service" || true
  rm -rf "$served"
}
