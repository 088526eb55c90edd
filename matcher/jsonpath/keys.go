package jsonpath

import "hash/maphash"

// fewKeys is how many keys are compared each with each; more go through a table.
const fewKeys = 8

// resolve finds the keys that the object at open repeats. The first member of
// that key is pointed to the value of the last one; the others are marked dead.
// It returns how many are.
func (s *scanner) resolve(open, count int) (dead int) {
	d := &Document{text: s.text, nodes: s.nodes}
	s.seen.reset(count)
	stop := uint32(open) + s.nodes[open].size
	for k := uint32(open) + 1; k < stop; k = d.next(k + 1) {
		first, again := s.seen.add(d, k)
		if !again {
			continue
		}
		dead++
		s.duplicates = true
		s.nodes[k].meta |= flagDead
		n := &s.nodes[first]
		n.meta = n.meta&^countMask | flagMoved | (k - first)
	}
	return dead
}

// keySet is a set of keys of one object, by their decoded text. Its room is
// kept from object to object.
type keySet struct {
	few   [fewKeys]uint32 // few keys: their nodes
	count int             // of them
	table []uint32        // many keys: their nodes, 0 where free
	seed  maphash.Seed
}

// reset empties the set and makes room for count keys.
func (ks *keySet) reset(count int) {
	ks.count, ks.table = 0, ks.table[:0]
	if count <= fewKeys {
		return
	}
	if ks.seed == (maphash.Seed{}) {
		ks.seed = maphash.MakeSeed()
	}
	room := 32
	for room < 2*count {
		room *= 2
	}
	if cap(ks.table) < room {
		ks.table = make([]uint32, room)
	}
	ks.table = ks.table[:room]
	clear(ks.table)
}

// add puts the key at k into the set, or gives the equal one that is there.
func (ks *keySet) add(d *Document, k uint32) (first uint32, again bool) {
	if len(ks.table) > 0 {
		return ks.addToTable(d, k)
	}
	n := d.nodes[k]
	for _, other := range ks.few[:ks.count] {
		m := d.nodes[other]
		plain := (m.meta|n.meta)&(flagEscaped|flagWide) == 0
		if plain && m.size != n.size {
			continue
		}
		if sameText(d, k, d, other) {
			return other, true
		}
	}
	ks.few[ks.count] = k
	ks.count++
	return 0, false
}

func (ks *keySet) addToTable(d *Document, k uint32) (first uint32, again bool) {
	mask := uint64(len(ks.table) - 1)
	slot := maphash.Bytes(ks.seed, d.bytesOf(k)) & mask
	for ks.table[slot] != 0 {
		if other := ks.table[slot]; sameText(d, k, d, other) {
			return other, true
		}
		slot = (slot + 1) & mask
	}
	ks.table[slot] = k
	return 0, false
}
