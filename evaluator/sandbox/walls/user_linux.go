package walls

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
)

// users are the user numbers that workers get where the host is root, each a
// fresh one: a worker can then reach neither the host nor another worker by
// being the same user.
type users struct {
	first, count uint32 // none where count is 0
	next         atomic.Uint32
}

// The numbers that nobody else uses, by the list that systemd keeps of them:
// above those of containers and below the foreign ones.
const (
	firstFree = 1879048192
	countFree = 2147352576 - firstFree
)

// fill chooses the range of numbers, from those that this user namespace has,
// and where to begin in it: other hosts on this machine take from the same.
func (u *users) fill(idMap string) {
	u.first, u.count = rangeOf(idMap)
	if u.count == 0 {
		return
	}
	var random [4]byte
	_, _ = rand.Read(random[:]) // never fails
	u.next.Store(binary.NativeEndian.Uint32(random[:]) % u.count)
}

// take gives the next number; -1 where there is none.
func (u *users) take() int {
	if u.count == 0 {
		return -1
	}
	return int(u.first + u.next.Add(1)%u.count)
}

// rangeOf finds numbers for workers in a map of user numbers, as in
// /proc/self/uid_map: the free ones where they are mapped, else the upper
// quarter of what is, without the number of nobody.
func rangeOf(idMap string) (first, count uint32) {
	for line := range strings.Lines(idMap) {
		var start, outside, length uint64
		if _, err := fmt.Sscan(line, &start, &outside, &length); err != nil {
			continue
		}
		if start <= firstFree && start+length >= firstFree+countFree {
			return firstFree, countFree
		}
		if quarter := length / 4; quarter >= 1024 && uint32(quarter) > count {
			first, count = uint32(start+length-quarter), uint32(quarter)-2
		}
	}
	return first, count
}

// idMap is the map of user numbers of this process.
func idMap() string {
	text, err := os.ReadFile("/proc/self/uid_map")
	if err != nil {
		return ""
	}
	return string(text)
}
