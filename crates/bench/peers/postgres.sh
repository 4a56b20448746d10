# postgres.sh start|stop FOLDER PORT: a PostgreSQL of its own in a folder, on a port of loopback. It runs as the user
# postgres if the caller is root, since PostgreSQL refuses root.
set -euo pipefail
command=$1 folder=$2 port=$3
bin=$(echo /usr/lib/postgresql/*/bin | tr ' ' '\n' | tail -1)
[[ -x $bin/initdb ]] || { echo "PostgreSQL is not installed" >&2; exit 1; }
as=()
[[ $EUID -ne 0 ]] || as=(runuser -u postgres --)
if [[ $command == start ]]; then
  if [[ ! -d $folder ]]; then
    mkdir -p "$folder"
    [[ $EUID -ne 0 ]] || chown postgres "$folder"
    "${as[@]}" "$bin/initdb" --pgdata "$folder" --username postgres --auth trust --no-sync >/dev/null
  fi
  # A quarter of a small machine, as a careful person sets it.
  settings="-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c shared_buffers=1GB -c work_mem=64MB
    -c maintenance_work_mem=512MB -c max_wal_size=4GB -c random_page_cost=1.1 -c effective_cache_size=4GB"
  cd /
  "${as[@]}" "$bin/pg_ctl" start --silent --wait --pgdata "$folder" --log "$folder/log" --options "${settings//$'\n'/ }"
else
  cd /
  "${as[@]}" "$bin/pg_ctl" stop --silent --wait --mode fast --pgdata "$folder"
fi
