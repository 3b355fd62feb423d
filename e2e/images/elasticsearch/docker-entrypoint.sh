#!/bin/bash
# Entry point with the contract of the official image: `eswrapper` (the default) runs Elasticsearch, anything else is
# run as it is. ELASTIC_PASSWORD[_FILE] and KEYSTORE_PASSWORD[_FILE] are honoured.
set -euo pipefail

# Files must stay writable for group 0: pods may run under any uid of that group.
umask 0002

# Prints the value of variable $1, or the content of the file that ${1}_FILE names.
secret_value() {
  local file_variable="$1_FILE"
  if [[ -n "${!file_variable:-}" ]]; then
    cat "${!file_variable}"
  else
    printf '%s' "${!1:-}"
  fi
}

lift_reported_open_files() {
  # See the comment in /usr/local/lib/nofile.so's source (e2e/images/java/nofile.c): test machines only.
  local hard
  hard=$(ulimit -Hn)
  if [[ "$hard" != unlimited && "$hard" -lt 65535 ]]; then
    echo "docker-entrypoint.sh: the hard limit of open files is $hard; a preload reports 65536 (test image only)" >&2
    export LD_PRELOAD=/usr/local/lib/nofile.so
  fi
}

if [[ "${1:-eswrapper}" != eswrapper ]]; then
  exec "$@"
fi
shift || true

password=$(secret_value ELASTIC_PASSWORD)
keystore_password=$(secret_value KEYSTORE_PASSWORD)
unset ELASTIC_PASSWORD ELASTIC_PASSWORD_FILE KEYSTORE_PASSWORD KEYSTORE_PASSWORD_FILE

if [[ -n "$password" ]]; then
  [[ -f config/elasticsearch.keystore ]] || elasticsearch-keystore create -s <<<"$keystore_password"
  if ! elasticsearch-keystore list <<<"$keystore_password" | grep -qx bootstrap.password; then
    printf '%s\n' ${keystore_password:+"$keystore_password"} "$password" | elasticsearch-keystore add -x bootstrap.password
  fi
fi

lift_reported_open_files
exec /usr/share/elasticsearch/bin/elasticsearch "$@" <<<"$keystore_password"
