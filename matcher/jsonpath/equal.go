package jsonpath

// Equal compares two values as JSON: the order of keys is free, that of
// elements is not, numbers compare by value and exactly, and values of
// different kinds are never equal. It takes linear time. Two zero Values are
// equal.
func Equal(a, b Value) bool {
	if !a.IsValid() || !b.IsValid() {
		return a.IsValid() == b.IsValid()
	}
	if a == b {
		return true
	}
	m, n := a.node(), b.node()
	if m.kind() != n.kind() {
		return false
	}
	switch m.kind() {
	case Boolean:
		return a.Bool() == b.Bool()
	case Number:
		return compareNumbers(a.doc.literal(a.at), b.doc.literal(b.at)) == 0
	case String:
		return sameText(a.doc, a.at, b.doc, b.at)
	case Array:
		return m.count() == n.count() && equalElements(a, b)
	case Object:
		return m.count() == n.count() && equalMembers(a, b)
	}
	return true
}

func equalElements(a, b Value) bool {
	j := b.at + 1
	for x := range a.Elements() {
		if !Equal(x, Value{b.doc, j}) {
			return false
		}
		j = b.doc.next(j)
	}
	return true
}

// equalMembers compares objects of the same size. Keys mostly come in the same
// order on both sides; from the first that does not, b is indexed.
func equalMembers(a, b Value) bool {
	var index map[string]uint32
	j, stop := b.at+1, b.doc.next(b.at)
	for k, member := range a.members() {
		if index == nil && j < stop && b.doc.live(j) && sameText(a.doc, k, b.doc, j) {
			if !Equal(member, Value{b.doc, b.doc.valueOf(j)}) {
				return false
			}
			j = b.doc.next(j + 1)
			continue
		}
		if index == nil {
			index = indexMembers(b)
		}
		at, found := index[string(a.doc.bytesOf(k))]
		if !found || !Equal(member, Value{b.doc, at}) {
			return false
		}
	}
	return true
}

// indexMembers is key → place of its value.
func indexMembers(v Value) map[string]uint32 {
	index := make(map[string]uint32, v.node().count())
	for k, member := range v.members() {
		index[string(v.doc.bytesOf(k))] = member.at
	}
	return index
}
