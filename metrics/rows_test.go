package metrics

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestRowsArePickedOutOfAVector puts values of every sort into one vector, as SQLite does.
func TestRowsArePickedOutOfAVector(t *testing.T) {
	var v Vector
	for _, add := range []func(){
		func() { v.Nulls++ }, func() { v.Ints = append(v.Ints, 1) }, func() { v.Texts.AppendString("a") }, func() { v.Ints = append(v.Ints, 2) },
		func() { v.Floats = append(v.Floats, 0.5) }, func() { v.Blobs.AppendString("b") }, func() { v.Texts.AppendString("c") }, func() { v.Nulls++ },
	} {
		add()
		v.Mark()
	}
	var p Picker
	p.From(&v)
	tell := func(v *Vector) string {
		text := fmt.Sprint(v.Nulls, v.Ints, v.Floats)
		for _, list := range []*Strings{&v.Texts, &v.Blobs} {
			for i := range list.Len() {
				text += " " + string(list.At(i))
			}
		}
		return text
	}
	for _, test := range []struct {
		rows []int
		want string
	}{
		{[]int{0, 3, 6}, "1 [2] [] c"}, {[]int{1, 2, 4, 5, 7}, "1 [1] [0.5] a b"}, {nil, "0 [] []"},
	} {
		if got := tell(p.Pick(test.rows)); got != test.want {
			t.Errorf("rows %v are %s, want %s", test.rows, got, test.want)
		}
	}
	v.reset()
	v.Ints = append(v.Ints, 7)
	v.Mark()
	p.From(&v)
	if got := tell(p.Pick([]int{0})); got != "0 [7] []" {
		t.Errorf("the next batch's row is %s", got)
	}
}

func TestPartitionsOfAKey(t *testing.T) {
	const day = 86_400_000_000
	for name, test := range map[string]struct {
		column Column
		byDay  bool
		add    func(*Vector)
		want   []string
	}{
		"dates": {Column{Kind: KindDate}, true, func(v *Vector) { v.Ints = []int64{15857, 0, Infinity} }, []string{"2013-06-01", "1970-01-01", "infinity"}},
		"points in time, by their day": {Column{Kind: KindTimestamp}, true, func(v *Vector) { v.Ints = []int64{15857*day + day - 1, -1, NegativeInfinity, 15857 * day} },
			[]string{"2013-06-01", "1969-12-31", "-infinity", "2013-06-01"}},
		"points in time":                {Column{Kind: KindTimestamp}, false, func(v *Vector) { v.Ints = []int64{15857 * day, -1} }, []string{"2013-06-01 00:00:00", "1969-12-31 23:59:59.999999"}},
		"numbers where types are loose": {Column{Kind: KindDate, Dynamic: true}, true, func(v *Vector) { v.Ints = []int64{20130601} }, []string{"20130601"}},
		"numbers":                       {Column{Kind: KindInteger}, true, func(v *Vector) { v.Ints = []int64{6, -1} }, []string{"6", "-1"}},
		"texts": {Column{Kind: KindText}, true, func(v *Vector) {
			for _, text := range []string{"2013-06-01", "2013-06-01 05:00", "2013-06-01T05:00:00Z", "2013-06-31 05:00", "2013-06-0105", "EWR", ""} {
				v.Texts.AppendString(text)
			}
		}, []string{"2013-06-01", "2013-06-01", "2013-06-01", "2013-06-31 05:00", "2013-06-0105", "EWR", ""}},
		"texts as they are": {Column{Kind: KindText}, false, func(v *Vector) { v.Texts.AppendString("2013-06-01 05:00") }, []string{"2013-06-01 05:00"}},
	} {
		var v Vector
		test.add(&v)
		for range len(v.Ints) {
			v.order.places = append(v.order.places, inInts)
		}
		for range v.Texts.Len() {
			v.order.places = append(v.order.places, inTexts)
		}
		v.order.places = append(v.order.places, inNulls)
		var got []string
		values := NewPartitionKey(test.column, test.byDay).Values(&v, nil)
		for _, value := range values[:len(values)-1] {
			got = append(got, value.String())
		}
		if diff := cmp.Diff(test.want, got); diff != "" || !values[len(values)-1].IsNull() {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
