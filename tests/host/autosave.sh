#!/bin/sh
# Saves, closes the state with a game that saves once more, and loads: autosave.sh HOST autosave.lua
file=$(mktemp)
trap 'rm -f "$file"' EXIT
"$1" 1 "$2" "$file" | grep "refused.true" && "$1" 1 "$2" "$file" check
