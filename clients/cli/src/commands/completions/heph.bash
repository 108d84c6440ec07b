# Completions of heph for bash. heph itself knows what can stand where: `heph __complete -- <words>` prints a line
# `value<TAB>label` for each candidate of the last word.

# Leaves a word in REPLY as heph would get it.
_heph_plain() {
    REPLY="$1"
    case "$REPLY" in
        \"*) REPLY="${REPLY#\"}"; REPLY="${REPLY%\"}"; REPLY="${REPLY//\\\"/\"}"; REPLY="${REPLY//\\\$/\$}" ;;
        \'*) REPLY="${REPLY#\'}"; REPLY="${REPLY%\'}" ;;
        *) REPLY="${REPLY//\\/}" ;;
    esac
}

_heph() {
    local REPLY at raw="" glue="" line value label prefix count=0 tab=$'\t'
    local -a words=() values=() labels=()
    # Bash splits words at colons and the like; what it split is put together again.
    for ((at = 1; at <= COMP_CWORD; at++)); do
        raw="${COMP_WORDS[at]}"
        if [[ $count -gt 0 && -n "$raw" && ( -n "$glue" || "$raw" =~ ^[:=\<\>]+$ ) ]]; then
            words[count - 1]+="$raw"
        else
            words[count]="$raw"
            count=$((count + 1))
        fi
        glue=""
        [[ "$raw" =~ ^[:=\<\>]+$ ]] && glue=yes
    done
    for ((at = 0; at < count; at++)); do
        _heph_plain "${words[at]}"
        words[at]="$REPLY"
    done
    # Only what stands behind the last of those signs is replaced.
    if [[ -n "$glue" ]]; then
        prefix="${words[count - 1]}"
    else
        _heph_plain "$raw"
        prefix="${words[count - 1]%"$REPLY"}"
    fi
    COMPREPLY=()
    while IFS= read -r line; do
        value="${line%%"$tab"*}"
        label="${line#*"$tab"}"
        if [[ -z "$value" ]]; then
            compopt -o default 2>/dev/null
            return 0
        fi
        value="${value#"$prefix"}"
        # A word that is typed in quotes stays in them.
        case "$raw" in
            \"*)
                value="${value#\"}"; value="${value%\"}"
                value="${value//\\/\\\\}"; value="${value//\"/\\\"}"
                value="${value//\$/\\\$}"; value="${value//\`/\\\`}" ;;
            \'*) value="${value//\'/\'\\\'\'}" ;;
            *) [[ "$value" =~ ^[A-Za-z0-9+_.,:=/@-]+$ ]] || printf -v value '%q' "$value" ;;
        esac
        values+=("$value")
        labels+=("$label")
    done < <(heph __complete -- "${words[@]}" 2>/dev/null)
    if [[ ${#values[@]} -eq 1 ]]; then
        case "${values[0]}" in *[:,=/]) compopt -o nospace 2>/dev/null ;; esac
    fi
    # In a list of what is possible the labels stand beside the values.
    if [[ ${#values[@]} -gt 1 && ( "${COMP_TYPE-}" == 63 || "${COMP_TYPE-}" == 33 ) ]]; then
        for at in "${!values[@]}"; do
            COMPREPLY+=("${values[at]}${labels[at]:+  (${labels[at]})}")
        done
    else
        COMPREPLY=("${values[@]}")
    fi
    return 0
}

complete -o nosort -F _heph heph 2>/dev/null || complete -F _heph heph
