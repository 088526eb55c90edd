package main

import "github.com/httsleep/httsleep/matcher"

// didYouMean names the candidate that a misspelt word most likely meant, in
// words, or is empty when none is near.
func didYouMean(prefix, word string, candidates []string) string {
	if near := matcher.Nearest(word, candidates); near != "" {
		return "; did you mean " + prefix + near + "?"
	}
	return ""
}
