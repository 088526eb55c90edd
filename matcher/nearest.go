package matcher

import "slices"

// maxMisspelt is the length, in bytes, above which a name is no slip.
const maxMisspelt = 40

// Nearest returns the candidate that a misspelt name most likely meant, or ""
// when none is close: one edit for each three letters, or one in all.
func Nearest(name string, candidates []string) string {
	best, distance := "", max(1, len(name)/3)+1
	if len(name) > maxMisspelt {
		return ""
	}
	for _, candidate := range candidates {
		if d := edits(name, candidate); d < distance {
			best, distance = candidate, d
		}
	}
	return best
}

// edits counts the insertions, deletions, replacements and swaps of neighbours
// that turn one word into the other.
func edits(a, b string) int {
	before, previous := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range previous {
		previous[j] = j
	}
	for i := range len(a) {
		row := slices.Repeat([]int{i + 1}, len(b)+1)
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(previous[j+1]+1, row[j]+1, previous[j]+cost)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, previous = previous, row
	}
	return previous[len(b)]
}
