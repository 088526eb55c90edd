package wasm

import (
	"encoding/binary"
	"math"
	"time"

	"github.com/httsleep/httsleep/evaluator"
)

// Error numbers of WASI preview 1.
const (
	errnoSuccess = 0
	errnoBadF    = 8
	errnoInval   = 28
	errnoNoSys   = 52
	errnoSPipe   = 70
)

// wasiFunctions are the functions of WASI preview 1. There are no files, no
// arguments, no environment and no sockets; what has no call here answers
// ENOSYS.
var wasiFunctions = []hostFunction{
	{"args_get", "ii:i", succeed},
	{"args_sizes_get", "ii:i", (*evaluation).noStrings},
	{"environ_get", "ii:i", succeed},
	{"environ_sizes_get", "ii:i", (*evaluation).noStrings},
	{"clock_res_get", "ii:i", (*evaluation).clockResolution},
	{"clock_time_get", "iIi:i", (*evaluation).clockTime},
	{"fd_advise", "iIIi:i", nil},
	{"fd_allocate", "iII:i", nil},
	{"fd_close", "i:i", succeed},
	{"fd_datasync", "i:i", nil},
	{"fd_fdstat_get", "ii:i", (*evaluation).fdStat},
	{"fd_fdstat_set_flags", "ii:i", nil},
	{"fd_fdstat_set_rights", "iII:i", nil},
	{"fd_filestat_get", "ii:i", nil},
	{"fd_filestat_set_size", "iI:i", nil},
	{"fd_filestat_set_times", "iIIi:i", nil},
	{"fd_pread", "iiiIi:i", nil},
	{"fd_prestat_get", "ii:i", noFile},
	{"fd_prestat_dir_name", "iii:i", noFile},
	{"fd_pwrite", "iiiIi:i", nil},
	{"fd_read", "iiii:i", (*evaluation).fdRead},
	{"fd_readdir", "iiiIi:i", nil},
	{"fd_renumber", "ii:i", nil},
	{"fd_seek", "iIii:i", (*evaluation).fdSeek},
	{"fd_sync", "i:i", nil},
	{"fd_tell", "ii:i", nil},
	{"fd_write", "iiii:i", (*evaluation).fdWrite},
	{"path_create_directory", "iii:i", nil},
	{"path_filestat_get", "iiiii:i", nil},
	{"path_filestat_set_times", "iiiiIIi:i", nil},
	{"path_link", "iiiiiii:i", nil},
	{"path_open", "iiiiiIIii:i", nil},
	{"path_readlink", "iiiiii:i", nil},
	{"path_remove_directory", "iii:i", nil},
	{"path_rename", "iiiiii:i", nil},
	{"path_symlink", "iiiii:i", nil},
	{"path_unlink_file", "iii:i", nil},
	{"poll_oneoff", "iiii:i", (*evaluation).poll},
	{"proc_exit", "i:", func(_ *evaluation, stack []uint64) { panic(&exit{uint32(stack[0])}) }},
	{"proc_raise", "i:i", nil},
	{"random_get", "ii:i", (*evaluation).randomBytes},
	{"sched_yield", ":i", succeed},
	{"sock_accept", "iii:i", nil},
	{"sock_recv", "iiiiii:i", nil},
	{"sock_send", "iiiii:i", nil},
	{"sock_shutdown", "ii:i", nil},
}

func succeed(_ *evaluation, stack []uint64) { stack[0] = errnoSuccess }

func noFile(_ *evaluation, stack []uint64) { stack[0] = errnoBadF }

// write32 and write64 store a number in the guest's memory.
func (e *evaluation) write32(pointer uint64, n uint32) {
	binary.LittleEndian.PutUint32(e.view(pointer, 4), n)
}

func (e *evaluation) write64(pointer, n uint64) {
	binary.LittleEndian.PutUint64(e.view(pointer, 8), n)
}

// noStrings says that there are no arguments or no environment.
func (e *evaluation) noStrings(stack []uint64) {
	e.write32(stack[0], 0)
	e.write32(stack[1], 0)
	stack[0] = errnoSuccess
}

