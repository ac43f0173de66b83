#!/bin/sh
# The namespace of the profile, with the search attributes by which runs are found.
set -eu
temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" ||
  temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention 720h
for name in CodetetherKind Repo Project Story Outcome Model; do
  temporal operator search-attribute create --namespace "$TEMPORAL_NAMESPACE" --name "$name" --type Keyword || true
done
