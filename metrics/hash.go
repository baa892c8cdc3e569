package metrics

import (
	"math/bits"

	"github.com/cespare/xxhash/v2"
)

// hashWord mixes a word so that every bit of the result depends on every bit of it: the finalizer of
// MurmurHash3 (Appleby 2011, fmix64). It is fixed for ever, since sketches of different runs merge.
func hashWord(w uint64) uint64 {
	w ^= w >> 33
	w *= 0xff51afd7ed558ccd
	w ^= w >> 33
	w *= 0xc4ceb9fe1a85ec53
	w ^= w >> 33
	return w
}

// hashBytes hashes a byte string; fixed for ever, as hashWord is.
func hashBytes(b []byte) uint64 { return xxhash.Sum64(b) }

// slotOf spreads words over the slots of a table, in a third of hashWord's time: the halves of a
// product of 128 bits, folded (Wang Yi 2019, wyhash).
func slotOf(word, mask uint64) uint64 {
	high, low := bits.Mul64(word^0xa0761d6478bd642f, 0xe7037ed1a0b428db)
	return (high ^ low) & mask
}
