#!/bin/sh
# A deployment of several steps, careless with its secrets.
set -eu

step() { echo "==> $*"; }

step "Checking the target $STAGE"
sleep 0.3
echo "account 123456789012, region eu-central-1"

step "Logging in"
echo "using token $DEPLOY_TOKEN"
echo "Authorization: Bearer $DEPLOY_TOKEN"
sleep 0.3

step "Reading the signing key"
cat <<'KEY'
-----BEGIN PRIVATE KEY-----
MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQDemoDemoDemo00
NotARealKeyOnlyTheShapeOfOneSoThatTheRedactorHasSomethingToDo0000
-----END PRIVATE KEY-----
KEY

step "Applying 3 changes"
for change in network database service; do
    echo "  $change: updated"
    sleep 0.2
done

step "Done"
