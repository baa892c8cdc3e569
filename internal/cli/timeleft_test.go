package cli

import (
	"testing"
	"time"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/plan"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

func TestTheTimeLeftFollowsTheRowsAndNotTheTables(t *testing.T) {
	table := func(name string, rows int64) plan.Table {
		return plan.Table{TableRef: warehouse.TableRef{Name: name}, EstimatedRows: rows}
	}
	sampled := table("a", 1000)
	sampled.Sampling = &config.Sampling{Enabled: true, Method: config.SamplingRandom, Fraction: 0.5, MaxRows: 400}
	partitioned := table("b", 100)
	partitioned.Partition = &config.Partition{Key: "day", Strategy: config.PartitionLatest}
	start := time.Now()
	for _, test := range []struct {
		name   string
		tables []plan.Table
		do     func(l *timeLeft)
		after  time.Duration
		want   time.Duration // 0 for not known
	}{
		{"half of the largest", []plan.Table{table("a", 800), table("b", 200)}, func(l *timeLeft) { l.read("a", 100); l.read("a", 400) }, 10 * time.Second, 15 * time.Second},
		{"the largest is done", []plan.Table{table("a", 800), table("b", 200)}, func(l *timeLeft) { l.read("a", 700); l.finish("a") }, 8 * time.Second, 2 * time.Second},
		{"a table begins again", []plan.Table{table("a", 800), table("b", 200)}, func(l *timeLeft) { l.finish("b"); l.read("a", 700); l.read("a", 0) }, 2 * time.Second, 8 * time.Second},
		{"a table is larger than was thought", []plan.Table{table("a", 500), table("b", 500)}, func(l *timeLeft) { l.read("a", 90000) }, 5 * time.Second, 5 * time.Second},
		{"the last table is larger than was thought", []plan.Table{table("a", 500)}, func(l *timeLeft) { l.read("a", 90000) }, 5 * time.Second, 0},
		{"a sample", []plan.Table{sampled}, func(l *timeLeft) { l.read("a", 100) }, 5 * time.Second, 15 * time.Second},
		{"a table whose size is not known", []plan.Table{table("a", 800), table("b", -1)}, func(l *timeLeft) { l.read("a", 400) }, 10 * time.Second, 0},
		{"partitions, whose sizes are not known", []plan.Table{table("a", 800), partitioned}, func(l *timeLeft) { l.read("a", 400) }, 10 * time.Second, 0},
		{"too early to say", []plan.Table{table("a", 100000)}, func(l *timeLeft) { l.read("a", 10) }, 10 * time.Second, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := timeLeft{start: start}
			l.plan(test.tables)
			test.do(&l)
			got, known := l.at(start.Add(test.after))
			if got != test.want || known != (test.want > 0) {
				t.Errorf("%v left (known: %v), want %v", got, known, test.want)
			}
		})
	}
}
