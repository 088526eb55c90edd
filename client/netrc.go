package client

import (
	"errors"
	"strings"
)

// netrcLogin finds the entry for host in the text of a netrc file: the first
// machine of that name, else default. It gives nil if there is none.
func netrcLogin(text, host string) (*Login, error) {
	words := netrcWords(text)
	var found *Login
	for i := 0; i < len(words); i++ {
		matches := words[i] == "default"
		if words[i] == "machine" {
			if i++; i == len(words) {
				return nil, errors.New("netrc: machine without a name")
			}
			matches = strings.EqualFold(words[i], host)
		}
		entry, used := netrcEntry(words[i+1:])
		if i += used; matches {
			found = entry
			break
		}
	}
	return found, nil
}

// netrcEntry reads the pairs that follow a machine.
func netrcEntry(words []string) (*Login, int) {
	var l Login
	for i := 0; i < len(words); i += 2 {
		if words[i] == "machine" || words[i] == "default" || i+1 == len(words) {
			return &l, i
		}
		switch words[i] {
		case "login", "user":
			l.User = words[i+1]
		case "password":
			l.Password = words[i+1]
		}
	}
	return &l, len(words)
}

// netrcWords splits the text, leaving out comments and macros. A word may
// stand in double quotes.
func netrcWords(text string) []string {
	var words []string
	macro := false
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if macro = macro && line != ""; macro || strings.HasPrefix(line, "#") {
			continue
		}
		for line != "" {
			var word string
			word, line = netrcWord(line)
			if word == "macdef" {
				macro = true
				break
			}
			words = append(words, word)
			line = strings.TrimLeft(line, " \t")
		}
	}
	return words
}

// netrcWord takes the first word of a line.
func netrcWord(line string) (word, rest string) {
	if line[0] != '"' {
		end := strings.IndexAny(line, " \t")
		if end < 0 {
			end = len(line)
		}
		return line[:end], line[end:]
	}
	var b strings.Builder
	for i := 1; i < len(line); i++ {
		switch c := line[i]; {
		case c == '"':
			return b.String(), line[i+1:]
		case c == '\\' && i+1 < len(line):
			i++
			b.WriteByte(line[i])
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), ""
}
