package jsonpath

import (
	"cmp"
	"strconv"
	"strings"
)

// CompareNumbers compares two JSON numbers by value: -1, 0 or +1. It is exact,
// whatever their length and exponents, and takes linear time. Where a text is
// not a JSON number the result means nothing.
func CompareNumbers(a, b string) int { return compareNumbers(a, b) }

func compareNumbers[T string | []byte](a, b T) int {
	if x, ok := smallInteger(a); ok {
		if y, ok := smallInteger(b); ok {
			return cmp.Compare(x, y)
		}
	}
	return splitNumber(a).compare(splitNumber(b))
}

// smallInteger reads integers of at most 18 digits.
func smallInteger[T string | []byte](text T) (n int64, ok bool) {
	i, negative := 0, len(text) > 0 && text[0] == '-'
	if negative {
		i = 1
	}
	if len(text) == i || len(text)-i > 18 {
		return 0, false
	}
	for ; i < len(text); i++ {
		if !isDigit(text[i]) {
			return 0, false
		}
		n = n*10 + int64(text[i]-'0')
	}
	if negative {
		n = -n
	}
	return n, true
}

// decimal is a number in normal form: sign × 0.digits × 10^(exponent+shift),
// where digits neither begin nor end in 0. The exponent is as it was written,
// of any length; the shift comes from the place of the point.
type decimal[T string | []byte] struct {
	sign     int // -1, 0, +1
	digits   T   // with the point, if it stands between them
	exponent T   // sign and digits
	shift    int64
}

func splitNumber[T string | []byte](text T) decimal[T] {
	d := decimal[T]{sign: 1}
	if len(text) > 0 && text[0] == '-' {
		d.sign, text = -1, text[1:]
	}
	for i := range len(text) {
		if text[i] == 'e' || text[i] == 'E' {
			d.exponent, text = text[i+1:], text[:i]
			break
		}
	}
	point := len(text)
	for i := range len(text) {
		if text[i] == '.' {
			point = i
			break
		}
	}
	first, last := 0, len(text)
	for first < last && (text[first] == '0' || text[first] == '.') {
		first++
	}
	for last > first && (text[last-1] == '0' || text[last-1] == '.') {
		last--
	}
	if first == last {
		return decimal[T]{}
	}
	d.digits = text[first:last]
	if d.shift = int64(point - first); first > point {
		d.shift++ // the point itself is not a place
	}
	return d
}

func (d decimal[T]) compare(other decimal[T]) int {
	if d.sign != other.sign || d.sign == 0 {
		return cmp.Compare(d.sign, other.sign)
	}
	if c := d.compareMagnitude(other); c != 0 {
		return c * d.sign
	}
	return d.sign * compareDigits(d.digits, other.digits)
}

// compareMagnitude compares the powers of ten.
func (d decimal[T]) compareMagnitude(other decimal[T]) int {
	x, ok := smallInteger(trimExponent(d.exponent))
	y, okToo := smallInteger(trimExponent(other.exponent))
	if ok && okToo {
		return cmp.Compare(x+d.shift, y+other.shift)
	}
	return compareBig(addToBig(string(d.exponent), d.shift), addToBig(string(other.exponent), other.shift))
}

// trimExponent gives the exponent as an integer without leading zeros, "0" for
// none. It goes through text because a sign must stay in front.
func trimExponent[T string | []byte](exponent T) string {
	if len(exponent) == 0 {
		return "0"
	}
	text := string(exponent)
	digits := strings.TrimLeft(strings.TrimLeft(text, "+-"), "0")
	switch {
	case digits == "":
		return "0"
	case text[0] == '-':
		return "-" + digits
	}
	return digits
}

// compareDigits compares fractions 0.a and 0.b that do not end in 0; a point
// among the digits is skipped.
func compareDigits[T string | []byte](a, b T) int {
	i, j := 0, 0
	for ; i < len(a) && j < len(b); i, j = i+1, j+1 {
		if a[i] == '.' {
			i++
		}
		if b[j] == '.' {
			j++
		}
		if a[i] != b[j] {
			return cmp.Compare(a[i], b[j])
		}
	}
	return cmp.Compare(len(a)-i, len(b)-j)
}

// addToBig adds a number below 1e18 to an integer of any length. The sum has
// the sign of the integer when that is the longer one.
func addToBig(exponent string, small int64) string {
	text := trimExponent(exponent)
	if n, ok := smallInteger(text); ok {
		return strconv.FormatInt(n+small, 10)
	}
	negative := text[0] == '-'
	digits := []byte("0" + strings.TrimPrefix(text, "-"))
	if negative {
		small = -small
	}
	carry := small
	for i := len(digits) - 1; i >= 0 && carry != 0; i-- {
		sum := int64(digits[i]-'0') + carry
		digit := (sum%10 + 10) % 10
		carry = (sum - digit) / 10
		digits[i] = byte('0' + digit)
	}
	sum := strings.TrimLeft(string(digits), "0")
	if negative {
		return "-" + sum
	}
	return sum
}

// compareBig compares integers as addToBig writes them.
func compareBig(a, b string) int {
	switch an, bn := a[0] == '-', b[0] == '-'; {
	case an && !bn:
		return -1
	case bn && !an:
		return 1
	case an:
		a, b = b[1:], a[1:]
	}
	if len(a) != len(b) {
		return cmp.Compare(len(a), len(b))
	}
	return strings.Compare(a, b)
}
