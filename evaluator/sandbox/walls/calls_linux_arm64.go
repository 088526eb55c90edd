package walls

import "golang.org/x/sys/unix"

// architecture is what the kernel calls this one.
const architecture = unix.AUDIT_ARCH_AARCH64

// foreign is the bit of the numbers of a second set of calls for the same
// architecture; 0 where there is none.
const foreign = 0

// special are rows that only this architecture has: none, since fork is clone
// here.
func special() []call { return nil }
