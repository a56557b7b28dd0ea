#!/bin/sh
# /usr/local/bin/slots: runs the command with the settings and secrets of the units. Run it as root, because
# only root can read the secrets.
set -eu
set -a
. /etc/slots/slots.env
set +a
for file in /etc/slots/secrets/*; do
  export "$(basename "$file")_FILE=$file"
done
cd /
exec /opt/slots/bin/slots "$@"
