" Race files in Vim: copy to ~/.vim/syntax/race.vim, and
"     autocmd BufNewFile,BufRead *.race setfiletype race
if exists("b:current_syntax")
  finish
endif
runtime! syntax/c.vim
unlet! b:current_syntax
syntax keyword raceWord piece switch bound variant fix expect source large in on
syntax keyword raceProperty always never warn data_races reachable eventually unreachable when whenever exists forall filter locations
syntax keyword raceVerdict holds violated deadlock stuck faulted
syntax keyword raceStatement either or atomic taking holding await await_or_rest await_asleep choose claim all any count ghost
syntax match raceActor "\<P\d\+\>"
syntax match raceAttribute "\<__\(name\|times\|cpu\|softirq\|interrupt\|forever\|may_be_stopped\|step\)\>"
highlight default link raceWord Statement
highlight default link raceProperty Keyword
highlight default link raceVerdict Constant
highlight default link raceStatement Statement
highlight default link raceActor Function
highlight default link raceAttribute PreProc
let b:current_syntax = "race"
