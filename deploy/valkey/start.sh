#!/bin/sh
# The password is passed in the environment, because all users of the machine can read the arguments of a process.
# Commands that empty, reconfigure or stop the server are disabled, because slot-recovery does not need them. CONFIG
# GET is allowed, because `slots doctor` reads the configuration.
set -eu
umask 077
users=${USERS_FILE:-/tmp/users.acl}
printf 'user default on >%s ~* &* +@all -@admin -@dangerous +info +config|get\n' "$REDIS_PASSWORD" >"$users"
exec valkey-server "${1:-/etc/valkey.conf}" --aclfile "$users"
