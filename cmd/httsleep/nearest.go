package main

// didYouMean names the candidate that a misspelt word most likely meant, in
// words, or is empty when none is near: at most one edit for each three letters.
func didYouMean(prefix, word string, candidates []string) string {
	best, distance := "", len(word)/3+1
	if len(word) > 40 {
		return ""
	}
	for _, candidate := range candidates {
		if d := edits(word, candidate); d < distance {
			best, distance = candidate, d
		}
	}
	if best == "" {
		return ""
	}
	return "; did you mean " + prefix + best + "?"
}

// edits counts the insertions, deletions and replacements that turn one word
// into the other.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}
