#!/bin/sh
# Compiles the binary: scripts/build.sh FILE. `make build` and the wheel's hook both call this.
#
# No cgo, so that one file runs on any Linux of its architecture. The version is pyproject.toml's;
# the commit is what git says, tags or none, and "unknown" outside a clone. GOOS and GOARCH hold.
set -eu
cd "$(dirname "$0")/.."

command -v go >/dev/null || { echo "go is missing: install Go $(sed -n 's/^go //p' go.mod) or newer (https://go.dev/dl)" >&2; exit 1; }

version=$(sed -n 's/^version = "\([^"]*\)".*/\1/p' pyproject.toml)
commit=$(git describe --always --dirty --abbrev=12 2>/dev/null || echo unknown)
stamp=github.com/baselinr/baselinr-pipes/internal/cli

CGO_ENABLED=0 exec go build -trimpath -buildvcs=false \
	-ldflags "-s -w -X $stamp.version=$version -X $stamp.commit=$commit" \
	-o "$1" ./cmd/baselinr-pipes