// clocks is how many clocks there are: the first is the time of the call, the
// others begin with the evaluation.
const clocks = 4

// now reads a clock. Time passes only while the guest sleeps.
func (e *evaluation) now(clock uint32) uint64 {
	if clock == 0 {
		return uint64(e.call.Now.UnixNano()) + uint64(e.skipped)
	}
	return uint64(time.Second + e.skipped)
}

func (e *evaluation) clockResolution(stack []uint64) {
	if uint32(stack[0]) >= clocks {
		stack[0] = errnoInval
		return
	}
	e.write64(stack[1], uint64(time.Millisecond))
	stack[0] = errnoSuccess
}

func (e *evaluation) clockTime(stack []uint64) {
	if uint32(stack[0]) >= clocks {
		stack[0] = errnoInval
		return
	}
	e.write64(stack[2], e.now(uint32(stack[0])))
	stack[0] = errnoSuccess
}

// randomBytes is random_get(buf, len).
func (e *evaluation) randomBytes(stack []uint64) {
	if e.random == nil {
		e.random = evaluator.Random(e.call.Seed)
	}
	buffer := e.view(stack[0], stack[1])
	e.charge(int64(len(buffer)))
	// It never fails.
	_, _ = e.random.Read(buffer)
	stack[0] = errnoSuccess
}

// Standard files.
const (
	standardInput  = 0
	standardOutput = 1
	standardError  = 2
)

// fdStat is fd_fdstat_get(fd, stat): the standard files are devices that
// characters can be read from or written to.
func (e *evaluation) fdStat(stack []uint64) {
	const characterDevice, mayRead, mayWrite, mayPoll = 2, 1 << 1, 1 << 6, 1 << 27
	fd := uint32(stack[0])
	if fd > standardError {
		stack[0] = errnoBadF
		return
	}
	stat := e.view(stack[1], 24)
	clear(stat)
	stat[0] = characterDevice
	rights := uint64(mayWrite | mayPoll)
	if fd == standardInput {
		rights = mayRead | mayPoll
	}
	binary.LittleEndian.PutUint64(stat[8:], rights)
	stack[0] = errnoSuccess
}

// fdSeek says that nothing can be sought in.
func (e *evaluation) fdSeek(stack []uint64) {
	if uint32(stack[0]) > standardError {
		stack[0] = errnoBadF
		return
	}
	stack[0] = errnoSPipe
}

// vectors goes through the buffers that a list of pointers and sizes describes.
func (e *evaluation) vectors(list, count uint64, use func(buffer []byte) bool) {
	if uint32(count) > math.MaxUint32/8 {
		e.stop(evaluator.Protocol.Broken("the guest passed %d buffers", uint32(count)))
	}
	entries := e.view(list, uint64(uint32(count)*8))
	for ; len(entries) > 0; entries = entries[8:] {
		pointer, size := binary.LittleEndian.Uint32(entries), binary.LittleEndian.Uint32(entries[4:])
		if !use(e.view(uint64(pointer), uint64(size))) {
			return
		}
	}
}

// fdWrite is fd_write(fd, list, count, written).
func (e *evaluation) fdWrite(stack []uint64) {
	fd := uint32(stack[0])
	if fd != standardOutput && fd != standardError {
		stack[0] = errnoBadF
		return
	}
	written := 0
	e.vectors(stack[1], stack[2], func(buffer []byte) bool {
		e.write(fd, buffer)
		written += len(buffer)
		return true
	})
	e.write32(stack[3], uint32(written))
	stack[0] = errnoSuccess
}

// fdRead is fd_read(fd, list, count, read): a command reads the call, for a
// reactor there is nothing.
func (e *evaluation) fdRead(stack []uint64) {
	if uint32(stack[0]) != standardInput {
		stack[0] = errnoBadF
		return
	}
	read := 0
	e.vectors(stack[1], stack[2], func(buffer []byte) bool {
		n := copy(buffer, e.input)
		e.input = e.input[n:]
		read += n
		return len(e.input) > 0
	})
	e.write32(stack[3], uint32(read))
	stack[0] = errnoSuccess
}
