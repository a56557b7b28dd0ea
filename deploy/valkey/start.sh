#!/bin/sh
# The password comes by the environment, since arguments are for everybody on the machine to read. The system needs no
# command that empties, reconfigures or stops the server; `slots doctor` reads how it is configured.
set -eu
umask 077
users=${USERS_FILE:-/tmp/users.acl}
printf 'user default on >%s ~* &* +@all -@admin -@dangerous +info +config|get\n' "$REDIS_PASSWORD" >"$users"
exec valkey-server "${1:-/etc/valkey.conf}" --aclfile "$users"
