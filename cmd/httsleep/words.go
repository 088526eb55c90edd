package main

import (
	"errors"
	"strings"
)

// splitWords splits a command at blanks. In single quotes everything stands for
// itself; in double quotes, and outside of quotes, a backslash makes the next
// character do so. Nothing else means anything: no shell reads it.
func splitWords(text string) ([]string, error) {
	var words []string
	var word strings.Builder
	begun, escaped, quote := false, false, rune(0)
	for _, r := range text {
		blank := strings.ContainsRune(" \t\n", r)
		switch {
		case escaped:
			word.WriteRune(r)
			escaped = false
		case r == '\\' && quote != '\'':
			begun, escaped = true, true
		case r == quote:
			quote = 0
		case quote == 0 && (r == '\'' || r == '"'):
			begun, quote = true, r
		case quote == 0 && blank && begun:
			words = append(words, word.String())
			word.Reset()
			begun = false
		case quote == 0 && blank:
		default:
			begun = true
			word.WriteRune(r)
		}
	}
	switch {
	case quote != 0:
		return nil, errors.New("a " + string(quote) + " is not closed")
	case escaped:
		return nil, errors.New(`nothing follows the last \`)
	case begun:
		words = append(words, word.String())
	}
	return words, nil
}
