#!/bin/sh
# In a job of its own: stops what the jobs of this pipeline have left.
set -eu
PATH=$PATH:$HOME/.local/bin
directory=${TMPDIR:-/tmp}/sortie-$CIRCLE_WORKFLOW_JOB_ID
mkdir -p -m 700 "$directory"

# Assumes the role, if one is named, with a token that says which job this is. It lives some minutes, and the file is
# written anew while this process lives.
if [ -n "${STEP_ROLE_ARN:-}" ]; then
    export AWS_ROLE_ARN="$STEP_ROLE_ARN" AWS_ROLE_SESSION_NAME="sortie-$CIRCLE_WORKFLOW_JOB_ID"
    export AWS_WEB_IDENTITY_TOKEN_FILE="$directory/token"
    token() {
        (umask 077 && circleci run oidc get --claims '{"aud":"sts.amazonaws.com"}' >"$directory/token.new")
        mv "$directory/token.new" "$directory/token"
    }
    token
    while sleep 240 && kill -0 $$ 2>/dev/null; do token; done </dev/null >/dev/null 2>&1 &
fi

# By the flag, which wins over any back end that the environment names.
exec sortie reap --this-run --cluster "$SORTIE_CLUSTER"
