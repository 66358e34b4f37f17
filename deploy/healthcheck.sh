#!/usr/bin/env bash
# Whether the gateway of this container lives: for an image that has bash, and no curl.
set -euo pipefail
exec 3<>"/dev/tcp/127.0.0.1/${PORT:-3000}"
printf 'GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&3
read -r _ status _ <&3
[ "$status" = 200 ]
