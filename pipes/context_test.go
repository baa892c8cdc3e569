package pipes_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/baselinr/baselinr-pipes/pipes"
)

// decode opens a session on a context given as JSON.
func decode(t testing.TB, raw string) (*pipes.Context, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "context.json")
	if err := os.WriteFile(path, []byte(raw), 0o600); err != nil {
		t.Fatal(err)
	}
	messages := filepath.Join(t.TempDir(), "messages")
	session, err := pipes.Open(context.Background(), withParams(t, object{"path": path}, object{"path": messages}))
	if err != nil {
		return nil, err
	}
	return session.Context(), session.Close(nil)
}

func TestContextOfAPartitionedAsset(t *testing.T) {
	c, err := decode(t, `{
		"asset_keys": ["shop/orders"],
		"code_version_by_asset_key": {"shop/orders": "v1"},
		"provenance_by_asset_key": {"shop/orders": {"code_version": "v0", "input_data_versions": {"raw": "d1"}, "is_user_provided": true}},
		"partition_key": "2024-01-01",
		"partition_key_range": {"start": "2024-01-01", "end": "2024-01-01"},
		"partition_time_window": {"start": "2024-01-01T00:00:00+01:00", "end": "2024-01-02T00:00:00+01:00"},
		"run_id": "0b1c", "job_name": "nightly", "retry_number": 2,
		"extras": {"object": {"a": 1}, "list": [1, "x"], "number": 1.5, "null": null, "big": 1152921504606846977},
		"a field of a later version": true
	}`)
	if err != nil {
		t.Fatal(err)
	}
	if c.RunID() != "0b1c" || c.RetryNumber() != 2 || !c.IsAssetStep() || !c.IsPartitionStep() {
		t.Errorf("got run %q, retry %d, asset step %v, partition step %v", c.RunID(), c.RetryNumber(), c.IsAssetStep(), c.IsPartitionStep())
	}
	expect(t, "job name", "nightly")(c.JobName())
	expect(t, "asset key", "shop/orders")(c.AssetKey())
	expect(t, "asset keys", []string{"shop/orders"})(c.AssetKeys())
	expect(t, "code version", "v1")(c.CodeVersion(""))
	expect(t, "code version by key", "v1")(c.CodeVersion("shop/orders"))
	expect(t, "provenance", pipes.Provenance{
		CodeVersion: "v0", InputDataVersions: map[string]string{"raw": "d1"}, IsUserProvided: true,
	})(c.Provenance(""))
	expect(t, "partition key", "2024-01-01")(c.PartitionKey())
	expect(t, "partition key range", pipes.PartitionKeyRange{Start: "2024-01-01", End: "2024-01-01"})(c.PartitionKeyRange())
	window, err := c.PartitionTimeWindow()
	if err != nil {
		t.Error(err)
	}
	if start := time.Date(2023, 12, 31, 23, 0, 0, 0, time.UTC); !window.Start.Equal(start) || window.End.Sub(window.Start) != 24*time.Hour {
		t.Errorf("got %v", window)
	}

	t.Run("extras decode into the caller's types", func(t *testing.T) {
		var a struct{ A int }
		expectExtra(t, c, "object", &a, &struct{ A int }{1})
		expectExtra(t, c, "list", new([]any), &[]any{1.0, "x"})
		expectExtra(t, c, "number", new(float64), new(1.5))
		expectExtra(t, c, "null", new(*int), new((*int)(nil)))
		expectExtra(t, c, "big", new(int64), new(int64(1152921504606846977)))
		expectExtra(t, c, "big", new(json.RawMessage), new(json.RawMessage("1152921504606846977")))
		if len(c.Extras()) != 5 {
			t.Errorf("got %v", c.Extras())
		}
	})
	t.Run("an extra of another type is an error that is not its absence", func(t *testing.T) {
		if err := c.Extra("list", new(int)); err == nil || errors.Is(err, pipes.ErrNotInContext) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a missing extra names those there are", func(t *testing.T) {
		err := c.Extra("lst", new([]any))
		if !errors.Is(err, pipes.ErrNotInContext) || !strings.Contains(err.Error(), `"list"`) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("an asset of another step is not in the context", func(t *testing.T) {
		if _, err := c.CodeVersion("other"); !errors.Is(err, pipes.ErrNotInContext) {
			t.Errorf("got %v", err)
		}
	})
}

func TestContextOfAnOp(t *testing.T) {
	// What Dagster sends for an op: every key is there, most are null.
	c, err := decode(t, `{"asset_keys": null, "code_version_by_asset_key": null, "provenance_by_asset_key": null,
		"partition_key": null, "partition_key_range": null, "partition_time_window": null,
		"run_id": "r", "job_name": null, "retry_number": 0, "extras": {}}`)
	if err != nil {
		t.Fatal(err)
	}
	if c.IsAssetStep() || c.IsPartitionStep() {
		t.Error("an op targets neither assets nor partitions")
	}
	for name, err := range missing(c) {
		if !errors.Is(err, pipes.ErrNotInContext) {
			t.Errorf("%s: want ErrNotInContext, got %v", name, err)
		}
	}
}

// missing asks for all that may be missing.
func missing(c *pipes.Context) map[string]error {
	errs := map[string]error{}
	_, errs["asset key"] = c.AssetKey()
	_, errs["asset keys"] = c.AssetKeys()
	_, errs["code version"] = c.CodeVersion("")
	_, errs["provenance"] = c.Provenance("")
	_, errs["partition key"] = c.PartitionKey()
	_, errs["partition key range"] = c.PartitionKeyRange()
	_, errs["partition time window"] = c.PartitionTimeWindow()
	_, errs["job name"] = c.JobName()
	errs["extra"] = c.Extra("x", new(any))
	return errs
}

func TestContextOfSeveralAssets(t *testing.T) {
	c, err := decode(t, `{"asset_keys": ["a", "b"], "code_version_by_asset_key": {"a": "1", "b": null},
		"provenance_by_asset_key": {"a": null, "b": null}, "run_id": "r", "retry_number": 0, "extras": null}`)
	if err != nil {
		t.Fatal(err)
	}
	expect(t, "asset keys", []string{"a", "b"})(c.AssetKeys())
	expect(t, "code version", "1")(c.CodeVersion("a"))
	for name, ask := range map[string]func() error{
		"one key of several":                    func() error { _, err := c.AssetKey(); return err },
		"the code version of none in special":   func() error { _, err := c.CodeVersion(""); return err },
		"a code version that is not declared":   func() error { _, err := c.CodeVersion("b"); return err },
		"the provenance of an asset never made": func() error { _, err := c.Provenance("a"); return err },
	} {
		if err := ask(); !errors.Is(err, pipes.ErrNotInContext) {
			t.Errorf("%s: want ErrNotInContext, got %v", name, err)
		}
	}
}

func TestContextThatCannotBeRead(t *testing.T) {
	for _, test := range []struct{ name, raw, wantErr string }{
		{"an empty file", "", "EOF"},
		{"a file cut off", `{"run_id": "r"`, "unexpected EOF"},
		{"null", "null", "got null"},
		{"a list", "[]", "cannot unmarshal array"},
		{"no run ID", `{"retry_number": 0, "extras": {}}`, `"run_id" is missing`},
		{"no retry number", `{"run_id": "r", "extras": {}}`, `"retry_number" is missing`},
		{"a run ID that is a number", `{"run_id": 1, "retry_number": 0}`, "run_id"},
		{"extras that are a list", `{"run_id": "r", "retry_number": 0, "extras": []}`, "extras"},
		{"two values", `{"run_id": "r", "retry_number": 0}{}`, "more than one"},
		{"Python's NaN", `{"run_id": "r", "retry_number": 0, "extras": {"x": NaN}}`, "pass such an extra as a string"},
		{"Python's Infinity", `{"run_id": "r", "retry_number": 0, "extras": {"x": -Infinity}}`, "pass such an extra as a string"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := decode(t, test.raw)
			if err == nil || !strings.Contains(err.Error(), test.wantErr) {
				t.Errorf("want an error with %q, got %v", test.wantErr, err)
			}
		})
	}
}

func TestPartitionTimeWindowThatIsNoTime(t *testing.T) {
	c, err := decode(t, `{"run_id": "r", "retry_number": 0, "partition_time_window": {"start": "monday", "end": "2024-01-01T00:00:00"}}`)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.PartitionTimeWindow(); err == nil || !strings.Contains(err.Error(), "monday") {
		t.Errorf("got %v", err)
	}
}

func TestContextLoaderNeedsAPlace(t *testing.T) {
	for _, test := range []struct {
		name    string
		params  object
		wantErr string
	}{
		{"no parameters say how to go on", object{"bucket": "b"}, "WithContextLoader"},
		{"a file that is not there is named", object{"path": "/nowhere/context.json"}, "/nowhere/context.json"},
		{"a path that is a number is refused", object{"path": 1}, "want a string"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := pipes.Open(context.Background(), withParams(t, test.params, object{"stdio": "stdout"}))
			if err == nil || !strings.Contains(err.Error(), test.wantErr) {
				t.Errorf("want an error with %q, got %v", test.wantErr, err)
			}
		})
	}
}

func expect[V any](t *testing.T, what string, want V) func(V, error) {
	return func(got V, err error) {
		t.Helper()
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: want %v, got %v, %v", what, want, got, err)
		}
	}
}

func expectExtra(t *testing.T, c *pipes.Context, name string, into, want any) {
	t.Helper()
	if err := c.Extra(name, into); err != nil || !reflect.DeepEqual(into, want) {
		t.Errorf("extra %q: want %v, got %v, %v", name, want, into, err)
	}
}
