package matcher

import "slices"

// OrUp is the list for a poll that waits until something is up: where nothing
// but `stable` is asked for, any status of 2xx will do.
func (l Conditions) OrUp() Conditions {
	up := Status("2xx")
	list := slices.DeleteFunc(slices.Clone(l), Condition.IsZero)
	if len(list) == 0 {
		return Conditions{up}
	}
	for i, c := range list {
		if len(c.keys) == 1 && c.keys[0].key == "stable" {
			list[i].keys = append(slices.Clone(c.keys), up.keys...)
		}
	}
	return list
}
