package mysql

import (
	"fmt"
	"math/big"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/baselinr/baselinr-pipes/metrics"
)

func TestDaysAreThoseOfTheCalendar(t *testing.T) {
	for at := time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC); at.Year() < 10000; at = at.AddDate(0, 0, 1) {
		if at.Year() > 500 && at.Year() < 1890 || at.Year() > 2110 && at.Year() < 9990 {
			at = at.AddDate(0, 0, 16) // every day of some centuries, and some days of every year
		}
		text := at.Format("2006-01-02")
		got, exists, err := days([]byte(text))
		if want := at.Unix() / 86400; err != nil || !exists || got != want && at.Unix()%86400 == 0 {
			t.Fatalf("%s is day %d, %t, %v; want %d", text, got, exists, err, want)
		}
	}
	for _, text := range []string{"0000-00-00", "2024-00-01", "2024-01-00", "2023-02-29", "1900-02-29", "2024-04-31", "2024-13-01"} {
		if _, exists, err := days([]byte(text)); exists || err != nil {
			t.Errorf("%s exists: %t, %v", text, exists, err)
		}
	}
	for _, text := range []string{"", "2024-01", "2024/01/01", "20x4-01-01", "2024-01-011"} {
		if _, _, err := days([]byte(text)); err == nil {
			t.Errorf("%q is read", text)
		}
	}
}

func TestTimesAreRead(t *testing.T) {
	for text, want := range map[string]int64{
		"00:00:00": 0, "23:59:59": 86399e6, "838:59:59": 3020399e6, "-838:59:59": -3020399e6, "-00:00:00.5": -5e5, "12:00:00.000001": 43200000001, "01:02:03.450": 3723450000,
	} {
		var v metrics.Vector
		if _, err := decodeTime([]byte(text), &v); err != nil || v.Ints[0] != want {
			t.Errorf("%s: %v, %v; want %d", text, v.Ints, err, want)
		}
	}
	for _, text := range []string{"", "-", "1:00:00", "12:00", "12:00:0x", "12:00:00.", "12:00:00.1234567", "12-00-00"} {
		if _, err := decodeTime([]byte(text), &metrics.Vector{}); err == nil {
			t.Errorf("%q is read", text)
		}
	}
}

// TestADecimalHasOneText holds what is made of a decimal against its value, and that equal ones become one text.
func TestADecimalHasOneText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		digits := rapid.StringMatching(`-?[0-9]{1,35}(\.[0-9]{1,30})?`).Draw(t, "decimal")
		var v metrics.Vector
		if _, err := decodeDecimal([]byte(digits), &v); err != nil {
			t.Fatal(err)
		}
		got := string(v.Texts.At(0))
		want, _ := new(big.Rat).SetString(digits)
		read, ok := new(big.Rat).SetString(got)
		if !ok || read.Cmp(want) != 0 {
			t.Fatalf("%s became %s", digits, got)
		}
		padded := digits
		if want.IsInt() && read.IsInt() && len(digits) > 0 && digits[0] != '-' {
			padded = "00" + digits
		}
		var other metrics.Vector
		if _, err := decodeDecimal([]byte(padded), &other); err != nil || string(other.Texts.At(0)) != got {
			t.Fatalf("%s became %s, and %s %s", digits, got, padded, fmt.Sprint(other.Texts.At(0)))
		}
	})
}
