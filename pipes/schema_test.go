package pipes_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"

	"github.com/baselinr/baselinr-pipes/pipes"
)

// schemas are the published schemas, extended by what Dagster accepts and they lack, and that of the params.
type schemas struct {
	message, metadata, exception, params *jsonschema.Schema
}

func loadSchemas(t *testing.T) schemas {
	t.Helper()
	message := readSchema(t, "PipesMessage.schema.json")
	extendEnum(t, message, "method", "log_external_stream")
	metadata := readSchema(t, "PipesMetadataValue.schema.json")
	extendEnum(t, metadata, "type", "table", "table_schema", "table_column_lineage")
	compiler := jsonschema.NewCompiler()
	compile := func(name string, schema any) *jsonschema.Schema {
		url := "file:///" + name
		if err := compiler.AddResource(url, schema); err != nil {
			t.Fatal(err)
		}
		return compiler.MustCompile(url)
	}
	return schemas{
		message:   compile("message", message),
		metadata:  compile("metadata", metadata),
		exception: compile("exception", readSchema(t, "PipesException.schema.json")),
		params:    compile("params", readSchema(t, "params.json")),
	}
}

func readSchema(t *testing.T, name string) object {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", "jsonschema", name))
	if err != nil {
		t.Fatal(err)
	}
	schema, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	return schema.(object)
}

func extendEnum(t *testing.T, schema object, property string, values ...any) {
	t.Helper()
	definition := schema["properties"].(object)[property].(object)
	definition["enum"] = append(definition["enum"].([]any), values...)
}

// check validates one line against every schema that speaks of it.
func (s schemas) check(line []byte) error {
	for _, c := range line {
		if c >= 0x7f || c < 0x20 && c != '\n' {
			return fmt.Errorf("not printable ASCII: %q", line)
		}
	}
	decoded, err := jsonschema.UnmarshalJSON(bytes.NewReader(line))
	if err != nil {
		return err
	}
	errs := []error{s.message.Validate(decoded), s.params.Validate(decoded)}
	params := decoded.(object)["params"].(object)
	if exception, ok := params["exception"]; ok {
		errs = append(errs, s.exception.Validate(exception))
	}
	if metadata, ok := params["metadata"].(object); ok {
		for _, value := range metadata {
			errs = append(errs, s.metadata.Validate(value))
		}
	}
	return errors.Join(errs...)
}

func TestEveryMessageThatCanBeWrittenIsValid(t *testing.T) {
	schemas := loadSchemas(t)
	rapid.Check(t, func(r *rapid.T) {
		path := filepath.Join(t.TempDir(), fmt.Sprint(rapid.Int().Draw(r, "file")))
		session, err := pipes.Open(t.Context(), withParams(t, object{"data": oneAsset()}, object{"path": path}),
			pipes.WithOpenedExtras(rapid.MapOf(text(), jsonValue(2)).Draw(r, "extras")))
		if err != nil {
			r.Fatal(err)
		}
		sent := 0
		for range rapid.IntRange(0, 8).Draw(r, "reports") {
			if report(r, session) {
				sent++
			}
		}
		if err := session.Close(anError().Draw(r, "error")); err != nil {
			r.Fatal(err)
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			r.Fatal(err)
		}
		lines := bytes.SplitAfter(bytes.TrimSuffix(raw, []byte("\n")), []byte("\n"))
		if len(lines) < sent+2 {
			r.Fatalf("want opened, %d reports and closed, got %d lines", sent, len(lines))
		}
		for _, line := range lines {
			if err := schemas.check(line); err != nil {
				r.Fatalf("%s: %v", line, err)
			}
		}
		if err := os.Remove(path); err != nil {
			r.Fatal(err)
		}
	})
}

// report reports something, and tells whether a message was sent: a second materialization is refused.
func report(r *rapid.T, session *pipes.Session) bool {
	ctx := r.Context()
	var err error
	switch rapid.IntRange(0, 4).Draw(r, "report") {
	case 0:
		err = session.Log(ctx, rapid.SampledFrom([]pipes.Level{
			pipes.LevelDebug, pipes.LevelInfo, pipes.LevelWarning, pipes.LevelError, pipes.LevelCritical,
		}).Draw(r, "level"), text().Draw(r, "message"))
	case 1:
		err = session.ReportAssetMaterialization(ctx, pipes.Materialization{
			Metadata: metadata().Draw(r, "metadata"), DataVersion: text().Draw(r, "data version"),
		})
		if errors.Is(err, pipes.ErrAlreadyMaterialized) {
			return false
		}
	case 2:
		err = session.ReportAssetCheck(ctx, pipes.Check{
			Name: "c" + text().Draw(r, "name"), Passed: rapid.Bool().Draw(r, "passed"), Metadata: metadata().Draw(r, "metadata"),
			Severity: rapid.SampledFrom([]pipes.Severity{"", pipes.SeverityWarn, pipes.SeverityError}).Draw(r, "severity"),
		})
	case 3:
		err = session.ReportCustomMessage(ctx, jsonValue(4).Draw(r, "payload"))
	case 4:
		printed := text().Draw(r, "text")
		err = session.LogExternalStream(ctx, rapid.SampledFrom([]pipes.Stream{pipes.Stdout, pipes.Stderr}).Draw(r, "stream"), printed)
		if err == nil && printed == "" {
			return false
		}
	}
	if err != nil {
		r.Fatal(err)
	}
	return true
}

