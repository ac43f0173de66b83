#!/usr/bin/env bash
# scripts/a2a-tck.sh DIR
# Runs the public conformance kit of A2A (branch 1.0-dev, in DIR) against our server with an agent that does what the kit's messages ask for.
# Failures that are the kit's own are listed with their reasons in test/conformance/tck-expected-failures.json; one that is listed and does not happen fails too.
# Needs python3 with venv and PyPI, npm ci and npm run build. The kit is no package: without DIR it skips.
set -euo pipefail
kit=${1:-}
if [ -z "$kit" ] || [ ! -f "$kit/run_tck.py" ]; then
  echo "a2a-tck: skipped: ${kit:-no folder} holds no run_tck.py (get the kit's branch 1.0-dev, and name its folder)" >&2
  exit 0
fi
kit=$(cd "$kit" && pwd)
cd "$(dirname "$0")/.."
tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
if [ -z "${CODETETHER_TCK_PYTHON:-}" ]; then
  python3 -m venv "$tools/python"
  "$tools/python/bin/pip" install --quiet 'pytest>=8,<9' pytest-asyncio httpx grpcio protobuf googleapis-common-protos jsonschema pytest-html gherkin-official Jinja2
  export CODETETHER_TCK_PYTHON="$tools/python/bin/python"
fi
CODETETHER_TCK="$kit" npx vitest run --config vitest.conformance.config.ts
