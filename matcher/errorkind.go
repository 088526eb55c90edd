package matcher

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Kind returns the kind of an error: what the Kind method of the first error in
// its chain that has one says, else "". Kinds are stable names, as "dns" or
// "limit:cpu"; some belong to a family, as dns to connection.
func Kind(err error) string {
	var kinded interface{ Kind() string }
	if errors.As(err, &kinded) {
		return kinded.Kind()
	}
	return ""
}

// errorKinds maps every kind to its family, itself when it has none.
var errorKinds = map[string]string{
	"connection": "connection", "dns": "connection", "proxy": "connection", "pool": "connection",
	"timeout": "timeout", "connect_timeout": "timeout", "read_timeout": "timeout",
	"tls": "tls", "protocol": "protocol", "redirect": "redirect", "decode": "decode",
	"body_too_large": "body_too_large", "json": "json", "callback": "callback",
	"breaker": "breaker", "capture": "capture", "before": "before", "after": "after",
	"limit": "limit", "limit:cpu": "limit", "limit:wall": "limit", "limit:memory": "limit",
	"limit:stack": "limit", "limit:output": "limit", "limit:input": "limit",
	"limit:depth": "limit", "limit:compile": "limit", "limit:protocol": "limit",
	"limit:crash": "limit", "limit:quota": "limit",
	"config": "config", "cancelled": "cancelled",
}

// kindGroups are names that stand for several kinds in a list of kinds.
var kindGroups = map[string][]string{
	"transient": {"connection", "timeout", "protocol", "json"},
	"all":       allKinds(),
}

// allKinds is everything that `all` stands for: not mistakes in the
// configuration, not a cancellation, and not what says that the host must stop
// calling a callback.
func allKinds() []string {
	var kinds []string
	for kind, family := range errorKinds {
		if family != "limit" && kind != "config" && kind != "cancelled" {
			kinds = append(kinds, kind)
		}
		if family == "limit" && kind != "limit" && kind != "limit:crash" && kind != "limit:quota" {
			kinds = append(kinds, kind)
		}
	}
	slices.Sort(kinds)
	return kinds
}

// KindSet is a set of error kinds; the zero value is empty. A family in it
// covers its members.
type KindSet struct{ members map[string]bool }

// ParseKinds makes a set from the names of kinds, families and the groups
// transient and all. An unknown name is an error that names the nearest one.
func ParseKinds(names ...string) (KindSet, error) {
	set := KindSet{members: make(map[string]bool, len(names))}
	for _, name := range names {
		group, isGroup := kindGroups[name]
		if !isGroup {
			group = []string{name}
		}
		for _, kind := range group {
			if _, known := errorKinds[kind]; !known {
				return KindSet{}, unknownKind(name)
			}
			set.members[kind] = true
		}
	}
	return set, nil
}

func unknownKind(name string) error {
	if near := Nearest(name, KindNames()); near != "" {
		return fmt.Errorf("unknown error kind %s: did you mean %q?", quote(name, maxQuoted), near)
	}
	return fmt.Errorf("unknown error kind %s: the kinds are %s", quote(name, maxQuoted), strings.Join(KindNames(), ", "))
}

// Has says whether a kind, or the family that it belongs to, is in the set.
func (s KindSet) Has(kind string) bool {
	return s.members[kind] || s.members[errorKinds[kind]]
}

// KindNames lists every name that ParseKinds takes, sorted.
func KindNames() []string {
	names := make([]string, 0, len(errorKinds)+len(kindGroups))
	for kind := range errorKinds {
		names = append(names, kind)
	}
	for group := range kindGroups {
		names = append(names, group)
	}
	slices.Sort(names)
	return names
}
