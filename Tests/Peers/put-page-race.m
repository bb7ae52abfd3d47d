-- put-page-race for rumur (Murphi): a page walker's put_page() against virtio-mem setting a page
-- offline.
--
-- Source: David Hildenbrand, 16 Oct 2019, "Re: [PATCH RFC v3 6/9] mm: Allow to offline
-- PageOffline() pages with a reference count of 0". As reported there, the walker's put can be the
-- last one and frees a page that the driver owns. With the patch's hook in __put_page() it can't.
--
--     sed 's/HOOK: 0;/HOOK: 1;/' put-page-race.m > with-hook.m
--     rumur --threads 1 --deadlock-detection off --output verifier.c put-page-race.m
--     gcc -std=c11 -O2 -o verifier verifier.c -lpthread && ./verifier
--
-- What makes the counts comparable:
-- - Each access to the page is one rule. A state is (refcount, type, list, walker, virtio).
-- - rumur searches breadth first (with one thread, exactly so): the rules of the printed trace are
--   the shortest violation. Its "rules fired" are the transitions.

const
  HOOK: 0; -- 1: __put_page() looks at the page's type first

var
  refcount: 0 .. 2;
  offline: boolean;    -- the page's type
  onFreeList: boolean;
  walker: enum { get_next, put_next, hook_next, free_next, walker_done };
  virtio: enum { set_next, drop_next, virtio_done };

startstate "the driver's page, one reference" begin
  refcount := 1; offline := false; onFreeList := false; walker := get_next; virtio := set_next;
end;

rule "walker: get_page_unless_zero" walker = get_next ==> begin
  if refcount = 0 then
    walker := walker_done;
  else
    refcount := refcount + 1; walker := put_next;
  end;
end;

rule "walker: put_page" walker = put_next ==> begin
  refcount := refcount - 1;
  if refcount > 0 then
    walker := walker_done;
  elsif HOOK = 1 then
    walker := hook_next;
  else
    walker := free_next;
  end;
end;

rule "walker: __put_page looks at the type" walker = hook_next ==> begin
  if offline then
    walker := walker_done;
  else
    walker := free_next;
  end;
end;

rule "walker: the page goes to a free list" walker = free_next ==> begin
  onFreeList := true; walker := walker_done;
end;

rule "virtio-mem: __SetPageOffline" virtio = set_next ==> begin
  offline := true; virtio := drop_next;
end;

rule "virtio-mem: page_ref_dec" virtio = drop_next ==> begin
  refcount := refcount - 1; virtio := virtio_done;
end;

invariant "a page that the driver owns is on no free list" !onFreeList;
