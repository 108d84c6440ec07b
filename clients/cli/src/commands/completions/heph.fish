# Completions of heph for fish. heph itself knows what can stand where: `heph __complete -- <words>` prints a line
# `value<TAB>label` for each candidate of the last word.
function __heph_complete
    set -l words (commandline -opc)
    set -l word (commandline -ct | string replace -r '^["\']' '' | string replace -ra '\\\\(.)' '$1')
    for line in (heph __complete -- $words[2..-1] "$word" 2>/dev/null)
        if test "$line" = \tfiles
            __fish_complete_path "$word"
        else
            printf '%s\n' $line
        end
    end
end

complete -c heph -f -k -a '(__heph_complete)'
