# Programs as the rows of a table: run in turn, and printed as Markdown. `run` sources it.
#
# A row is a command under a name. What its runs took is appended to NAME.wall and, as the program
# itself reports it, to NAME.search, in microseconds, and their peak memory to NAME.peak, in KiB.

# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # `run` shares variables with this file

rows=()
declare -A title command expected copies beside
faults=0

fault() { # MESSAGE FILE...
  echo "FAILED: $1" >&2
  tail -n 10 "${@:2}" >&2
  faults=$((faults + 1))
}

# Where states and transitions aren't given, all runs have to find those that the first found.
add() { # ROW TITLE STATES-AND-TRANSITIONS COMMAND...
  rows+=("$1")
  title[$1]=$2 expected[$1]=$3 command[$1]=${*:4}
}

# States, transitions and the microseconds of the search in what any of the programs prints. Spin
# counts the entry into the initial state as a transition.
figures() { # FILE
  awk '
    { gsub(/[",]/, "") }
    $2 == ":" { value[$1] = $3 }
    $2 == "states" && !value["states"] { value["states"] = $1 }
    $4 == "transitions" || $4 == "rules" {
      value["states"] = $1; value["transitions"] = $3; value["seconds"] = $7
    }
    $2 == "transitions" { value["transitions"] = $1 - 1 }
    /^pan: elapsed time/ { value["seconds"] = $4 }
    END { printf "%.0f %.0f %.0f\n", value["states"], value["transitions"], value["seconds"] * 1e6 }
  ' "$1"
}

# One run. The counts tell whether it is as it should be; the exit status is 1 where a violation is.
measure() { # ROW
  local words timed=() begin end status=0 states transitions search
  read -ra words <<<"${command[$1]}"
  if [[ $gnu_time ]]; then timed=("$gnu_time" -q -a -o "$1.peak" -f %M); fi
  begin=${EPOCHREALTIME/./}
  "${timed[@]}" "${words[@]}" >"$1.out" 2>"$1.err" || status=$?
  end=${EPOCHREALTIME/./}
  read -r states transitions search < <(figures "$1.out")
  expected[$1]=${expected[$1]:-$states $transitions}
  if [[ $status -gt 1 || $states == 0 || "$states $transitions" != "${expected[$1]}" ]]; then
    fault "${command[$1]}: exit status $status, '$states $transitions' instead of '${expected[$1]}'" \
      "$1.out" "$1.err"
    return 1
  fi
  echo $((end - begin)) >>"$1.wall"
  echo "$search" >>"$1.search"
}

# Several runs side by side, noted as the time that one of them takes: the harmonic mean, so that
# their number over that time is what they get done together.
measure_copies() { # ROW COPIES
  local copy
  for ((copy = 1; copy <= $2; copy++)); do
    command[$1-$copy]=${command[$1]} expected[$1-$copy]=${expected[$1]}
    rm -f "$1-$copy.wall"
    measure "$1-$copy" &
  done
  wait
  if cat "$1"-*.wall >"$1.copies" && (($(wc -l <"$1.copies") == $2)); then
    awk '{ rate += 1 / $1 } END { printf "%.0f\n", NR / rate }' "$1.copies" >>"$1.wall"
  else
    faults=$((faults + 1))
  fi
}

measure_rounds() {
  local round row
  for ((round = 1; round <= rounds; round++)); do
    for row in "${rows[@]}"; do
      echo "round $round of $rounds: ${title[$row]}" >&2
      if [[ ${copies[$row]:-} ]]; then
        measure_copies "$row" "${copies[$row]}"
      else
        measure "$row" || true
      fi
    done
  done
}

# --- Tables

calculate() { # FORMAT EXPRESSION...
  awk "BEGIN { printf \"$1\", ${*:2} }"
}

median() { # FILE
  sort -n "$1" |
    awk '{ v[NR] = $1 } END { printf "%.0f", (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'
}

# A number of microseconds in seconds.
seconds() { # MICROSECONDS
  calculate %.2f "$1 / 1e6"
}

grouped() { # NUMBER
  sed -E ':again; s/([0-9])([0-9]{3})(,|$)/\1,\2\3/; t again' <<<"$1"
}

cells() { # CELL...
  printf '|'
  printf ' %s |' "$@"
  echo
}

header() { # COLUMN...
  cells "$@"
  printf '|'
  printf -- '---|%.0s' "$@"
  echo
}

rate() { # STATES MICROSECONDS
  if (($2)); then calculate "%.2f million" "$1 / $2"; fi
}

# Two cells: peak memory, and as bytes a state.
memory() { # ROW STATES
  local peak
  if [[ $gnu_time ]]; then
    peak=$(median "$1.peak")
    calculate "%.0f MB" "$peak / 1024"
    echo " | $(calculate %.1f "$peak * 1024 / $2")"
  else
    echo " | "
  fi
}

# Every row, and straypage's speed as a multiple of its own where it is beside one of straypage's.
compare_rows() {
  local row states wall speed
  header "" states seconds "of them searching" states/s "peak memory" "bytes a state" \
    "straypage's speed, this = 1"
  for row in "${rows[@]}"; do
    if [[ ! -f $row.wall ]]; then
      cells "${title[$row]}" "" failed "" "" "" "" ""
      continue
    fi
    states=${expected[$row]% *} wall=$(median "$row.wall") speed=""
    if [[ ${beside[$row]:-} && -f ${beside[$row]}.wall ]]; then
      speed="$(calculate %.2f "$wall / $(median "${beside[$row]}.wall")")"
    fi
    cells "${title[$row]}" "$(grouped "$states")" "$(seconds "$wall")" \
      "$(seconds "$(median "$row.search")")" "$(rate "$states" "$wall")" \
      "$(memory "$row" "$states")" "$speed"
  done
}
