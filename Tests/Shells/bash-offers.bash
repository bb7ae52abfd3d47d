# Says what bash offers at the end of a command line, one word a line.
#
#     bash bash-offers.bash SCRIPT LINE

source "$1"
COMP_LINE=$2
COMP_POINT=${#COMP_LINE}
# As readline parts the line: a '=' is a word of its own.
COMP_WORDS=()
rest=$COMP_LINE
while [[ $rest =~ ^(\ *)(=+|[^\ =]+)(.*)$ ]]; do
  COMP_WORDS+=("${BASH_REMATCH[2]}")
  rest=${BASH_REMATCH[3]}
done
if [[ $COMP_LINE == *\  ]]; then COMP_WORDS+=(""); fi
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
# Only readline knows of options for what is under way.
compopt() { :; }
specification=$(complete -p -- "${COMP_WORDS[0]##*/}")
[[ $specification =~ -F\ ([^ ]+) ]]
"${BASH_REMATCH[1]}" "${COMP_WORDS[0]}" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
((${#COMPREPLY[@]} == 0)) || printf '%s\n' "${COMPREPLY[@]}"
