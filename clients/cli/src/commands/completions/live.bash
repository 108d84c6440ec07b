# Live candidates from the daemon; the verbs and flags where it has none or does not answer.
_heph_live() {
    local cur="${COMP_WORDS[COMP_CWORD]}" verb="" word="" key="" at value label
    for ((at = 1; at < COMP_CWORD; at++)); do
        case "${COMP_WORDS[at]}" in
            -*) ;;
            *) verb="${verb:+$verb }${COMP_WORDS[at]}"; [[ "$verb" == page ]] || break ;;
        esac
    done
    # Bash splits words at colons: proj:Ho comes as three words.
    if [[ "$cur" == ":" ]]; then
        key="${COMP_WORDS[COMP_CWORD - 1]}:"; word="$key"
    elif [[ $COMP_CWORD -ge 2 && "${COMP_WORDS[COMP_CWORD - 1]}" == ":" ]]; then
        key="${COMP_WORDS[COMP_CWORD - 2]}:"; word="$key$cur"
    else
        word="$cur"
    fi
    local -a live=()
    if [[ -n "$verb" && "$cur" != --* ]]; then
        while IFS=$'\t' read -r value label; do
            live+=("$(printf '%q' "${value#"$key"}")")
        done < <(heph __complete "$verb" "$word" 2>/dev/null)
    fi
    COMPREPLY=()
    # A word that begins with a dash may be a flag as well as a tag.
    if [[ ${#live[@]} -eq 0 || "$cur" == -* ]]; then
        _heph "$@"
    fi
    COMPREPLY+=("${live[@]}")
    return 0
}

complete -F _heph_live -o bashdefault -o default heph
