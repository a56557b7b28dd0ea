#!/bin/sh
# Restores a base backup to a point in time into a new folder, starts Postgres in this folder, and checks the result.
# The script does not affect the running server. Run it every month (docs/how-to/restoring.md) as the user postgres; the
# tests also run it.
#
#   BACKUP=folder of pg_basebackup   ARCHIVE=folder with archived WAL   TARGET='2026-11-21 10:15:00+00'
#   FOLDER=new folder                PORT=number of the restored server's socket   DATABASE=slots   PGUSER=superuser
#   restore-drill.sh
#
# OPTIONS: command-line settings of the original server, such as -c max_connections=200, which recovery also needs.
# RESTORE_COMMAND: fetches a segment (%f) into a file (%p), instead of ARCHIVE.
set -eu
: "${BACKUP:?}" "${TARGET:?}" "${FOLDER:?}" "${PORT:?}"
: "${RESTORE_COMMAND:=cp '${ARCHIVE:?}/%f' '%p'}"
# Debian installs pg_ctl in a folder that PATH does not contain.
PATH=$PATH:/usr/lib/postgresql/$(cat "$BACKUP/PG_VERSION")/bin

mkdir -m 0700 "$FOLDER"
FOLDER=$(cd "$FOLDER" && pwd)
# An incomplete copy is deleted: it is of no use, and may have filled the disk.
copied=$(cp -R "$BACKUP/." "$FOLDER/" 2>&1) || {
  rm -rf "$FOLDER"
  echo "not restored: $(echo "$copied" | tail -n 1)" >&2
  exit 1
}
rm -f "$FOLDER/postmaster.pid" "$FOLDER/standby.signal"
cat >>"$FOLDER/postgresql.auto.conf" <<SETTINGS
restore_command = '$(printf %s "$RESTORE_COMMAND" | sed "s/'/''/g")'
recovery_target_time = '$TARGET'
recovery_target_action = 'promote'
archive_mode = off
SETTINGS
touch "$FOLDER/recovery.signal"
# A backup of a Debian cluster contains no configuration.
[ -e "$FOLDER/postgresql.conf" ] || touch "$FOLDER/postgresql.conf"
# Connections use a socket in the folder, which only its owner can open, and need no password.
echo 'local all all trust' >"$FOLDER/restore_hba.conf"

# Prints the last error of Postgres, such as a full disk.
failed() {
  echo "not restored: $(grep -hE 'FATAL|PANIC' "$FOLDER/restore.log" | grep -v 'database system is' | tail -n 1)" >&2
  exit 1
}

trap 'exit 1' HUP INT TERM
pg_ctl --pgdata="$FOLDER" --log="$FOLDER/restore.log" --wait --timeout=600 --options="-c port=$PORT -c listen_addresses= \
  -c unix_socket_directories=$FOLDER -c hba_file=$FOLDER/restore_hba.conf ${OPTIONS:-}" start || failed
trap 'pg_ctl --pgdata="$FOLDER" --mode=fast --wait stop >/dev/null' EXIT

query() { psql --no-psqlrc --no-password --tuples-only --no-align --set=ON_ERROR_STOP=1 \
  --host="$FOLDER" --port="$PORT" --dbname="${DATABASE:-slots}" --command="$1"; }

# Postgres accepts connections shortly before the recovery ends.
until recovering=$(query 'SELECT pg_is_in_recovery()') || failed; [ "$recovering" = f ]; do sleep 0.2; done

# An assignment ends the script if its query fails, unlike an argument of echo.
schema=$(query 'SELECT version_num FROM alembic_version')
change=$(query "SELECT coalesce(max(created_at)::text, 'none') FROM audit_logs")
counts=$(query "SELECT format('shops: %s, appointments: %s, payments: %s', (SELECT count(*) FROM shops),
  (SELECT count(*) FROM appointments), (SELECT count(*) FROM payments))")
echo "schema: $schema"
echo "last change: $change"
echo "$counts"
[ -z "${CHECK:-}" ] || query "$CHECK"
echo 'restored'
