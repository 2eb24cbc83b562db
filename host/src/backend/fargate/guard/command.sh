# Runs a command and ends it after a time: SECONDS GRACE COMMAND...
# Signals reach the command, its code is passed on, and its streams are its own. When the time is over it gets SIGTERM,
# GRACE seconds later SIGKILL, and the code is 124. For any POSIX shell. Comments and indentation are not sent.
__l=$1 __g=$2 __p= __s= __o=; shift 2
__f() { if [ "$__p" ]; then kill -s "$1" "$__p"; else __s=$1; fi; }
__d() {
  __o=1; echo "sortie: the deadline guard ends the command after $__l s" >&4; __f TERM
  (sleep "$__g"; kill -s KILL "$__p") &
}
for __x in HUP INT QUIT TERM USR1 USR2 WINCH; do trap "__f $__x" "$__x"; done
trap __d ALRM
exec 3<&0 4>&2 2>/dev/null
"$@" <&3 2>&4 3<&- 4>&- &
__p=$!
[ ! "$__s" ] || kill -s "$__s" "$__p"
(trap 'kill "$__z"; exit' TERM; sleep "$__l" & __z=$!; wait "$__z" && kill -s ALRM "$$") <&- >&- 3<&- 4>&- &
__w=$!
wait "$__p"; __c=$?
while kill -s 0 "$__p"; do wait "$__p"; __c=$?; done
wait "$__p"; __x=$?; [ "$__x" = 127 ] || __c=$__x
kill "$__w"
[ ! "$__o" ] || exit 124
exit "$__c"
