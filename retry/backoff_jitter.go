package retry

import (
	"math/bits"
	"time"
)

// FullJitter waits a random time between zero and the delay of b, both
// included. A minimum is applied outside of it, with [Backoff.Capped].
func FullJitter(b Backoff) Backoff {
	return func(attempt int, seed uint64) time.Duration {
		return uniform(attempt, seed, b.Delay(attempt, seed))
	}
}

// EqualJitter waits half of the delay of b and a random part of the other
// half.
func EqualJitter(b Backoff) Backoff {
	return func(attempt int, seed uint64) time.Duration {
		d := b.Delay(attempt, seed)
		half := d / 2
		return half + uniform(attempt, seed, d-half)
	}
}

// uniform returns a duration in [0, d] that depends on nothing but its
// arguments. The generator is written out because a schedule stored by one
// build must be repeated by the next one, which math/rand does not promise.
func uniform(attempt int, seed uint64, d time.Duration) time.Duration {
	random := mix(mix(seed) + uint64(max(attempt, 1))*0x9e3779b97f4a7c15)
	scaled, _ := bits.Mul64(random, uint64(d)+1)
	return time.Duration(scaled)
}

// mix is the output function of SplitMix64 (Steele, Lea and Flood, "Fast
// Splittable Pseudorandom Number Generators", 2014): every bit of x moves
// every bit of the result.
func mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}
