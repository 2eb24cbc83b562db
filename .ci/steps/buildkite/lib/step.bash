# What both hooks need: the program, the file with the task's id, and AWS credentials.

plugin=BUILDKITE_PLUGIN_SORTIE
directory=${TMPDIR:-/tmp}/sortie-$BUILDKITE_JOB_ID
id_file=$directory/id

# The program: the agent's own, or the release's.
find_sortie() {
    mkdir -p -m 700 "$directory"
    local cache=${BUILDKITE_AGENT_CACHE:-$directory}/bin
    sh "$(dirname "${BASH_SOURCE[0]}")/install.sh" "$cache"
    PATH=$PATH:$cache
}

# One option's values, a line each, whether it is a text or a list.
values() {
    local name=${plugin}_$1 index=0
    if [ -n "${!name:-}" ]; then printf '%s\0' "${!name}"; return; fi
    name=${plugin}_$1_$index
    while [ -n "${!name+set}" ]; do
        printf '%s\0' "${!name}"
        index=$((index + 1))
        name=${plugin}_$1_$index
    done
}

# Assumes the role, if one is named, with a token that says which job this is. It lives some minutes, and the file
# is written anew while this process lives.
assume_role() {
    local role=${plugin}_ROLE_ARN
    [ -n "${!role:-}" ] || return 0
    export AWS_ROLE_ARN=${!role} AWS_WEB_IDENTITY_TOKEN_FILE=$directory/token
    export AWS_ROLE_SESSION_NAME=sortie-$BUILDKITE_JOB_ID
    token
    while sleep 240 && kill -0 $$ 2>/dev/null; do token; done </dev/null >/dev/null 2>&1 &
    renewal=$!
}

token() {
    (umask 077 && buildkite-agent oidc request-token --audience sts.amazonaws.com >"$directory/token.new")
    mv "$directory/token.new" "$directory/token"
}
