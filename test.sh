#!/usr/bin/env bash
# Builds everything once and runs every test project. The last line is `N passed, N failed` or `N passed, N failed, N skipped`;
# the exit status is 0 only when something passed and nothing failed, crashed or went missing.
#
# ./test.sh --only WORD   runs the test classes alone whose name holds the word, as in `--only Hostile`
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

export HOME="${HOME:-/tmp}" # a bare container may have none, and NuGet needs one
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
export MSBUILDDISABLENODEREUSE=1 # leave no build process behind that keeps this script's output open
configuration=Release            # what is tested is what is run

filter=()
case "${1-}" in
    --only) filter=(-class "*${2:?--only needs a word}*") ;;
    "") ;;
    *) echo "usage: ./test.sh [--only WORD]" >&2; exit 2 ;;
esac

stop() { # the count line stands at the end even when nothing could run
    echo "FAILED $1"
    echo "0 passed, 1 failed"
    exit 1
}

.ci/install-missing git:git bwrap:bubblewrap gcc:gcc,libc6-dev python3:python3 python3/ensurepip:python3-venv pip3:python3-pip node:nodejs npm:npm /usr/lib/postgresql:postgresql || stop "a program that the tests need is missing; see above."
.ci/check-dotnet || stop "the .NET SDK is missing; see above."

dotnet build Kintsugi.slnx --configuration "$configuration" --verbosity quiet -tl:off || stop "the solution does not build; see above."

results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
summary=()
for project in tests/*/*.csproj; do
    grep -q '<IsTestProject>true' "$project" || continue
    name=$(basename "$project" .csproj)
    echo "== $name"
    status=0
    "$(dirname "$project")/bin/$configuration/net10.0/$name" "${filter[@]}" -noLogo -noColor -noAutoReporters -result-ctrf "$results/$name.json" || status=$?
    if [[ -s $results/$name.json ]]; then
        summary+=("$results/$name.json")
    fi
    # A runner that failed without a failed test crashed, or could not set up or clear up: that is no pass.
    if ((status != 0)) && ! grep -q '"status":"failed"' "$results/$name.json" 2>/dev/null; then
        summary+=(--lost "$name (exit status $status)")
    elif [[ ! -s $results/$name.json ]]; then
        summary+=(--lost "$name (no result file)")
    fi
done

echo
.ci/sum-tests "${summary[@]}"
