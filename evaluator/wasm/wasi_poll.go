package wasm

import (
	"encoding/binary"
	"math"
	"time"
)

// Layout of what poll_oneoff reads and writes.
const (
	subscriptionSize = 48
	eventSize        = 32
	eventClock       = 0 // the kind of a subscription to a clock
	untilTime        = 1 // the flag of one to a point in time
)

// maxSleep bounds what a guest may sleep in all.
const maxSleep = 100 * 365 * 24 * time.Hour

// poll is poll_oneoff(subscriptions, events, count, ready). Standard files are
// always ready, and to wait for a clock makes the time pass at once.
func (e *evaluation) poll(stack []uint64) {
	count := uint32(stack[2])
	if count == 0 || count > math.MaxUint32/subscriptionSize {
		stack[0] = errnoInval
		return
	}
	in := e.view(stack[0], uint64(count*subscriptionSize))
	out := e.view(stack[1], uint64(count*eventSize))
	e.charge(fuelPerCall * int64(count))
	first := maxSleep
	for i := range count {
		first = min(first, e.waitFor(in[i*subscriptionSize:]))
	}
	ready := uint32(0)
	for i := range count {
		subscription := in[i*subscriptionSize:][:subscriptionSize]
		if e.waitFor(subscription) > first {
			continue
		}
		event := out[ready*eventSize:][:eventSize]
		kind := subscription[8]
		copy(event, subscription[:8])
		clear(event[8:])
		event[10] = kind
		ready++
	}
	e.skipped = min(e.skipped+first, maxSleep)
	e.write32(stack[3], ready)
	stack[0] = errnoSuccess
}

// waitFor is how long a subscription has to wait.
func (e *evaluation) waitFor(subscription []byte) time.Duration {
	if subscription[8] != eventClock {
		return 0
	}
	clock := binary.LittleEndian.Uint32(subscription[16:])
	until := binary.LittleEndian.Uint64(subscription[24:])
	if subscription[40]&untilTime != 0 {
		until -= min(until, e.now(clock))
	}
	return time.Duration(min(until, uint64(maxSleep)))
}
