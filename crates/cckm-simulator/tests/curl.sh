#!/usr/bin/env bash
# The requests that the pages of CCKM show, as they show them, against the simulator at $1.
set -euo pipefail
IP=$1

fail() {
    echo "$1: $2" >&2
    exit 1
}

# expect NAME PATTERN REPLY
expect() {
    grep -q -- "$2" <<<"$3" || fail "$1" "$3"
    echo "ok $1"
}

LOGIN='{"grant_type": "password", "username": "admin", "password": "correct horse"}'
REPLY=$(curl -sS -k "$IP/api/v1/auth/tokens" -H 'Content-Type: application/json' --data-binary "$LOGIN" --compressed)
expect "token" '"duration":300' "$REPLY"
TOKEN=$(sed 's/.*"jwt":"\([^"]*\)".*/\1/' <<<"$REPLY")

REPLY=$(curl -sS -k "$IP/api/v1/cckm/sfdc/keys/912c7e4d-121e-42bc-ba28-33005cc665cf/delete-backup" -X POST -H "Authorization: Bearer $TOKEN" --compressed)
expect "delete-backup of a tenant secret" '"status":"DESTROYED"' "$REPLY"

REPLY=$(curl -sS -k "$IP/api/v1/cckm/sfdc/keys" -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' --data-binary $'{\n "organization_id": "b80b18b1-b5e2-4b4f-b5bc-35398d8dae10",\n "Type": "Data"\n}' --compressed)
expect "create of a tenant secret" '"status":"ACTIVE"' "$REPLY"

REPLY=$(curl -sS -k "$IP/api/v1/cckm/sfdc/keys/upload" -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' --data-binary $'{\n  "organization_id": "00DB000000040bIMAQ",\n  "type": "Data",\n  "source_key_tier": "local",\n  "source_key_identifier": "123",\n  "certificate_id": "123",\n  "key_derivation_mode": "PBKDF2"\n}' --compressed)
expect "upload of a tenant secret" '"key_type":"byok"' "$REPLY"

REPLY=$(curl -sS -k "$IP/api/v1/cckm/azure/secrets/beb06ea5-47a0-4d47-85c0-0a0e4f1a9531/hard-delete" -X POST -H "Authorization: Bearer $TOKEN" -H 'accept: application/json' --compressed)
expect "purge of an Azure secret" '"status":"DELETED"' "$REPLY"

REPLY=$(curl -sS -k "$IP/api/v1/cckm/oci/keys/3e954908-285b-4b91-bd59-620819392b03/cancel-deletion" -X POST -H "Authorization: Bearer $TOKEN" -H 'accept: application/json' --compressed)
expect "cancel-deletion of an OCI key" '"lifecycle_state":"CANCELLING_DELETION"' "$REPLY"
