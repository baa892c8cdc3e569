package pipes_test

import (
	"encoding/json"
	"errors"
	"math/big"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/baselinr/baselinr-pipes/pipes"
)

type named string

func (n named) MarshalText() ([]byte, error) { return []byte("text of " + n), nil }

type pointed struct{}

func (*pointed) MarshalJSON() ([]byte, error) { return []byte(`"by pointer"`), nil }

// rawValue is the value of JSON metadata as it is sent.
func rawValue(t interface{ Fatal(...any) }, v any) (string, error) {
	encoded, err := pipes.JSON(v).MarshalJSON()
	if err != nil {
		return "", err
	}
	var value struct {
		Raw json.RawMessage `json:"raw_value"`
	}
	if err := json.Unmarshal(encoded, &value); err != nil {
		t.Fatal(err)
	}
	return string(value.Raw), nil
}

func TestJSONIsEncodedAsEncodingJSONDoes(t *testing.T) {
	var (
		nilPointer *pointed
		nilSlice   []int
		nilError   error
	)
	for _, v := range []any{
		nil, nilPointer, nilSlice, nilError, []byte("bytes"), []byte(nil), [2]byte{1, 2}, [0]int{}, named("x"), []named{"x"},
		map[named]int{"k": 1}, map[int]string{2: "b", 10: "a"}, map[time.Month]any{time.May: nil}, &pointed{}, pointed{}, []*pointed{nil, {}},
		json.Number("1e5"), json.RawMessage(` {"a" : 1}`), big.NewInt(5), time.Unix(0, 0).UTC(), time.Second,
		struct {
			A int `json:"a,omitempty"`
			B any `json:"b"`
			c int
		}{B: "<ü>"}, map[string]any{"b": []any{struct{ X float64 }{1}}, "a": new(3)}, errors.New("opaque"), true, uint8(3), "text",
		// These encode themselves through a pointer, which there is to an element of a slice and behind a pointer.
		[]pointed{{}}, &[1]pointed{}, [1]pointed{}, []big.Int{*big.NewInt(5)}, &struct{ N big.Int }{*big.NewInt(5)},
	} {
		want, err := json.Marshal(v)
		if err != nil {
			t.Fatalf("%T: %v", v, err)
		}
		got, err := rawValue(t, v)
		if err != nil || !jsonEqual(t, got, string(want)) {
			t.Errorf("%T: want %s, got %s, %v", v, want, got, err)
		}
	}
}

func TestRandomJSONIsEncodedAsEncodingJSONDoes(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		v := jsonValue(4).Draw(r, "value")
		want, err := json.Marshal(v)
		if _, unsupported := errors.AsType[*json.UnsupportedValueError](err); unsupported {
			r.Skip("NaN and infinities are ours")
		}
		got, err := rawValue(r, v)
		if err != nil || !jsonEqual(t, got, string(want)) {
			r.Fatalf("want %s, got %s, %v", want, got, err)
		}
	})
}
