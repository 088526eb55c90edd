package walls

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// born is what the process took when its walls were raised, and its budgets, in
// bytes; they count from there. A bare number would mean another budget in each build: Go
// takes some 70 MB at birth, and some 110 MB with cgo.
var born struct{ written, mapped, budget, ceiling int64 }

// bound is one limit of the kernel.
type bound struct {
	resource int
	soft     uint64
	hard     uint64
}

// bounds are the limits of a worker. The number of its threads is only bounded
// where it was asked for: it counts all of a user, and does not hold for root.
func (i Inside) bounds() []bound {
	seconds := uint64((i.CPU + time.Second - 1) / time.Second)
	// Memory that is reserved, or is code, is not counted as written.
	mapped := uint64(born.mapped + 2*i.CompileBudget + 256<<20)
	list := []bound{
		{unix.RLIMIT_CORE, 0, 0},
		{unix.RLIMIT_FSIZE, 0, 0},
		{unix.RLIMIT_NOFILE, 16, 16},
		{unix.RLIMIT_CPU, seconds, seconds + 1},
		{unix.RLIMIT_AS, mapped, mapped},
		{unix.RLIMIT_DATA, uint64(born.written + i.Budget), uint64(born.written + i.CompileBudget)},
	}
	if i.Tasks > 0 {
		list = append(list, bound{unix.RLIMIT_NPROC, uint64(i.Tasks), uint64(i.Tasks)})
	}
	return list
}

// limit sets the limits and proves that they hold.
func (i Inside) limit() (proof string, err error) {
	if cgo {
		startThreads(threads)
	}
	born.written, born.mapped, err = memory()
	if err != nil {
		return "", err
	}
	endAtSignal()
	born.budget, born.ceiling = i.Budget, i.CompileBudget
	for _, b := range i.bounds() {
		if err := unix.Prlimit(0, b.resource, &unix.Rlimit{Cur: b.soft, Max: b.hard}, nil); err != nil {
			return "", fmt.Errorf("limit %d: %w", b.resource, err)
		}
	}
	if err := i.tryExceeding(); err != nil {
		return "", err
	}
	return fmt.Sprintf("taking %d MiB more memory was refused, and so was a higher limit", i.Budget>>20), nil
}

// threads are as many as a worker mostly needs: those of its processors, and
// some that wait in system calls.
const threads = 8

// startThreads has the runtime make threads and keep them for later. With cgo
// the stack of each counts as 8 MiB of written memory, which is not to come out
// of the budget.
func startThreads(n int) {
	var running, all sync.WaitGroup
	running.Add(n)
	for range n {
		all.Go(func() {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			running.Done()
			running.Wait()
		})
	}
	all.Wait()
}

// endAtSignal ends the process at the limit of processor time, at which the Go
// runtime does nothing by itself.
func endAtSignal() {
	used := make(chan os.Signal, 1)
	signal.Notify(used, unix.SIGXCPU)
	go func() {
		<-used
		os.Exit(ExitCPU)
	}()
}

// tryExceeding tries to take more memory than the budget, and to raise it.
func (i Inside) tryExceeding() error {
	size := int(i.Budget) + os.Getpagesize()
	taken, err := unix.Mmap(-1, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON|unix.MAP_NORESERVE)
	if err == nil {
		_ = unix.Munmap(taken)
		return errors.New("more memory than the budget was granted")
	}
	higher := uint64(born.written+born.ceiling) + 1
	if unix.Prlimit(0, unix.RLIMIT_DATA, &unix.Rlimit{Cur: higher, Max: higher}, nil) == nil {
		return errors.New("the limit of memory could be raised")
	}
	return nil
}

// setBudget sets the limit of memory anew. The highest one stays.
func setBudget(budget int64) error {
	if budget == 0 {
		budget = born.budget
	}
	limit := unix.Rlimit{Cur: uint64(born.written + budget), Max: uint64(born.written + born.ceiling)}
	if err := unix.Prlimit(0, unix.RLIMIT_DATA, &limit, nil); err != nil {
		return fmt.Errorf("setting the budget of memory to %d bytes: %w", budget, err)
	}
	return nil
}

// memory is how much private memory the process can write to, and how much it
// has mapped in all, in bytes.
func memory() (written, mapped int64, err error) {
	file, err := os.Open("/proc/self/status")
	if err != nil {
		return 0, 0, err
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), ":")
		switch name {
		case "VmData":
			written, err = kilobytes(value)
		case "VmSize":
			mapped, err = kilobytes(value)
		}
		if err != nil {
			return 0, 0, err
		}
	}
	if written == 0 || mapped == 0 {
		return 0, 0, errors.New("/proc/self/status does not tell the size of the process")
	}
	return written, mapped, nil
}

// kilobytes reads what the kernel writes as "   73028 kB".
func kilobytes(text string) (int64, error) {
	n, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(text), "kB")), 10, 64)
	return n << 10, err
}
