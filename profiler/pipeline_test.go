package profiler

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// TestWorkersMeasureWhatTheReaderMeasures lets the reader do everything, and hand over after the first
// batch: at the clock's pace accumulating takes no time, or half of it.
func TestWorkersMeasureWhatTheReaderMeasures(t *testing.T) {
	var columns []metrics.Column
	for i := range 7 {
		columns = append(columns, metrics.Column{Name: fmt.Sprint("c", i), Kind: []metrics.Kind{metrics.KindInteger, metrics.KindText}[i%2]})
	}
	profile := func(tick time.Duration) (text string, workers int) {
		accumulator := metrics.NewTableAccumulator(columns, metrics.DefaultSettings())
		clock := time.Time{}
		p := newPipeline(undivided(accumulator), len(columns), len(columns), func() time.Time {
			clock = clock.Add(tick)
			return clock
		})
		batcher := warehouse.NewBatcher(warehouse.Scan{Columns: columns}, p.add)
		for row := range 30*warehouse.BatchRows + 1 {
			for i := range columns {
				v := &batcher.Vectors()[i]
				switch {
				case (row+i)%11 == 0:
					v.Nulls++
				case i%2 == 0:
					v.Ints = append(v.Ints, int64(row*(i+1)))
				default:
					v.Texts.AppendString(fmt.Sprint("text ", row%(1000*i)))
				}
			}
			if err := batcher.EndRow(8); err != nil {
				t.Fatal(err)
			}
		}
		if err := batcher.Flush(); err != nil {
			t.Fatal(err)
		}
		p.close()
		data, err := json.Marshal(accumulator.Profile())
		if err != nil {
			t.Fatal(err)
		}
		return string(data), len(p.full)
	}
	alone, none := profile(0)
	together, some := profile(10 * time.Millisecond)
	if none != 0 || some == 0 {
		t.Fatalf("%d and %d workers, want none and some", none, some)
	}
	if alone != together {
		t.Errorf("workers measure\n%s, want\n%s", together, alone)
	}
}
