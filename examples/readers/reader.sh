#!/bin/sh
# Print what pydist.json says of sdists, wheels and environments. See README.md.
# Needs jq, tar, gzip and unzip.
set -eu

summary() {
  jq -c '
    (.extensions // {}) as $extensions
    | ($extensions["python.commands"] // {}) as $commands
    | ({console_scripts: $commands.wrap_console, gui_scripts: $commands.wrap_gui}
       + ($extensions["python.exports"].exports // {})) as $groups
    | {
        name, version,
        requirements: (.requires_dist // []),
        entry_points: ([
          $groups | to_entries[] | .key as $group
          | (.value // {}) | to_entries[] | [$group, .key, .value]
        ] | sort_by(.[0:2])),
        extensions: $extensions
      }'
}

from_sdist() {
  stem=$(basename "$1" .tar.gz)
  gzip -dc "$1" | tar -xOf - "$stem/pydist.json" 2>/dev/null
}

from_wheel() {
  stem=$(basename "$1" | cut -d- -f1,2)
  unzip -p "$1" "$stem.dist-info/pydist.json" 2>/dev/null
}

from_environment() {
  folder=$1
  if [ -f "$folder/pyvenv.cfg" ]; then
    set -- "$folder"/lib/python*/site-packages
  fi
  for site in "$@"; do
    for info in "$site"/*.dist-info; do
      if [ -f "$info/pydist.json" ]; then
        summary <"$info/pydist.json"
      elif [ -d "$info" ]; then
        echo "$info: no pydist.json" >&2
      fi
    done
  done
}

LC_ALL=C
export LC_ALL
for source in "$@"; do
  case $source in
    *.whl) content=$(from_wheel "$source") || content= ;;
    *.tar.gz) content=$(from_sdist "$source") || content= ;;
    *)
      from_environment "$source"
      continue
      ;;
  esac
  if [ -n "$content" ]; then
    printf '%s\n' "$content" | summary
  else
    echo "$source: no pydist.json" >&2
  fi
done
