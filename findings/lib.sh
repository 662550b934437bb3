# shellcheck shell=sh
# For the findings: a folder that is gone at the end, pinned packages in it, and the comparison.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
export HOME="$dir" TMPDIR="$dir"

# pypi name==version ...: a Python environment with these, used by run_python.
pypi() {
  python3 -m venv "$dir/venv"
  "$dir/venv/bin/pip" install --quiet --no-cache-dir --disable-pip-version-check "$@"
}

run_python() { "$dir/venv/bin/python" -W ignore "$@"; }

# debian name=version ...: unpacked below $dir/root, nothing is installed; their libraries are in $libraries.
debian() {
  (cd "$dir" && apt-get download -qq "$@" 2>/dev/null && for deb in *.deb; do dpkg -x "$deb" root; done)
  libraries=$(echo "$dir"/root/usr/lib/*-linux-gnu)
}

# love: Debian's LÖVE 11.4, without a window or sound, runs the Lua program on standard input.
love() {
  debian love=11.4-1 libluajit-5.1-2=2.1.0~beta3+git20220320+dfsg-4.1+deb12u1 libsdl2-2.0-0=2.26.5+dfsg-1 libasound2 libasyncns0 libbrotli1 libbsd0 \
    libcairo2 libdbus-1-3 libdecor-0-0 libdrm2 libexpat1 libffi8 libflac12 libfontconfig1 libfreetype6 libgbm1 libmd0 libmodplug1 libmp3lame0 \
    libmpg123-0 libogg0 libopenal1 libopus0 libpixman-1-0 libpng16-16 libpulse0 libsamplerate0 libsndfile1 libsndio7.0 libtheora0 libvorbis0a \
    libvorbisenc2 libvorbisfile3 libwayland-client0 libwayland-cursor0 libwayland-egl1 libwayland-server0 libx11-6 libx11-xcb1 libxau6 \
    libxcb-render0 libxcb-shm0 libxcb1 libxcursor1 libxdmcp6 libxext6 libxfixes3 libxi6 libxkbcommon0 libxrandr2 libxrender1 libxss1
  mkdir "$dir/game"
  cat > "$dir/game/conf.lua" <<'LUA'
function love.conf(t)
  for module in pairs(t.modules) do t.modules[module] = module == "math" or module == "physics" or module == "data" end
end
LUA
  { echo 'function love.run()'; cat; echo 'return function() return 0 end end'; } > "$dir/game/main.lua"
  LD_LIBRARY_PATH="$libraries:$libraries/pulseaudio:$(echo "$dir"/root/lib/*-linux-gnu)" "$dir/root/usr/bin/love-11.4" "$dir/game"
}

# expect SEEN EXPECTED
expect() {
  printf '%s\n' "$1"
  [ "$1" = "$2" ] && return
  printf 'CHANGED. It was:\n%s\n' "$2"
  exit 1
}
