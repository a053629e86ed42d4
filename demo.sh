#!/usr/bin/env bash
# Breaks a sample agent and mends it before your eyes: ./demo.sh [--scenario NAME] [any other option of `kintsugi demo`].
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"

export HOME="${HOME:-/tmp}"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
export MSBUILDDISABLENODEREUSE=1

"$here/.ci/install-missing" git:git python3:python3 gcc:gcc,libc6-dev # gcc links the one native program
# Without a sandbox kintsugi says what it cannot hold back, and goes on only as far as that is safe.
"$here/.ci/install-missing" bwrap:bubblewrap || echo "Going on without a sandbox." >&2
"$here/.ci/check-dotnet"

echo "Building ..." >&2
dotnet build "$here/src/Kintsugi.Cli" --configuration Release --verbosity quiet -tl:off >&2

status=0
"$here/src/Kintsugi.Cli/bin/Release/net10.0/kintsugi" demo "$@" || status=$?

cat >&2 <<'END'

Other ways to break it:  ./demo.sh --scenario NAME
  prompt  code  tool  data  model  drift  transient  bad-input  stale-gold  build  either  both  noise
What each does and how it ends: docs/scenarios.md
END
exit "$status"
