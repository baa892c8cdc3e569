package drift

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/baselinr/baselinr-pipes/metrics"
)

func TestTheSeverityOfAChangeOfType(t *testing.T) {
	for _, test := range []struct {
		from, to string
		want     Severity
	}{
		{"integer", "bigint", Low},
		{"character varying(20)", "TEXT", Low},
		{"varchar(20)", "varchar(40)", Low},
		{"date", "timestamp with time zone", Low},
		{"INTEGER", "character varying", Breaking},
		{"text", "int8", Breaking},
		{"double precision", "text", Medium},
		{"integer", "numeric(10,2)", Medium},
		{"text", "jsonb", Medium},
	} {
		changes := schemaChanges([]metrics.ColumnProfile{of("a", test.from, "")}, []metrics.ColumnProfile{of("a", test.to, "")}, 0.7)
		if len(changes) != 1 || changes[0].Type != TypeChanged || changes[0].Severity != test.want {
			t.Errorf("%s to %s: %+v, want %s", test.from, test.to, changes, test.want)
		}
	}
}

func TestATypeThatIsWrittenOtherwiseIsNoChange(t *testing.T) {
	ofBoth, ofPython := metrics.KindInteger, metrics.Kind("")
	for _, test := range []struct {
		from, to string
		kind     metrics.Kind // of the column in the earlier run; none in one of the Python tool
		same     bool
	}{
		{"int(11)", "int", ofBoth, true}, {"bigint(20) unsigned", "bigint unsigned", ofBoth, true}, {"year(4)", "year", ofBoth, true},
		{"bigint(20)", "bigint(20) unsigned", ofBoth, false}, {"time", "time(3)", ofBoth, false}, {"enum('a')", "enum('a','b')", ofBoth, false},
		{"INTEGER", "int(11)", ofPython, true}, {"TINYINT", "tinyint(1)", ofPython, true}, {"BIGINT", "bigint(20) unsigned zerofill", ofPython, true},
		{"DECIMAL(10, 2)", "decimal(10,2) unsigned", ofPython, true}, {"DOUBLE", "double unsigned", ofPython, true}, {"DATETIME", "datetime(6)", ofPython, true},
		{"TIME", "time(3)", ofPython, true}, {"BIT", "bit(12)", ofPython, true}, {"ENUM", "enum('a','b')", ofPython, true}, {"VARCHAR(20)", "varchar(20)", ofPython, true},
		{"INTEGER", "bigint(20)", ofPython, false}, {"NUMERIC", "numeric(10,2)", ofPython, false}, {"VARCHAR(20)", "varchar(40)", ofPython, false},
	} {
		was, is := of("a", test.from, test.kind), of("a", test.to, metrics.KindInteger)
		if changes := schemaChanges([]metrics.ColumnProfile{was}, []metrics.ColumnProfile{is}, 0.7); (len(changes) == 0) != test.same {
			t.Errorf("%s to %s: %+v, want none: %t", test.from, test.to, changes, test.same)
		}
	}
}

func TestAnotherPartitionKeyIsAChangeOfTheTable(t *testing.T) {
	by := func(key string) *Reading { return &Reading{Partition: &Partition{Key: key, Strategy: "latest"}} }
	for _, test := range []struct {
		name        string
		before, now *Reading
		want        []SchemaChange
	}{
		{"another key", by("day"), by("month"), []SchemaChange{{Type: PartitionChanged, Partition: &PartitionChange{OldKey: "day", Key: "month"}, Severity: High}}},
		{"the same key", by("day"), by("day"), nil},
		{"partitions are read now", &Reading{}, by("day"), nil},
		{"partitions are read no more", by("day"), &Reading{}, nil},
		{"it is not known", nil, by("day"), nil},
	} {
		baseline := &Run{RunID: "b", Profile: table(), Reading: test.before}
		got := Detect(DefaultSettings(), []*Run{baseline}, &Run{Profile: table(), Reading: test.now}).SchemaChanges
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

func TestWhatOtherRowsHoldSaysNothingOfARename(t *testing.T) {
	was := of("customer_id", "integer", metrics.KindInteger, metrics.DistinctCount, 1., metrics.UniqueRatio, .1)
	is := of("customer_no", "integer", metrics.KindInteger, metrics.DistinctCount, 7., metrics.UniqueRatio, .9)
	every, sample := &Reading{}, &Reading{Sampling: &Sampling{Method: "random", Fraction: 0.1}}
	for _, test := range []struct {
		before, now *Reading
		want        ChangeType
	}{{every, every, ColumnAdded}, {every, sample, ColumnRenamed}} {
		baseline := &Run{RunID: "b", Profile: table(was), Reading: test.before}
		changes := Detect(DefaultSettings(), []*Run{baseline}, &Run{Profile: table(is), Reading: test.now}).SchemaChanges
		if changes[0].Type != test.want {
			t.Errorf("%v, want %s first", changes, test.want)
		}
		if len(baseline.Profile.Columns[0].Metrics) != 2 {
			t.Error("the profile was changed")
		}
	}
}

func TestSuppressedChangesAreKeptApart(t *testing.T) {
	before := &Run{RunID: "b", Profile: table(of("customer_id", "integer", ""), of("gone", "text", ""))}
	now := &Run{Profile: table(of("customer_no", "integer", ""), of("new", "date", ""))}
	settings := DefaultSettings()
	settings.Schema.Suppressed = []ChangeType{ColumnRenamed, ColumnAdded}
	r := Detect(settings, []*Run{before}, now)
	if len(r.SchemaChanges) != 1 || r.SchemaChanges[0].Type != ColumnRemoved || r.SchemaChanges[0].Column != "gone" {
		t.Errorf("told: %v", r.SchemaChanges)
	}
	if len(r.Suppressed) != 2 || r.Suppressed[0].Type != ColumnRenamed || r.Suppressed[1].Type != ColumnAdded {
		t.Errorf("suppressed: %v", r.Suppressed)
	}
	settings.Schema.Enabled = false
	if r := Detect(settings, []*Run{before}, now); len(r.SchemaChanges)+len(r.Suppressed) > 0 {
		t.Errorf("not asked for, and told: %v %v", r.SchemaChanges, r.Suppressed)
	}
}
