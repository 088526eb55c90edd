package walls

import "golang.org/x/sys/unix"

// architecture is what the kernel calls this one.
const architecture = unix.AUDIT_ARCH_X86_64

// foreign is the bit of the numbers of x32, a second set of calls for the same
// architecture; 0 where there is none.
const foreign = 0x40000000

// special are rows that only this architecture has.
func special() []call {
	return []call{
		{unix.SYS_TIME, allow, nil},
		{unix.SYS_FORK, kill, nil},
		{unix.SYS_VFORK, kill, nil},
	}
}
