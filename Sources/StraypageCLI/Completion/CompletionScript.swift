/// A shell that scripts are written for.
enum Shell: String, CaseIterable, Sendable { case bash, zsh, fish }

/// The script by which a shell completes the command lines of a tool.
///
/// It asks the tool itself, by the hidden command `complete`, so that it needs no renewal when the
/// tool's models change.
struct CompletionScript {
  let tool: String
  let shell: Shell

  var text: String {
    switch shell {
    case .bash: bash
    case .zsh: zsh
    case .fish: fish
    }
  }

  /// The name of the shell function.
  private var function: String {
    "_" + tool.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? String($0) : "_" }.joined()
      + "_complete"
  }

  private var ask: String { Command.complete.name }

  private var bash: String {
    #"""
    # Completes the command lines of \#(tool) in bash.

    \#(function)() {
      local program=${1/#\~/$HOME} word previous= kind= line
      local -a words=()
      # bash takes a '=' for a word of its own.
      for word in "${COMP_WORDS[@]:1:COMP_CWORD}"; do
        if ((${#words[@]})) && [[ $word == = || $previous == = ]]; then
          words[${#words[@]} - 1]+=$word
        else
          words+=("$word")
        fi
        previous=$word
      done
      word=${words[${#words[@]} - 1]}
      # Only what follows the last '=' is replaced.
      local kept=
      if [[ $COMP_WORDBREAKS == *=* && $word == *=* ]]; then kept=${word%"${word##*=}"}; fi
      COMPREPLY=()
      {
        read -r kind
        while IFS=$'\t' read -r line _; do COMPREPLY+=("${line#"$kept"}"); done
      } < <("$program" \#(ask) -- "${words[@]}" 2>/dev/null)
      if [[ $kind == files ]]; then
        local option=
        if [[ $word == --*=* ]]; then option=${word%%=*}=; fi
        while IFS= read -r line; do
          line=$option$line
          COMPREPLY+=("${line#"$kept"}")
        done < <(compgen -f -- "${word#"$option"}")
        compopt -o filenames 2>/dev/null
      elif [[ ${COMPREPLY[0]-} == *= ]]; then
        compopt -o nospace 2>/dev/null
      fi
    }

    complete -F \#(function) \#(tool)

    """#
  }

  private var zsh: String {
    #"""
    #compdef \#(tool)
    # Completes the command lines of \#(tool) in zsh.

    \#(function)() {
      local line
      local -a lines texts shown
      lines=("${(@f)$(${~words[1]} \#(ask) -- "${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
      if [[ $lines[1] == files ]]; then
        if [[ $words[CURRENT] == --*=* ]]; then compset -P '*='; fi
        _files
        return
      fi
      for line in "${(@)lines[2,-1]}"; do
        texts+=("${line%%$'\t'*}")
        shown+=("${line/$'\t'/  }")
      done
      if [[ $texts[1] == *= ]]; then
        compadd -S '' -l -d shown -- "${(@)texts}"
      else
        compadd -l -d shown -- "${(@)texts}"
      fi
    }

    if [[ $funcstack[1] == \#(function) || $funcstack[1] == _\#(tool) ]]; then
      \#(function) "$@"
    else
      compdef \#(function) \#(tool)
    fi

    """#
  }

  private var fish: String {
    #"""
    # Completes the command lines of \#(tool) in fish.

    function \#(function)
        set -l typed (commandline -opc)
        set -l word (commandline -ct)
        set -l offered ($typed[1] \#(ask) -- $typed[2..-1] $word 2>/dev/null)
        if test "$offered[1]" = files
            set -l option (string match -r -- '^--[^=]*=' $word)
            for file in (__fish_complete_path (string replace -- "$option" '' $word))
                echo -- "$option$file"
            end
        else
            string join \n -- $offered[2..-1]
        end
    end

    complete -c \#(tool) -f -a '(\#(function))'

    """#
  }
}
