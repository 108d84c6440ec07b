# Live candidates from the daemon behind the verbs and flags; nothing when it does not answer.
function __heph_live
    set -l verb
    for word in (commandline -opc)[2..-1]
        if not string match -q -- '-*' $word
            set verb $word
            break
        end
    end
    test -n "$verb"; or return
    heph __complete $verb (commandline -ct) 2>/dev/null
end

complete -c heph -f -k -a '(__heph_live)'
