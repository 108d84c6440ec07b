# Live candidates from the daemon beside the verbs and flags; nothing when it does not answer.
function __heph_live
    set -l verb
    for word in (commandline -opc)[2..-1]
        if not string match -q -- '-*' $word
            set -a verb $word
            test "$verb" = page; or break
        end
    end
    test -n "$verb"; or return
    heph __complete "$verb" (commandline -ct) 2>/dev/null
end

complete -c heph -n 'not __fish_seen_subcommand_from import export store man' -f -k -a '(__heph_live)'
