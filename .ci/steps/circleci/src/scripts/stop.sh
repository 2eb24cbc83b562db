#!/bin/sh
# After a step that has failed: stops the task if it still runs. The file with its id is gone when the run has come to
# its end, and empty when nothing was launched.
set -eu
PATH=$PATH:$HOME/.local/bin
directory=${TMPDIR:-/tmp}/sortie-$CIRCLE_WORKFLOW_JOB_ID
[ -s "$directory/id" ] || exit 0

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

exec sortie stop --reason "the step ended before its task" "$(cat "$directory/id")"
