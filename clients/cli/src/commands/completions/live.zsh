# Live candidates from the daemon behind the verbs and flags; nothing when it does not answer.
_heph_live() {
    local verb word value label
    local -a values labels
    _heph "$@"
    for word in "${(@)words[2,CURRENT-1]}"; do
        [[ "$word" == -* ]] || { verb="$word"; break }
    done
    [[ -z "$verb" ]] && return 0
    while IFS=$'\t' read -r value label; do
        values+=("$value")
        labels+=("$value  $label")
    done < <(heph __complete "$verb" "${(Q)PREFIX}" 2>/dev/null)
    (( $#values )) && compadd -U -d labels -a values
    return 0
}

if [ "$funcstack[1]" = "_heph" ]; then
    _heph_live "$@"
else
    compdef _heph_live heph
fi
