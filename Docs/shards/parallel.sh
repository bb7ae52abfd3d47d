#!/usr/bin/env bash
#
# A gate in parts by GNU parallel, on the processors of this machine, or with --sshlogin on several:
#
#     parallel.sh [ARGUMENTS-OF-GATE ...]

set -euo pipefail

parts=${PARTS:-8}
straypage=${STRAYPAGE:-straypage}

rm -f $(seq -f %g.json "$parts")
# A part that finds something fails too, and the merge tells what.
parallel "$straypage" gate "${@@Q}" --threads 1 --shard "{}/$parts" --json {}.json ">" {}.log \
  ::: $(seq "$parts") || true
files=()
for part in $(seq "$parts"); do if [[ -e $part.json ]]; then files+=("$part.json"); fi; done
"$straypage" merge "${files[@]}" --junit gate.xml
