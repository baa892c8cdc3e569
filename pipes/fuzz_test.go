package pipes

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzContext: no context, however broken, makes the decoder or an accessor panic, and what is missing is
// ErrNotInContext. What it found in longer runs is kept in testdata/fuzz.
func FuzzContext(f *testing.F) {
	for _, seed := range []string{
		"", "null", "{}", "[]", `{"run_id":"r","retry_number":0,"extras":null}`,
		`{"asset_keys":["a","b"],"code_version_by_asset_key":{"a":null,"b":"1"},"provenance_by_asset_key":{"a":null,"b":{"code_version":"v","input_data_versions":{"x":"y"},"is_user_provided":true}},"partition_key":"p","partition_key_range":{"start":"p","end":"q"},"partition_time_window":{"start":"2024-01-01T00:00:00+00:00","end":"2024-01-02T00:00:00"},"run_id":"r","job_name":"j","retry_number":1,"extras":{"a":[1,null,{"b":1e400}]}}`,
		`{"run_id":"r","retry_number":0,"extras":{"x":NaN}}`, `{"run_id":"\ud800","retry_number":1e0}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		c, err := decodeContext(raw)
		if err != nil {
			if c != nil || !strings.HasPrefix(err.Error(), "pipes: decode context: ") {
				t.Errorf("%v, %v", c, err)
			}
			return
		}
		if !json.Valid(raw) {
			t.Errorf("accepted what is no JSON: %q", raw)
		}
		useContext(t, c)
	})
}

// useContext calls every accessor, and holds each to the others.
func useContext(t *testing.T, c *Context) {
	_, _ = c.RunID(), c.RetryNumber()
	keys, err := c.AssetKeys()
	if c.IsAssetStep() != (err == nil) {
		t.Errorf("asset step %v, but %v", c.IsAssetStep(), err)
	}
	key, err := c.AssetKey()
	if (len(keys) == 1) != (err == nil) {
		t.Errorf("keys %q, key %q, %v", keys, key, err)
	}
	for _, key := range append(keys, "", "none of them") {
		_, versionErr := c.CodeVersion(key)
		_, provenanceErr := c.Provenance(key)
		for _, err := range []error{versionErr, provenanceErr} {
			if err != nil && !errors.Is(err, ErrNotInContext) {
				t.Error(err)
			}
		}
		_ = SplitAssetKey(key)
	}
	_, keyRangeErr := c.PartitionKeyRange()
	if c.IsPartitionStep() != (keyRangeErr == nil) {
		t.Errorf("partition step %v, but %v", c.IsPartitionStep(), keyRangeErr)
	}
	_, _ = c.PartitionKey()
	_, _ = c.JobName()
	_, _ = c.PartitionTimeWindow()
	for name := range c.Extras() {
		var extra any
		if err := c.Extra(name, &extra); err != nil && errors.Is(err, ErrNotInContext) {
			t.Errorf("extra %q is there, but %v", name, err)
		}
	}
}

// FuzzDecodeParams: no variable, however broken, makes the decoder panic.
func FuzzDecodeParams(f *testing.F) {
	for _, params := range []any{map[string]any{}, map[string]any{"path": "/tmp/messages"}, []int{1}, nil} {
		encoded, err := EncodeParams(params)
		if err != nil {
			f.Fatal(err)
		}
		compressed, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(compressed, true)
		f.Add([]byte(encoded), false)
	}
	f.Fuzz(func(t *testing.T, raw []byte, encode bool) {
		text := string(raw)
		if encode {
			text = base64.StdEncoding.EncodeToString(raw)
		}
		params, err := DecodeParams(text)
		if (params == nil) == (err == nil) {
			t.Errorf("%v, %v", params, err)
		}
		for name := range params {
			_, _ = params.String(name)
			_, _ = params.Bool(name)
		}
	})
}

// FuzzString: a string arrives as encoding/json would have it arrive, in ASCII.
func FuzzString(f *testing.F) {
	for _, seed := range []string{"", "plain", "\x00\x1f\x7f\"\\/", "ü日😀\u2028", "\xff\xc3\xed\xa0\x80"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		encoded := appendString(nil, s)
		for _, c := range encoded {
			if c < 0x20 || c >= utf8.RuneSelf {
				t.Fatalf("%q is not printable ASCII", encoded)
			}
		}
		reference, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		var got, want string
		if err := errors.Join(json.Unmarshal(encoded, &got), json.Unmarshal(reference, &want)); err != nil || got != want {
			t.Errorf("want %q, got %q, %v", want, got, err)
		}
	})
}
