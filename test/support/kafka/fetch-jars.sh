#!/bin/sh
# Fetches the Kafka broker of the tests from Maven Central into .cache/kafka, once for each content of pom.xml, and
# prints the folder with the jars. With --where it only prints where that folder is, or would be.
#
# Ends with 1 and one line that says why. Maven Central not answering is noticed within a minute.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
cache=$(CDPATH='' cd -- "$here/../../.." && pwd)/.cache/kafka
folder=$cache/jars-$(cksum < "$here/pom.xml" | cut -d ' ' -f 1)

if [ "${1:-}" = --where ] || [ -d "$folder" ]; then
  echo "$folder"
  exit 0
fi

fail() {
  echo "fetch-jars: $1" >&2
  exit 1
}

within() { # seconds, command: a Maven that hangs on a silent network shall not hang us
  seconds=$1
  shift
  if command -v timeout > /dev/null; then timeout "$seconds" "$@"; else "$@"; fi
}

command -v mvn > /dev/null || fail 'maven (mvn) is not installed, which fetches the Kafka broker of the tests'
mkdir -p "$cache"
log=$cache/fetch.log
version=$(sed -n 's/.*<kafka.version>\(.*\)<.*/\1/p' "$here/pom.xml")
# Complete or not at all: the folder gets its name when everything is in it.
unfinished=$folder.$$
trap 'rm -rf "$unfinished"' EXIT

within 55 mvn -q -B -f "$here/pom.xml" dependency:get -Dtransitive=false \
  -Dartifact="org.apache.kafka:kafka_2.13:$version:pom" > "$log" 2>&1 ||
  fail "Maven Central cannot be reached, or has no kafka_2.13 $version: $(grep -m 1 ERROR "$log" || echo 'no answer within 55 s')"
within 300 mvn -q -B -f "$here/pom.xml" dependency:copy-dependencies -DincludeScope=runtime \
  -DoutputDirectory="$unfinished" > "$log" 2>&1 ||
  fail "the Kafka broker of the tests cannot be fetched: $(grep -m 1 ERROR "$log" || echo 'not finished within 5 minutes')"

# Another process may have been quicker; its folder holds the same.
[ -d "$folder" ] || mv "$unfinished" "$folder"
echo "$folder"
