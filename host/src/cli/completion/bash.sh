# Completions of sortie's command lines. bash cuts words at `=` and `:` too (COMP_WORDBREAKS), so that they are
# put together again, as far as they stand together: `--output=json`, `file:task.json`.
_sortie_complete() {
    local rest=$COMP_LINE words=() last=-1 before="" word i
    for ((i = 0; i <= COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if [[ $i == 0 || $rest == [[:space:]]* ]]; then
            rest=${rest#"${rest%%[![:space:]]*}"}
            before=""
            words[++last]=""
        else
            before=${words[last]}
        fi
        rest=${rest#"$word"}
        if [[ $i == "$COMP_CWORD" ]]; then
            # What is replaced is what stands behind the last of these characters, up to the cursor.
            if [[ $word == [=:]* ]]; then before+=$word; word=""; else word=$2; fi
        fi
        words[last]=$before$word
    done
    if compopt +o nospace 2> /dev/null; then local space=false; else local space=true; fi
    local IFS=$'\013'
    COMPREPLY=($(_CLAP_IFS="$IFS" _CLAP_COMPLETE_INDEX="$last" _CLAP_COMPLETE_COMP_TYPE="$COMP_TYPE" \
        _CLAP_COMPLETE_SPACE="$space" VARIABLE=bash sortie -- "${words[@]}"))
    COMPREPLY=("${COMPREPLY[@]#"$before"}")
    if [[ $space == false && ${COMPREPLY-} =~ [=/:]$ ]]; then compopt -o nospace; fi
}
if [[ ${BASH_VERSINFO[0]} -gt 4 || ${BASH_VERSINFO[0]} -eq 4 && ${BASH_VERSINFO[1]} -ge 4 ]]; then
    complete -o nospace -o bashdefault -o nosort -F _sortie_complete sortie
else
    complete -o nospace -o bashdefault -F _sortie_complete sortie
fi
