# Live candidates from the daemon; the verbs and flags where it has none or does not answer.
_heph_live() {
    local verb word value label
    local -a values labels
    for word in "${(@)words[2,CURRENT-1]}"; do
        [[ "$word" == -* ]] && continue
        verb="${verb:+$verb }$word"
        [[ "$verb" == page ]] || break
    done
    if [[ -n "$verb" && "$PREFIX" != --* ]]; then
        while IFS=$'\t' read -r value label; do
            values+=("$value")
            labels+=("$value  $label")
        done < <(heph __complete "$verb" "${(Q)PREFIX}" 2>/dev/null)
    fi
    # A word that begins with a dash may be a flag as well as a tag.
    if (( ! $#values )) || [[ "$PREFIX" == -* ]]; then
        _heph "$@"
    fi
    (( $#values )) && compadd -l -U -d labels -a values
    return 0
}

# Loaded by name, this file is called as `_heph`, whose definition above then takes its own place.
compdef _heph_live heph
if [ "$funcstack[1]" = "_heph" ]; then
    _heph_live "$@"
fi
