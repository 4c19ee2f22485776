#!/bin/sh
# Sample client: takes what waits on an uketsuke terminal and writes each result into a file. Needs curl and jq.
#
#     receive.sh SOCKET FOLDER        for example  receive.sh /run/uketsuke/receipt.sock /srv/receipt/in
#
# Takes everything that is there, then stops: run it from a timer. Written to be copied from.
#
#   * It claims before it reads: a result has exactly one owner. 409 means that it belongs to somebody else; it is left alone.
#   * It acknowledges only after the file lies on the disk. Killed anywhere in between, it gets the same result again under the
#     same name: nothing is lost, nothing is doubled.
#   * What can't be read is left claimed, for a person to look at, and the next one is taken.
#
# Prints one line for each result. Exit codes: 0 done, 1 refused or left, 2 wrong arguments, 3 not reached.
set -u

[ $# -eq 2 ] && [ -d "$2" ] || { echo "usage: receive.sh SOCKET FOLDER (an existing folder)" >&2; exit 2; }
socket=$1 folder=$2 outcome=0
answer=$(mktemp "$folder/.answer.XXXXXX") || exit 2
trap 'rm -f "$answer"' EXIT

# ask METHOD PATH: the body into $answer, the status into $status.
ask() {
    status=$(curl --silent --show-error --max-time 20 --unix-socket "$socket" --request "$1" \
        --header 'Accept: application/json' --output "$answer" --write-out '%{http_code}' "http://terminal$2") || exit 3
}

# What a problem document says, in one line.
problem() { jq -r '"\(.code // "?") \(.en // "")"' "$answer" 2>/dev/null || echo "HTTP $status"; }

after=0
while :; do
    ask GET "/v1/results?state=unacknowledged&limit=100&after=$after"
    [ "$status" = 200 ] || { echo "refused: $(problem)" >&2; exit 1; }
    next=$(jq -r '.next // empty' "$answer")
    # Not owned yet, or ours from an earlier run that was cut short.
    ids=$(jq -r '.results[] | select(.owner == null or .mine) | .id' "$answer")
    for id in $ids; do
        # The id becomes a file's name: letters, digits and hyphens only.
        case $id in *[!A-Za-z0-9-]*) echo "left $id: strange id"; outcome=1; continue ;; esac
        ask POST "/v1/results/$id/claim"
        if [ "$status" != 200 ]; then
            echo "left $id: $(problem)"
            [ "$status" = 409 ] || outcome=1
            continue
        fi
        mark=$(jq -r 'if .simulated then "SIMULATION_" else "" end' "$answer")
        ask GET "/v1/results/$id"
        if [ "$status" != 200 ]; then
            echo "left $id: $(problem)"
            outcome=1
            continue
        fi
        temporary="$folder/.$id.part"
        cp "$answer" "$temporary" && sync "$temporary" &&
            mv -f "$temporary" "$folder/$mark$id.json" && sync "$folder" ||
            { echo "left $id: not written"; exit 1; }
        ask POST "/v1/results/$id/acknowledge"
        if [ "$status" = 200 ]; then
            echo "taken $id"
        else
            echo "left $id: $(problem)"
            outcome=1
        fi
    done
    [ -n "$next" ] || exit $outcome
    after=$next
done
