# Live candidates from the daemon behind the verbs and flags; nothing when it does not answer.
_heph_live() {
    local cur="${COMP_WORDS[COMP_CWORD]}" verb="" word="" key="" at value label
    _heph "$@"
    for ((at = 1; at < COMP_CWORD; at++)); do
        case "${COMP_WORDS[at]}" in
            -*) ;;
            *) verb="${COMP_WORDS[at]}"; break ;;
        esac
    done
    [[ -z "$verb" || "$cur" == --* ]] && return 0
    # Bash splits words at colons: proj:Ho comes as three words.
    if [[ "$cur" == ":" ]]; then
        key="${COMP_WORDS[COMP_CWORD - 1]}:"; word="$key"
    elif [[ $COMP_CWORD -ge 2 && "${COMP_WORDS[COMP_CWORD - 1]}" == ":" ]]; then
        key="${COMP_WORDS[COMP_CWORD - 2]}:"; word="$key$cur"
    else
        word="$cur"
    fi
    while IFS=$'\t' read -r value label; do
        COMPREPLY+=("$(printf '%q' "${value#"$key"}")")
    done < <(heph __complete "$verb" "$word" 2>/dev/null)
    return 0
}

complete -F _heph_live -o bashdefault -o default heph
