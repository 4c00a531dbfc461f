#!/bin/sh
# Puts node-rdkafka into node_modules, for `kafka.client: node-rdkafka`. It is compiled once for each version of it and of
# Node, in about a minute on two cores, into .cache/node-rdkafka; after that, and after an `npm ci`, it is only copied.
# package.json and package-lock.json stay as they are. With --build it is only compiled: node_modules may be missing then.
#
# Needs a C and C++ compiler, make, Python 3, and the headers of OpenSSL, zlib and zstd. Ends with 1 and what is wrong.
set -eu

top=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)

fail() {
  echo "install-node-rdkafka: $1" >&2
  exit 1
}

packages='on Debian and Ubuntu: apt-get install build-essential python3 libssl-dev zlib1g-dev libzstd-dev'
for tool in node npm cc c++ make python3; do
  command -v "$tool" > /dev/null || fail "$tool is not installed; $packages"
done

version=$(node -p 'require(process.argv[1]).peerDependencies["node-rdkafka"].replace(/^\D+/, "")' "$top/package.json")
built=$top/.cache/node-rdkafka/$version-$(node -p '`${process.platform}-${process.arch}-${process.versions.modules}`')

# The codecs, TLS and sign-in that it must be able to do: without their headers it is compiled without them, and says nothing.
complete() { # folder of node-rdkafka
  node -e '
    const { features } = require(process.argv[1])
    const missing = ["gzip", "snappy", "lz4", "zstd", "ssl", "sasl_plain", "sasl_scram"].filter(name => !features.includes(name))
    if (missing.length > 0) throw new Error(`it was compiled without ${missing.join(", ")}`)
  ' "$1"
}

compile() {
  mkdir -p "$top/.cache/node-rdkafka"
  log=$top/.cache/node-rdkafka/compile.log
  # Complete or not at all: the folder gets its name when everything is in it.
  unfinished=$built.$$
  trap 'rm -rf "$unfinished"' EXIT
  trap 'exit 1' INT TERM
  mkdir "$unfinished"
  echo '{"private": true, "allowScripts": {"node-rdkafka": true}}' > "$unfinished/package.json"
  cd "$unfinished"
  # The headers that came with this Node, where they did; else node-gyp downloads them.
  headers=$(node -p 'path.dirname(path.dirname(fs.realpathSync(process.execPath)))')
  if [ -f "$headers/include/node/node_api.h" ]; then export npm_config_nodedir="$headers"; fi
  jobs=$(getconf _NPROCESSORS_ONLN)

  npm install --ignore-scripts --no-package-lock --install-strategy=nested "node-rdkafka@$version" > "$log" 2>&1 ||
    fail "node-rdkafka $version cannot be fetched: $(tail -n 3 "$log")"
  # Its own script compiles librdkafka on one core; done beforehand, on all of them, it finds nothing left to do.
  (
    cd node_modules/node-rdkafka
    ./configure --disable-debug-symbols && make -C deps/librdkafka -j "$jobs" libs
  ) >> "$log" 2>&1 || fail "librdkafka cannot be compiled, see $log; $packages"
  JOBS=$jobs npm rebuild --foreground-scripts >> "$log" 2>&1 || fail "node-rdkafka cannot be compiled, see $log; $packages"

  # What is needed to run it is a hundredth of what was needed to compile it.
  cd node_modules/node-rdkafka
  kept=../kept
  mkdir -p "$kept/build/Release"
  cp -R package.json LICENSE.txt librdkafka.js lib index.d.ts config.d.ts errors.d.ts node_modules "$kept"
  rm -rf "$kept/node_modules/nan" "$kept/node_modules/.package-lock.json"
  cp build/Release/node-librdkafka.node "$kept/build/Release"
  mkdir "$kept/build/deps"
  cp deps/librdkafka/LICENSES.txt "$kept/build/deps"
  for library in build/deps/librdkafka.so.1 build/deps/librdkafka++.so.1 build/deps/*.1.dylib; do
    if [ -f "$library" ]; then cp "$library" "$kept/build/deps"; fi
  done
  cd ../..
  complete "$unfinished/node_modules/kept" || fail "headers are missing; $packages"
  # Another process may have been quicker; its folder holds the same.
  [ -d "$built" ] || mv node_modules/kept "$built"
  cd "$top"
  rm -rf "$unfinished"
}

[ -d "$built" ] || compile
if [ "${1:-}" = --build ]; then exit 0; fi

[ -d "$top/node_modules" ] || fail 'there is no node_modules yet; run npm ci first'
rm -rf "$top/node_modules/node-rdkafka"
cp -R "$built" "$top/node_modules/node-rdkafka"
complete "$top/node_modules/node-rdkafka" || fail "it does not run here; remove $built and run this again"
echo "node-rdkafka $version is installed."
