-- page-churn for rumur (Murphi): walkers that get and put pages, virtio-mem that takes pages
-- offline and brings them back, and an allocator. It holds. It is the yardstick by which explorers
-- are compared: the same system as straypage's page-churn and as page-churn.pml, written on its own.
--
--     sed 's/PAGES: 2;/PAGES: 3;/; s/WALKERS: 2;/WALKERS: 3;/' page-churn.m > sized.m
--     rumur --threads 1 --deadlock-detection off --output verifier.c sized.m
--     gcc -std=c11 -O2 -o verifier verifier.c -lpthread && ./verifier
--
-- What makes the counts comparable:
-- - Pages and walkers are ranges, not scalarsets: no symmetry is taken away.
-- - A rule is one atomic transition; rumur's "states" include the start state and its "rules fired"
--   are the transitions.

const
  PAGES: 2;
  WALKERS: 2;

type
  page_t: 0 .. PAGES - 1;
  walker_t: 0 .. WALKERS - 1;

var
  refcount: array [page_t] of 0 .. WALKERS + 2; -- a value out of range is an error
  offline: array [page_t] of boolean;
  inBuddy: array [page_t] of boolean;
  walker: array [walker_t] of enum { idle, holding, freeing };
  walkerPage: array [walker_t] of page_t;       -- 0 when idle
  marked: boolean;                              -- virtio-mem: between its two steps
  virtioPage: page_t;                           -- 0 when idle

startstate "every page in use once" begin
  for p: page_t do
    refcount[p] := 1; offline[p] := false; inBuddy[p] := false;
  end;
  for w: walker_t do
    walker[w] := idle; walkerPage[w] := 0;
  end;
  marked := false; virtioPage := 0;
end;

ruleset w: walker_t; p: page_t do
  rule "get" walker[w] = idle & refcount[p] > 0 ==> begin
    refcount[p] := refcount[p] + 1; walker[w] := holding; walkerPage[w] := p;
  end;
end;

ruleset w: walker_t do
  rule "put" walker[w] = holding ==> begin
    refcount[walkerPage[w]] := refcount[walkerPage[w]] - 1;
    if refcount[walkerPage[w]] = 0 then
      walker[w] := freeing;
    else
      walker[w] := idle; walkerPage[w] := 0;
    end;
  end;

  rule "free" walker[w] = freeing ==> begin
    if !offline[walkerPage[w]] then
      inBuddy[walkerPage[w]] := true;
    end;
    walker[w] := idle; walkerPage[w] := 0;
  end;
end;

ruleset p: page_t do
  rule "set offline" !marked & !offline[p] & refcount[p] > 0 ==> begin
    offline[p] := true; marked := true; virtioPage := p;
  end;

  rule "bring back" !marked & offline[p] & refcount[p] = 0 ==> begin
    offline[p] := false; refcount[p] := 1;
  end;

  rule "allocate" inBuddy[p] & refcount[p] = 0 ==> begin
    inBuddy[p] := false; refcount[p] := 1;
  end;
end;

rule "drop" marked ==> begin
  refcount[virtioPage] := refcount[virtioPage] - 1; marked := false; virtioPage := 0;
end;
