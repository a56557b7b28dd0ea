#!/bin/sh
# Restores a base backup to a point in time into a new folder, starts Postgres in this folder, and checks the result.
# The script does not affect the running server. Run it every month (docs/how-to/restoring.md) as the user postgres; the
# tests also run it.
#
#   BACKUP=folder of pg_basebackup   ARCHIVE=folder with archived WAL   TARGET='2026-11-21 10:15:00+00'
#   FOLDER=new folder                PORT=port for the restored server   DATABASE=slots   PGUSER=superuser
#   restore-drill.sh
#
# OPTIONS: command-line settings of the original server, such as -c max_connections=200, which recovery also needs.
# With pgBackRest, `pgbackrest restore --type=time --target=...` replaces the copied base backup and RESTORE_COMMAND.
set -eu
: "${BACKUP:?}" "${ARCHIVE:?}" "${TARGET:?}" "${FOLDER:?}" "${PORT:?}"
RESTORE_COMMAND=${RESTORE_COMMAND:-"cp '$ARCHIVE/%f' '%p'"}
# Debian installs pg_ctl in a folder that PATH does not contain.
PATH=$PATH:/usr/lib/postgresql/$(cat "$BACKUP/PG_VERSION")/bin

mkdir -m 0700 "$FOLDER"
cp -R "$BACKUP/." "$FOLDER/"
rm -f "$FOLDER/postmaster.pid" "$FOLDER/standby.signal"
cat >>"$FOLDER/postgresql.auto.conf" <<SETTINGS
restore_command = '$(printf %s "$RESTORE_COMMAND" | sed "s/'/''/g")'
recovery_target_time = '$TARGET'
recovery_target_action = 'promote'
archive_mode = off
SETTINGS
touch "$FOLDER/recovery.signal"
# A backup of a Debian cluster contains no configuration. Connections then use a socket in the folder, which only its
# owner can open.
HOST=127.0.0.1 SOCKETS=
if [ ! -e "$FOLDER/postgresql.conf" ]; then
  touch "$FOLDER/postgresql.conf"
  echo 'local all all trust' >"$FOLDER/pg_hba.conf"
  HOST=$FOLDER SOCKETS=$FOLDER
fi

pg_ctl --pgdata="$FOLDER" --log="$FOLDER/restore.log" --wait --timeout=600 \
  --options="-c port=$PORT -c listen_addresses=127.0.0.1 -c unix_socket_directories=$SOCKETS ${OPTIONS:-}" start
trap 'pg_ctl --pgdata="$FOLDER" --mode=fast --wait stop >/dev/null' EXIT

query() { psql --no-psqlrc --tuples-only --no-align --set=ON_ERROR_STOP=1 \
  --host="$HOST" --port="$PORT" --dbname="${DATABASE:-slots}" --command="$1"; }

# Postgres accepts connections shortly before the recovery ends.
until [ "$(query 'SELECT pg_is_in_recovery()')" = f ]; do sleep 0.2; done

echo "schema: $(query 'SELECT version_num FROM alembic_version')"
echo "last change: $(query "SELECT coalesce(max(created_at)::text, 'none') FROM audit_logs")"
echo "shops: $(query 'SELECT count(*) FROM shops'), appointments: $(query 'SELECT count(*) FROM appointments'), payments: $(query 'SELECT count(*) FROM payments')"
[ -z "${CHECK:-}" ] || query "$CHECK"
echo 'restored'
