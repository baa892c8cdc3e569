package pipes_test

import (
	"context"
	"encoding/json"
	"math"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/baselinr/baselinr-pipes/pipes"
)

// That Dagster accepts and stores these is tested against Dagster itself, in tests/pipes.
func TestMetadataOnTheWire(t *testing.T) {
	instant := time.Date(2024, 1, 2, 3, 4, 5, 600_000_999, time.UTC)
	for _, test := range []struct {
		name, kind, raw string
		value           pipes.MetadataValue
	}{
		{"text", "text", `"a\"b"`, pipes.Text(`a"b`)},
		{"empty text", "text", `""`, pipes.Text("")},
		{"text beyond ASCII is escaped", "text", `"\u00fc \u65e5 \ud83d\ude00 \u0085\u007f"`, pipes.Text("ü 日 😀 \u0085\x7f")},
		{"invalid UTF-8 becomes replacement characters", "text", `"a\ufffdb\ufffd"`, pipes.Text("a\xffb\xc3")},
		{"control characters are escaped", "text", `"\u0000\n\r\t\u001b"`, pipes.Text("\x00\n\r\t\x1b")},
		{"a URL", "url", `"https://dagster.io/?a=1&b=<2>"`, pipes.URL("https://dagster.io/?a=1&b=<2>")},
		{"a path", "path", `"/dev/null"`, pipes.Path("/dev/null")},
		{"a notebook", "notebook", `"n.ipynb"`, pipes.Notebook("n.ipynb")},
		{"Markdown", "md", `"**x**"`, pipes.Markdown("**x**")},
		{"an int", "int", "-5", pipes.Int(-5)},
		{"an int past 2^53 keeps its digits", "int", "9007199254740993", pipes.Int(int64(9007199254740993))},
		{"the largest unsigned int", "int", "18446744073709551615", pipes.Int(uint64(math.MaxUint64))},
		{"the smallest int", "int", "-9223372036854775808", pipes.Int(int64(math.MinInt64))},
		{"a float", "float", "0.1", pipes.Float(0.1)},
		{"a whole float stays a float", "float", "1.0", pipes.Float(1)},
		{"a large float", "float", "1e+300", pipes.Float(1e300)},
		{"a tiny float", "float", "5e-324", pipes.Float(math.SmallestNonzeroFloat64)},
		{"minus zero", "float", "-0.0", pipes.Float(math.Copysign(0, -1))},
		{"NaN becomes text", "text", `"NaN"`, pipes.Float(math.NaN())},
		{"infinity becomes text", "text", `"Infinity"`, pipes.Float(math.Inf(1))},
		{"minus infinity becomes text", "text", `"-Infinity"`, pipes.Float(math.Inf(-1))},
		{"true", "bool", "true", pipes.Bool(true)},
		{"null", "null", "null", pipes.Null()},
		{"the zero value is null", "null", "null", pipes.MetadataValue{}},
		{"an object", "json", `{"a":[1,null]}`, pipes.JSON(map[string]any{"a": []any{1, nil}})},
		{"an empty map", "json", "{}", pipes.JSON(map[string]int{})},
		{"a nil map is null", "json", "null", pipes.JSON(map[string]int(nil))},
		{"an empty list", "json", "[]", pipes.JSON([]int{})},
		{"a bare number is no JSON to Dagster", "__infer__", "5", pipes.JSON(5)},
		{"a bare boolean is no JSON to Dagster", "__infer__", "true", pipes.JSON(true)},
		{"a struct", "json", `{"A":"<x>"}`, pipes.JSON(struct{ A string }{"<x>"})},
		{"NaN deep in JSON becomes a string", "json", `{"a":[1,"NaN",{"b":"-Infinity"},null]}`,
			pipes.JSON(map[string]any{"a": []any{1, math.NaN(), map[string]float64{"b": math.Inf(-1)}, nil}})},
		{"a big integer in JSON keeps its digits", "json", "[36893488147419103232]",
			pipes.JSON([]any{new(big.Int).Lsh(big.NewInt(1), 65)})},
		{"a timestamp has microseconds", "timestamp", "1704164645.6", pipes.Timestamp(instant)},
		{"an asset", "asset", `"a/b"`, pipes.Asset("a/b")},
		{"a run", "dagster_run", `"db89"`, pipes.DagsterRun("db89")},
		{"an inferred string", "__infer__", `"x"`, pipes.Infer("x")},
		{"an inferred whole float stays a float", "__infer__", "2.0", pipes.Infer(2.0)},
		{"an inferred float32 has the digits of a float32", "__infer__", "0.1", pipes.Infer(float32(0.1))},
		{"an inferred NaN is text", "__infer__", `"NaN"`, pipes.Infer(math.NaN())},
		{"an inferred nil", "__infer__", "null", pipes.Infer(nil)},
		{"an inferred list", "__infer__", "[1]", pipes.Infer([]int{1})},
		{"a table without rows", "table", `{"records":[],"schema":[]}`, pipes.Table(nil, nil)},
		{"a table", "table", `{"records":[
			{"n":1,"f":2.0,"s":"x","b":true,"t":"2024-01-02T03:04:05.600000999Z"},
			{"n":null,"f":"NaN","s":"3","b":null,"t":null}],
			"schema":[` + column("n", "int") + "," + column("f", "string") + "," + column("s", "string") + "," + column("b", "string") + "," + column("t", "string") + "]}",
			pipes.Table(
				[]pipes.Column{{Name: "n", Type: "int"}, {Name: "f"}, {Name: "s"}, {Name: "b"}, {Name: "t"}},
				[][]any{{1, float32(2), "x", true, instant}, {nil, math.NaN(), json.Number("3"), (*bool)(nil), (*time.Time)(nil)}})},
		{"a table schema", "table_schema", `{"columns":[{"name":"id","type":"int","description":"key","tags":{"a":"b"},
			"constraints":{"nullable":false,"unique":true,"other":["> 0"]}},` + column("x", "string") + `]}`,
			pipes.TableSchema([]pipes.Column{
				{Name: "id", Type: "int", Description: "key", NotNull: true, Unique: true, Constraints: []string{"> 0"}, Tags: map[string]string{"a": "b"}},
				{Name: "x"},
			})},
		{"lineage names assets by their parts, and each dependency once", "table_column_lineage",
			`{"deps_by_column":{"total":[{"asset_key":["shop","a/b"],"column_name":"x"},{"asset_key":["raw"],"column_name":"x"}]}}`,
			pipes.TableColumnLineage(map[string][]pipes.ColumnDependency{"total": {
				{AssetKey: pipes.JoinAssetKey("shop", "a/b"), Column: "x"}, {AssetKey: "raw", Column: "x"}, {AssetKey: "raw/", Column: "x"},
			}})},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := json.Marshal(test.value)
			if err != nil {
				t.Fatal(err)
			}
			if want := `{"type":"` + test.kind + `","raw_value":` + test.raw + `}`; !jsonEqual(t, string(got), want) {
				t.Errorf("want %s\n got %s", want, got)
			}
			// Numbers to the letter: 1 and 1.0 are the same to encoding/json, not to Dagster.
			if !strings.ContainsAny(test.raw, `{["`) && !strings.Contains(string(got), `"raw_value":`+test.raw+",") {
				t.Errorf("want %s to the letter, got %s", test.raw, got)
			}
		})
	}
}

