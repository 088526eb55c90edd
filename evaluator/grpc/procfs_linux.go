package grpc

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// stat is what /proc says of a process.
type stat struct {
	group int    // process group
	born  uint64 // when it started, in clock ticks since boot; tells it from later ones of its id
	pages int64  // of memory that are resident
}

// readStat reads /proc/PID/stat.
func readStat(pid int) (s stat, ok bool) {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return stat{}, false
	}
	// The name, in brackets, may hold anything.
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	if len(fields) < 22 || fields[0] == "Z" || fields[0] == "X" {
		return stat{}, false
	}
	s.group, _ = strconv.Atoi(fields[2])
	s.born, _ = strconv.ParseUint(fields[19], 10, 64)
	s.pages, _ = strconv.ParseInt(fields[21], 10, 64)
	return s, true
}

// bornAt is when a process started, 0 when there is none.
func bornAt(pid int) uint64 {
	s, _ := readStat(pid)
	return s.born
}

// family are a process and what descends from it, up to a count.
func family(pid, most int) []int {
	all := []int{pid}
	for i := 0; i < len(all) && len(all) <= most; i++ {
		lists, _ := filepath.Glob("/proc/" + strconv.Itoa(all[i]) + "/task/*/children")
		for _, list := range lists {
			text, _ := os.ReadFile(list)
			for _, field := range strings.Fields(string(text)) {
				if child, err := strconv.Atoi(field); err == nil {
					all = append(all, child)
				}
			}
		}
	}
	return all
}

// usage is how many processes a process became, counted to a bit more than most,
// and how much memory they take.
func usage(pid, most int) (processes int, memory int64) {
	for _, member := range family(pid, most) {
		if s, ok := readStat(member); ok {
			processes++
			memory += s.pages * int64(os.Getpagesize())
		}
	}
	return processes, memory
}

// killFamily ends a process, its group, what descends from it, and whatever has
// its marker in its environment. When the id has come to mean another process,
// only the marker counts. It looks again until nothing is left, because what it
// looks for may be forking.
func killFamily(pid int, born uint64, marker string) {
	for range 100 {
		victims := findFamily(pid, born, marker)
		if len(victims) == 0 {
			return
		}
		for victim, born := range victims {
			killExactly(victim, born)
		}
		time.Sleep(time.Millisecond)
	}
}

// findFamily finds what killFamily ends. // :: id → when it started
func findFamily(pid int, born uint64, marker string) map[int]uint64 {
	found := map[int]uint64{}
	first, alive := readStat(pid)
	reused := alive && first.born != born
	if alive && !reused {
		for _, member := range family(pid, 1<<16) {
			if s, ok := readStat(member); ok {
				found[member] = s.born
			}
		}
	}
	entries, _ := os.ReadDir("/proc")
	for _, entry := range entries {
		other, err := strconv.Atoi(entry.Name())
		if err != nil || other == os.Getpid() {
			continue
		}
		if s, ok := readStat(other); ok && (s.group == pid && !reused || marked(other, marker)) {
			found[other] = s.born
		}
	}
	return found
}

// marked says whether a process has a marker in the environment that it was
// started with.
func marked(pid int, marker string) bool {
	environment, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/environ")
	return err == nil && marker != "" && bytes.Contains(environment, []byte(markerName+"="+marker))
}

// killExactly kills a process, unless its id has come to mean another one. The
// handle makes sure that it is the one that was looked at.
func killExactly(pid int, born uint64) {
	handle, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return
	}
	defer unix.Close(handle)
	if born > 0 && bornAt(pid) == born {
		_ = unix.PidfdSendSignal(handle, unix.SIGKILL, nil, 0)
	}
}
