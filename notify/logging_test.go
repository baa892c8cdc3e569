package notify

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/metrics"
)

func TestADigestIsOneRecordOfTheLog(t *testing.T) {
	var log bytes.Buffer
	hook := &Logging{Logger: slog.New(slog.NewJSONHandler(&log, nil)), Level: slog.LevelWarn}
	if err := hook.Send(t.Context(), Summarize(runOf(drifted("a", found("x", metrics.Mean, drift.High)), failed("b")), everything)); err != nil {
		t.Fatal(err)
	}
	want := `"level":"WARN","msg":"production: drift in 1 of 2 tables (1 high), 1 of 2 tables failed\n  high s.a.x: mean went from 2 to 3\n  s.b failed: too slow"`
	if strings.Count(log.String(), "\n") != 1 || !strings.Contains(log.String(), want) {
		t.Errorf("got %s", log.String())
	}
}

func TestALogLineStaysBelow4KB(t *testing.T) {
	var tables []Table
	for i := range 20 {
		f := found(strings.Repeat("ä", 300), metrics.Mean, drift.High)
		f.Reason = strings.Repeat("ö", 300)
		tables = append(tables, drifted(fmt.Sprint("t", i), f))
	}
	var log bytes.Buffer
	hook := &Logging{Logger: slog.New(slog.NewTextHandler(&log, nil))}
	if err := hook.Send(t.Context(), Summarize(runOf(tables...), everything)); err != nil || log.Len() > 4000 {
		t.Errorf("%d bytes, %v", log.Len(), err)
	}
}
