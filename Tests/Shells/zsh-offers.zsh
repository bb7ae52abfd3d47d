# Says what zsh makes of a command line when tab is pressed at its end, on a terminal.
#
#     zsh -f zsh-offers.zsh SCRIPT LINE

zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "PS1=; PS2=; stty columns 200; autoload -Uz compinit; compinit -D -u; source $1"
# All that may follow is listed at once, and what is typed is left as it is.
zpty -w shell "setopt no_list_beep; LISTMAX=0; zstyle ':completion:*' list-prompt ''
show() { print -r -- \"<\$BUFFER>\"; BUFFER=; zle .accept-line }; zle -N show; bindkey '^X' show
print ready"
typeset text
while zpty -r shell text; do [[ $text == ready* ]] && break; done
zpty -w -n shell "$2"$'\t\x18'
while zpty -r shell text; do
  print -rn -- "$text"
  [[ $text == *'<'*'>'* ]] && break
done
zpty -d shell