// text draws strings, not all of them UTF-8.
func text() *rapid.Generator[string] {
	return rapid.OneOf(rapid.String(), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }))
}

// jsonValue draws what encoding/json encodes, and the floats that it does not.
func jsonValue(depth int) *rapid.Generator[any] {
	scalars := []*rapid.Generator[any]{
		text().AsAny(), rapid.Float64().AsAny(), rapid.Float32().AsAny(), rapid.Int64().AsAny(), rapid.Uint64().AsAny(),
		rapid.Bool().AsAny(), rapid.Just[any](nil), rapid.Just[any](json.Number("123456789012345678901234567890")),
	}
	if depth == 0 {
		return rapid.OneOf(scalars...)
	}
	return rapid.OneOf(append(scalars,
		rapid.SliceOfN(jsonValue(depth-1), 0, 3).AsAny(),
		rapid.MapOfN(text(), jsonValue(depth-1), 0, 3).AsAny(),
		rapid.MapOfN(rapid.Int(), rapid.Float64(), 0, 3).AsAny(),
	)...)
}

func metadata() *rapid.Generator[map[string]pipes.MetadataValue] {
	return rapid.MapOfN(text(), rapid.OneOf(
		rapid.Map(text(), pipes.Text), rapid.Map(text(), pipes.URL), rapid.Map(text(), pipes.Path),
		rapid.Map(text(), pipes.Notebook), rapid.Map(text(), pipes.Markdown), rapid.Map(text(), pipes.Asset),
		rapid.Map(text(), pipes.DagsterRun), rapid.Map(rapid.Float64(), pipes.Float), rapid.Map(rapid.Bool(), pipes.Bool),
		rapid.Map(rapid.Int64(), pipes.Int[int64]), rapid.Map(rapid.Uint64(), pipes.Int[uint64]),
		rapid.Map(jsonValue(3), pipes.JSON), rapid.Map(jsonValue(3), pipes.Infer),
		rapid.Map(rapid.Int64(), func(n int64) pipes.MetadataValue { return pipes.Timestamp(time.UnixMicro(n)) }),
		rapid.Just(pipes.Null()), rapid.Just(pipes.MetadataValue{}),
		rapid.Map(columns(), pipes.TableSchema), table(), lineage(),
	), 0, 4)
}

func columns() *rapid.Generator[[]pipes.Column] {
	return rapid.SliceOfNDistinct(rapid.Custom(func(r *rapid.T) pipes.Column {
		return pipes.Column{
			Name: text().Draw(r, "name"), Type: text().Draw(r, "type"), Description: text().Draw(r, "description"),
			NotNull: rapid.Bool().Draw(r, "not null"), Unique: rapid.Bool().Draw(r, "unique"),
			Constraints: rapid.SliceOfN(text(), 0, 2).Draw(r, "constraints"),
			Tags:        rapid.MapOfN(text(), text(), 0, 2).Draw(r, "tags"),
		}
	}), 0, 3, func(c pipes.Column) string { return c.Name })
}

func table() *rapid.Generator[pipes.MetadataValue] {
	return rapid.Custom(func(r *rapid.T) pipes.MetadataValue {
		columns := columns().Draw(r, "columns")
		rows := rapid.SliceOfN(rapid.SliceOfN(jsonValue(0), len(columns), len(columns)), 0, 3).Draw(r, "rows")
		return pipes.Table(columns, rows)
	})
}

func lineage() *rapid.Generator[pipes.MetadataValue] {
	dependency := rapid.Custom(func(r *rapid.T) pipes.ColumnDependency {
		return pipes.ColumnDependency{
			AssetKey: pipes.JoinAssetKey("a", text().Draw(r, "asset")), Column: rapid.SampledFrom([]string{"x", "y"}).Draw(r, "column"),
		}
	})
	return rapid.Map(rapid.MapOfN(text(), rapid.SliceOfN(dependency, 0, 4), 0, 3), pipes.TableColumnLineage)
}

func anError() *rapid.Generator[error] {
	return rapid.Custom(func(r *rapid.T) error {
		if rapid.Bool().Draw(r, "none") {
			return nil
		}
		err := errors.New(text().Draw(r, "text"))
		switch rapid.IntRange(0, 3).Draw(r, "kind") {
		case 0:
			return fmt.Errorf("%s: %w", text().Draw(r, "wrapping"), err)
		case 1:
			return errors.Join(err, os.ErrClosed)
		case 2:
			return &pipes.PanicError{Value: err, Stack: rapid.SliceOf(text()).Draw(r, "stack")}
		}
		return err
	})
}
