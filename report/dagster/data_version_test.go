package dagster

import (
	"math"
	"testing"

	"github.com/baselinr/baselinr-pipes/metrics"
)

func TestTheDataVersionFollowsWhatWasMeasured(t *testing.T) {
	profile := func(change func(*metrics.TableProfile)) string {
		t.Helper()
		p := &metrics.TableProfile{
			RowCount: 3, RowsRead: 3,
			Columns: []metrics.ColumnProfile{{
				Name: "x", Type: "float8", Kind: metrics.KindFloat, Nullable: true,
				Metrics: map[metrics.Name]metrics.Value{metrics.Mean: metrics.Float(math.NaN()), metrics.NullCount: metrics.Int(1)},
			}},
			Unread: []metrics.Column{{Name: "y", Type: "text"}},
		}
		change(p)
		version, err := dataVersion(p)
		if err != nil {
			t.Fatal(err)
		}
		return version
	}
	before := profile(func(*metrics.TableProfile) {})
	if again := profile(func(*metrics.TableProfile) {}); again != before {
		t.Errorf("two equal profiles: %s, %s", before, again)
	}
	for name, change := range map[string]func(*metrics.TableProfile){
		"a row more":              func(p *metrics.TableProfile) { p.RowCount = 4 },
		"another value":           func(p *metrics.TableProfile) { p.Columns[0].Metrics[metrics.NullCount] = metrics.Int(2) },
		"a metric less":           func(p *metrics.TableProfile) { delete(p.Columns[0].Metrics, metrics.Mean) },
		"another type":            func(p *metrics.TableProfile) { p.Columns[0].Type = "numeric" },
		"a column renamed":        func(p *metrics.TableProfile) { p.Columns[0].Name = "z" },
		"a column that is unread": func(p *metrics.TableProfile) { p.Unread[0].Type = "int4" },
	} {
		if after := profile(change); after == before {
			t.Errorf("%s: the version is the same", name)
		}
	}
}
