# Says what a command line is in zsh once tab is pressed at its end, on a terminal.
#
#     zsh -f zsh-tab.zsh SCRIPT LINE

zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "PS1=; stty columns 200; autoload -Uz compinit; compinit -u -d ${1:h}/zcompdump; source $1
show() { print -r -- \"<\$BUFFER>\"; BUFFER=; zle .accept-line }; zle -N show; bindkey '^X' show
print ready"
typeset text
while zpty -r shell text; do [[ $text == ready* ]] && break; done
zpty -w -n shell "$2"$'\t\x18'
while zpty -r shell text; do
  if [[ $text =~ '<(.*)>' ]]; then
    print -r -- "$match[1]"
    break
  fi
done
zpty -d shell
