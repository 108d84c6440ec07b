#compdef heph
# Completions of heph for zsh. heph itself knows what can stand where: `heph __complete -- <words>` prints a line
# `value<TAB>label` for each candidate of the last word.

_heph() {
    local line value label tab=$'\t'
    local -a values labels going going_labels
    for line in "${(@f)$(heph __complete -- "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}"; do
        [[ -z "$line" ]] && continue
        value="${line%%$tab*}"
        label="${line#*$tab}"
        if [[ -z "$value" ]]; then
            _files
            return
        fi
        [[ -n "$label" ]] && label="$value  -- $label" || label="$value"
        # What goes on is followed by no space.
        if [[ "$value" == *[:,=/] ]]; then
            going+=("$value")
            going_labels+=("$label")
        else
            values+=("$value")
            labels+=("$label")
        fi
    done
    (( $#values )) && compadd -l -U -V heph -d labels -a values
    (( $#going )) && compadd -l -U -V heph-keys -S '' -d going_labels -a going
    return 0
}

# Loaded by name, this file is called as `_heph`, whose definition above then takes its own place.
if [ "$funcstack[1]" = "_heph" ]; then
    _heph "$@"
else
    compdef _heph heph
fi
