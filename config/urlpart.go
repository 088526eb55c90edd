package config

import (
	"errors"
	"net/url"
	"strings"

	"github.com/httsleep/httsleep"
)

// part is where in a URL a reference stands.
type part uint8

const (
	partText  part = iota // in no URL
	partStart             // at its beginning: it may be a whole base URL
	partUser              // user or password
	partHost              // scheme, host or port
	partPath              // one segment of the path, or a piece of it
	partQuery             // a value of the query
)

// partOfURL finds the part that follows what is there so far.
func partOfURL(shape string, rest []piece) part {
	if shape == "" {
		return partStart
	}
	after := shape
	if _, behind, found := strings.Cut(shape, "://"); found {
		after = behind
	}
	switch {
	case strings.Contains(shape, "?") && !strings.Contains(shape, "#"):
		return partQuery
	case strings.ContainsAny(after, "/#"):
		return partPath
	case userFollows(rest):
		return partUser
	}
	return partHost
}

// userFollows says whether the @ behind user and password is still to come.
func userFollows(rest []piece) bool {
	for _, p := range rest {
		if i := strings.IndexAny(p.literal, "@/?#"); i >= 0 {
			return p.literal[i] == '@'
		}
	}
	return false
}

// encode writes a value so that it stays what it is in that part.
func (p part) encode(value string) (string, error) {
	switch p {
	case partPath:
		if value == "." || value == ".." {
			return "", errors.New("is " + value + ", which cannot be a part of a path")
		}
		return url.PathEscape(value), nil
	case partQuery:
		return url.QueryEscape(value), nil
	case partUser:
		return strings.ReplaceAll(url.QueryEscape(value), "+", "%20"), nil
	}
	return value, nil
}

// secret says whether the place makes a value secret: a password, or a query
// value with the name of one.
func (p part) secret(shape string) bool {
	if p != partQuery {
		return p == partUser
	}
	field := shape[strings.LastIndexAny(shape, "?&")+1:]
	name, _, _ := strings.Cut(field, "=")
	return httsleep.KeyLike(name)
}

// standIn is a text that may stand in the part, where nothing is resolved.
func (p part) standIn(shape string, rest []piece) string {
	next := ""
	if len(rest) > 0 {
		next = rest[0].literal
	}
	switch {
	case p == partStart && strings.HasPrefix(next, "://"):
		return "http"
	case p == partStart:
		return "http://reference.invalid"
	case p == partHost && strings.HasSuffix(shape, "://"):
		return "reference.invalid"
	}
	return placeholder
}

// keyLikeEnv says whether an environment variable is named like a secret.
func keyLikeEnv(name string) bool { return httsleep.KeyLike(name) }
