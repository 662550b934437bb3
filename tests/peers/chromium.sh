#!/bin/sh
# The pages that runs leave, in Chromium: nothing on the console, nothing wider than the window, on a phone and on a desk,
# by day and by night. Outside of ctest: it needs chromium.
#
#   tests/peers/chromium.sh BUILD [FOLDER for the pictures]
set -eu
build=$(cd "$1" && pwd)
root=$(cd "$(dirname "$0")/../.." && pwd)
pictures=$(mkdir -p "${2:-/tmp}" && cd "${2:-/tmp}" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
cd "$work"
"$build/rlrun" sweep "$root/scripts/moonwalk.lua" --set iterations=3 --set gravity=1.62,9.81 --seeds 1..2 --quiet
cp sweeps/*/report.html compared.html
cp sweeps/*/0001-1/*/report.html run.html
"$build/rlrun" --quiet "$root/scripts/gallery.lua" --set evaluations=96 --set seconds=2
cp runs/gallery*/gallery.html gallery.html

# Says in its title how far the page reaches beyond the window, and moves a pointer over the first chart, or picks a cell of
# a gallery.
check='<script>
addEventListener("load", () => {
  const svg = document.querySelector("svg[data-frame], svg#map"), box = svg.getBoundingClientRect();
  const cell = document.querySelector("rect[data-cell=\"5\"]");
  if (cell) cell.dispatchEvent(new MouseEvent("click", { bubbles: true }));
  svg.dispatchEvent(new PointerEvent("pointermove", { clientX: box.left + box.width / 2, clientY: box.top + 9 }));
  const page = document.documentElement, output = document.getElementById("about") || svg.parentNode.querySelector("output");
  document.title = "beyond " + (page.scrollWidth - page.clientWidth) + " says " + output.textContent;
});
</script>'

failed=0
for page in run compared gallery; do
  { cat "$page.html"; echo "$check"; } >"check-$page.html"
  for size in 400,900 1400,900; do
    for scheme in 0 1; do # dark, light
      chrome() {
        chromium --headless=new --no-sandbox --disable-gpu --user-data-dir="$work/profile" --enable-logging=stderr \
          --blink-settings=preferredColorScheme=$scheme --virtual-time-budget=5000 --window-size=$size "$@" \
          "file://$work/check-$page.html"
      }
      chrome --dump-dom >dom 2>log || { cat log; exit 1; }
      title=$(sed -n 's/.*<title>\(.*\)<\/title>.*/\1/p' dom | head -1)
      console=$(grep -c CONSOLE log || true)
      echo "$page $size scheme $scheme: $title; $console messages on the console"
      case $title in "beyond 0 says "[0-9-]*) ;; *) failed=1 ;; esac
      if [ "$console" -ne 0 ]; then failed=1; grep CONSOLE log; fi
      chrome --screenshot="$pictures/$page-${size%,*}-$scheme.png" >/dev/null 2>&1
    done
  done
done
[ $failed -eq 0 ] && echo "as it should be"
exit $failed
