package pipes

import (
	"cmp"
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"strconv"
)

// A Column describes one column of a table. The zero value of each field but Name is sound: a nullable column of
// type "string".
type Column struct {
	Name        string
	Type        string // any name; "string" where empty
	Description string
	NotNull     bool
	Unique      bool
	Constraints []string // whatever else holds for the column, in words
	Tags        map[string]string
}

// A ColumnDependency is a column of another asset that a column is made from.
type ColumnDependency struct {
	AssetKey string // in the form of JoinAssetKey
	Column   string
}

// Table is a small table with its schema. Each row has one cell a column, in the order of columns: a string, bool,
// integer, float or nil, or a value with MarshalText, such as a time.Time, which becomes a string. NaN and infinities
// become strings, as in Float.
func Table(columns []Column, rows [][]any) MetadataValue {
	raw, err := encodeTable(columns, rows)
	return MetadataValue{kind: "table", raw: raw, err: err}
}

// TableSchema is the schema of a table. Under the key "dagster/column_schema" Dagster's UI shows it as the columns of
// the asset.
func TableSchema(columns []Column) MetadataValue {
	var t jsonText
	t.open('{')
	t.key("columns")
	t.columns(columns)
	t.close('}')
	return MetadataValue{kind: "table_schema", raw: string(t)}
}

// TableColumnLineage tells for each column which columns of other assets it is made from. Under the key
// "dagster/column_lineage" Dagster's UI shows it as the asset's lineage.
func TableColumnLineage(dependencies map[string][]ColumnDependency) MetadataValue {
	raw, err := encodeLineage(dependencies)
	return MetadataValue{kind: "table_column_lineage", raw: raw, err: err}
}

func encodeTable(columns []Column, rows [][]any) (string, error) {
	seen := make(map[string]bool, len(columns))
	for _, column := range columns {
		if seen[column.Name] {
			return "", fmt.Errorf("table: two columns are named %q; Dagster keeps records by column name", column.Name)
		}
		seen[column.Name] = true
	}
	var t jsonText
	t.open('{')
	t.key("records")
	t.open('[')
	for i, row := range rows {
		if len(row) != len(columns) {
			return "", fmt.Errorf("table: row %d has %d cells for %d columns", i, len(row), len(columns))
		}
		t.open('{')
		for j, cell := range row {
			t.key(columns[j].Name)
			var err error
			if t, err = appendCell(t, cell); err != nil {
				return "", fmt.Errorf("table: row %d, column %q: %w", i, columns[j].Name, err)
			}
		}
		t.close('}')
	}
	t.close(']')
	t.key("schema")
	t.columns(columns)
	t.close('}')
	return string(t), nil
}

func appendCell(dst []byte, cell any) ([]byte, error) {
	if text, ok := cell.(encoding.TextMarshaler); ok {
		if v := reflect.ValueOf(cell); v.Kind() == reflect.Pointer && v.IsNil() {
			return append(dst, "null"...), nil
		}
		marshalled, err := text.MarshalText()
		if err != nil {
			return dst, err
		}
		return appendString(dst, string(marshalled)), nil
	}
	switch v := reflect.ValueOf(cell); v.Kind() {
	case reflect.Invalid:
		return append(dst, "null"...), nil
	case reflect.Bool:
		return append(dst, Bool(v.Bool()).raw...), nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return append(dst, Int(v.Int()).raw...), nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return append(dst, Int(v.Uint()).raw...), nil
	case reflect.Float32, reflect.Float64:
		return append(dst, Float(v.Float()).raw...), nil
	case reflect.String:
		return appendString(dst, v.String()), nil
	case reflect.Pointer:
		if v.IsNil() {
			return append(dst, "null"...), nil
		}
		return appendCell(dst, v.Elem().Interface())
	}
	return dst, fmt.Errorf("a cell cannot hold a %T; use a string, bool, integer, float or nil", cell)
}

func encodeLineage(dependencies map[string][]ColumnDependency) (string, error) {
	var t jsonText
	t.open('{')
	t.key("deps_by_column")
	t.open('{')
	for _, column := range sortedKeys(dependencies) {
		t.key(column)
		t.open('[')
		var sent []string
		for _, dependency := range dependencies[column] {
			parts := SplitAssetKey(dependency.AssetKey)
			if len(parts) == 0 {
				return "", fmt.Errorf("lineage of column %q: a dependency has no asset key", column)
			}
			var one jsonText
			one.open('{')
			one.key("asset_key")
			one.strings(parts)
			one.key("column_name")
			one.string(dependency.Column)
			one.close('}')
			// Dagster refuses a dependency that is listed twice.
			if !slices.Contains(sent, string(one)) {
				sent = append(sent, string(one))
				t.raw(string(one))
			}
		}
		t.close(']')
	}
	t.close('}')
	t.close('}')
	return string(t), nil
}

func (t *jsonText) columns(columns []Column) {
	t.open('[')
	for _, column := range columns {
		t.open('{')
		t.key("name")
		t.string(column.Name)
		t.key("type")
		t.string(cmp.Or(column.Type, "string"))
		if column.Description != "" {
			t.key("description")
			t.string(column.Description)
		}
		if len(column.Tags) > 0 {
			t.key("tags")
			t.open('{')
			for _, tag := range sortedKeys(column.Tags) {
				t.key(tag)
				t.string(column.Tags[tag])
			}
			t.close('}')
		}
		t.key("constraints")
		t.open('{')
		t.key("nullable")
		t.raw(strconv.FormatBool(!column.NotNull))
		t.key("unique")
		t.raw(strconv.FormatBool(column.Unique))
		t.key("other")
		t.strings(column.Constraints)
		t.close('}')
		t.close('}')
	}
	t.close(']')
}