func column(name, kind string) string {
	return `{"name":"` + name + `","type":"` + kind + `","constraints":{"nullable":true,"unique":false,"other":[]}}`
}

func TestMetadataIsSentInTheOrderThatIsAskedFor(t *testing.T) {
	session, path := openFile(t, oneAsset())
	metadata := map[string]pipes.MetadataValue{}
	for _, key := range []string{"d", "a", "c", "b"} {
		metadata[key] = pipes.Null()
	}
	first := []string{"c", "not there", "b"}
	if err := session.ReportAssetMaterialization(context.Background(), pipes.Materialization{Metadata: metadata, First: first}); err != nil {
		t.Fatal(err)
	}
	messages := readFile(t, path)
	params := string(messages[len(messages)-1].Params)
	var places []int
	for _, key := range []string{"c", "b", "a", "d"} {
		places = append(places, strings.Index(params, `"`+key+`":`))
	}
	if !slices.IsSorted(places) || places[0] < 0 {
		t.Errorf("not c, b, a, d: %s", params)
	}
}

func TestMetadataThatCannotBeSent(t *testing.T) {
	deep := any("bottom")
	for range 300 {
		deep = []any{deep}
	}
	cycle := map[string]any{"nan": math.NaN()}
	cycle["self"] = cycle
	session, _ := openFile(t, oneAsset())
	for _, test := range []struct {
		name, wantErr string
		value         pipes.MetadataValue
	}{
		{"a channel is no JSON", "unsupported type", pipes.JSON(make(chan int))},
		{"NaN in a struct", "unsupported value: NaN", pipes.JSON(struct{ A float64 }{math.NaN()})},
		{"nesting that Dagster cannot read", "levels of nesting", pipes.JSON(deep)},
		{"a map that holds itself", "levels of nesting", pipes.JSON(cycle)},
		{"an integer that Dagster cannot read", "digits", pipes.JSON(json.Number(strings.Repeat("9", 5000)))},
		{"a row with too few cells", "row 1 has 1 cells for 2 columns",
			pipes.Table([]pipes.Column{{Name: "a"}, {Name: "b"}}, [][]any{{1, 2}, {1}})},
		{"two columns of one name", `"a"`, pipes.Table([]pipes.Column{{Name: "a"}, {Name: "a"}}, nil)},
		{"a cell that is a list", `row 0, column "a"`, pipes.Table([]pipes.Column{{Name: "a"}}, [][]any{{[]int{1}}})},
		{"lineage from nowhere", "no asset key", pipes.TableColumnLineage(map[string][]pipes.ColumnDependency{"c": {{Column: "x"}}})},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := session.ReportAssetMaterialization(context.Background(), pipes.Materialization{
				Metadata: map[string]pipes.MetadataValue{"the key": test.value},
			})
			if err == nil || !strings.Contains(err.Error(), test.wantErr) || !strings.Contains(err.Error(), `metadata "the key"`) {
				t.Errorf("want an error with the key and %q, got %v", test.wantErr, err)
			}
		})
	}
}

func TestMetadataShowsItselfInALogLine(t *testing.T) {
	for want, value := range map[string]pipes.MetadataValue{
		"ü": pipes.Text("ü"), "5": pipes.Int(5), "null": {}, `[1]`: pipes.JSON([]int{1}), "!json: unsupported type: chan int": pipes.JSON(make(chan int)),
	} {
		if got := value.String(); got != want {
			t.Errorf("want %q, got %q", want, got)
		}
	}
}
