#!/bin/sh
# Runs a command in a folder of its own, which is removed afterwards: apart.sh COMMAND [...]
folder=$(mktemp -d) && cd "$folder" || exit 1
trap 'rm -rf "$folder"' EXIT
"$@"
