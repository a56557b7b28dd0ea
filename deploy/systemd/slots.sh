#!/bin/sh
# /usr/local/bin/slots: runs the command with the settings and secrets of the units. Run it as root, because
# only root can read the secrets.
set -eu
if [ ! -r /etc/slots/secrets ]; then
  echo "slots: /etc/slots/secrets can only be read by root. Run: sudo $0 $*" >&2
  exit 1
fi
set -a
. /etc/slots/slots.env
set +a
for file in /etc/slots/secrets/*; do
  export "$(basename "$file")_FILE=$file"
done
exec /opt/slots/bin/slots "$@"
