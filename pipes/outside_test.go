package pipes_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/baselinr/baselinr-pipes/pipes"
)

func TestOutsideDagsterReportsGoToTheLogger(t *testing.T) {
	var log bytes.Buffer
	ctx := context.Background()
	session, err := pipes.Open(ctx, pipes.OutsideDagster(slog.New(slog.NewTextHandler(&log, nil))))
	if err != nil {
		t.Fatal(err)
	}
	if session.InDagster() {
		t.Error("this is no Dagster")
	}
	for name, err := range missing(session.Context()) {
		if !errors.Is(err, pipes.ErrNotInContext) || !strings.Contains(err.Error(), "did not launch") {
			t.Errorf("%s: got %v", name, err)
		}
	}
	for _, err := range []error{
		session.Log(ctx, pipes.LevelWarning, "careful"),
		session.ReportAssetMaterialization(ctx, pipes.Materialization{Metadata: map[string]pipes.MetadataValue{"rows": pipes.Int(42)}}),
		session.ReportCustomMessage(ctx, "custom"),
		session.Flush(ctx),
	} {
		if err != nil {
			t.Error(err)
		}
	}
	if err := session.ReportCustomMessage(ctx, func() {}); err == nil {
		t.Error("what Dagster could not get must be an error here, too")
	}
	if err := session.ReportAssetMaterialization(ctx, pipes.Materialization{}); !errors.Is(err, pipes.ErrAlreadyMaterialized) {
		t.Errorf("a second materialization: got %v", err)
	}
	if err := session.Close(errors.New("broken")); err != nil {
		t.Error(err)
	}
	if err := session.Log(ctx, pipes.LevelInfo, "late"); !errors.Is(err, pipes.ErrClosed) {
		t.Errorf("after Close: got %v", err)
	}
	for _, want := range []string{
		`level=WARN msg=careful`, `msg="pipes: report_asset_materialization"`, `42`, `custom`, `level=ERROR msg="pipes: closed" error=broken`,
	} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("want %q in the log:\n%s", want, &log)
		}
	}
}

func TestOutsideDagsterIsForgottenInside(t *testing.T) {
	session, path := openFile(t, oneAsset(), pipes.OutsideDagster(nil))
	if !session.InDagster() {
		t.Error("this is Dagster")
	}
	if err := session.Close(nil); err != nil {
		t.Error(err)
	}
	if got := readFile(t, path); len(got) != 2 {
		t.Errorf("got %v", methods(got))
	}
}
