package config

import "testing"

func TestAPatternIsReadAsItStands(t *testing.T) {
	for _, tt := range []struct {
		pattern string
		kind    PatternType
		name    string
		want    bool
	}{
		{`\Qo.`, PatternRegex, "o.rders", true},
		{`\Qo.`, PatternRegex, "orders", false},
		{"a|b", PatternRegex, "xb", false},
		{"a|b", PatternRegex, "bx", true},
		{"b|ab", PatternRegex, "ab", true},
		{"(?i)SALES", PatternRegex, "sales_day", true},
		{"day$", PatternRegex, "sales_day", false},
		{"[!a]*", PatternWildcard, "bc", true},
	} {
		matches, err := Matcher(tt.pattern, tt.kind)
		if err != nil {
			t.Fatal(err)
		}
		if matches(tt.name) != tt.want {
			t.Errorf("%s: %q matches: %v", tt.pattern, tt.name, !tt.want)
		}
	}
	if _, err := Matcher("a)b(c", PatternRegex); err == nil {
		t.Error("a bracket that closes none is no error")
	}
}
