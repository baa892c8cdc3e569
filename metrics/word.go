package metrics

import "math"

// A word is a 64-bit number that stands for a value and orders as the values do, so that tables and
// sketches of words serve every kind: whole numbers, floating-point numbers, points in time.

// zeroWord stands for zero, whether of whole or of floating-point numbers: smaller words are negative.
const zeroWord = 1 << 63

// intWord returns the word of a whole number.
func intWord(i int64) uint64 { return uint64(i) ^ zeroWord }

// wordInt is the inverse of intWord.
func wordInt(w uint64) int64 { return int64(w ^ zeroWord) }

// floatWord returns the word of a floating-point number that is not NaN; negative zero equals zero.
func floatWord(f float64) uint64 {
	if f == 0 {
		return zeroWord
	}
	bits := math.Float64bits(f)
	return bits ^ (uint64(int64(bits)>>63) | zeroWord)
}

// wordFloat is the inverse of floatWord.
func wordFloat(w uint64) float64 {
	return math.Float64frombits(w ^ (uint64(int64(^w)>>63) | zeroWord))
}

// intToFloatWord turns the word of a whole number into that of the nearest floating-point number. It
// keeps the order of words.
func intToFloatWord(w uint64) uint64 { return floatWord(float64(wordInt(w))) }
