package jsonpath

// step is one operation of a compiled path. Both dialects compile to chains of
// steps: each value that a step gives goes to the next one, and a nil step
// takes it as a result. Chains may join again after a fork.
type step struct {
	op        operation
	selectors []selector // opSelect
	branches  []*step    // opFork
	condition *step      // opWhere
	next      *step
}

type operation uint8

const (
	opSelect  operation = iota // the selectors, one after the other
	opDescend                  // the value and all below it, parents first
	opRoot                     // the root of the document
	opParent                   // the value that this one was selected from
	opFork                     // the branches, one after the other
	opWhere                    // the value itself, if condition gives a result
)

// selector picks children of one value.
type selector struct {
	op     selection
	name   string
	index  int
	bounds slice
	filter *filter
}

type selection uint8

const (
	selectName     selection = iota
	selectIndex              // of an array
	selectAll                // elements or members
	selectSlice              // of an array
	selectFilter             // elements or members that the filter holds for
	selectMembers            // jsonpath-rw: members of an object
	selectItem               // jsonpath-rw: element of an array, character of a string
	selectElements           // jsonpath-rw: slice of an array, or of a list of one
)

// leavesScalars reports whether s surely gives nothing for a scalar.
func (s *step) leavesScalars() bool {
	if s == nil || s.op != opSelect {
		return false
	}
	for i := range s.selectors {
		if op := s.selectors[i].op; op == selectItem || op == selectElements {
			return false
		}
	}
	return true
}

// slice is start:end:step with what was left out.
type slice struct {
	start, end       int
	hasStart, hasEnd bool
	step             int
}

// within gives the first index, the one to stop before, and the step for an
// array of this length (RFC 9535, section 2.3.4.2.2; with a step of 1 it is
// Python's rule too).
func (s slice) within(length int) (from, to, step int) {
	if s.step == 0 {
		return 0, 0, 1
	}
	normal := func(i int) int {
		if i < 0 {
			return i + length
		}
		return i
	}
	if s.step > 0 {
		to = length
		if s.hasStart {
			from = clamp(normal(s.start), 0, length)
		}
		if s.hasEnd {
			to = clamp(normal(s.end), 0, length)
		}
		return from, to, s.step
	}
	from, to = length-1, -1
	if s.hasStart {
		from = clamp(normal(s.start), -1, length-1)
	}
	if s.hasEnd {
		to = clamp(normal(s.end), -1, length-1)
	}
	return from, to, s.step
}

func clamp(i, low, high int) int { return max(low, min(i, high)) }

// singular gives the selectors of a chain that has at most one result on any
// document, and whether it is such a chain.
func (s *step) singular() ([]selector, bool) {
	path := []selector{}
	for ; s != nil; s = s.next {
		if s.op != opSelect || len(s.selectors) != 1 {
			return nil, false
		}
		switch sel := s.selectors[0]; sel.op {
		case selectName, selectIndex, selectItem:
			path = append(path, sel)
		default:
			return nil, false
		}
	}
	return path, true
}
