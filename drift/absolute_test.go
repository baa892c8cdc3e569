package drift

import "testing"

func TestAChangeIsWrittenSoThatItReachesItsThreshold(t *testing.T) {
	for _, test := range []struct {
		change, threshold float64
		want              string
	}{
		{-80, 50, "-80.0"},
		{211.42, 30, "+211.4"},
		{-0.0234, 0.02, "-0.02"},
		{0.0196, 0.0195, "+0.02"},
		{5, 5, "+5.0"},
		{4.999, 4.99, "+5.0"},
		{29.97, 29.96, "+30.0"},
		{0.00001, 0, "+0.00001"},
	} {
		if got := percent(test.change, test.threshold); got != test.want {
			t.Errorf("a change of %v %% by the threshold %v is written %s, want %s", test.change, test.threshold, got, test.want)
		}
	}
}
