package pipes

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// contextData is the context as it is on the wire. Null and missing are the same for every field but run_id and
// retry_number, which must be there. Fields of later versions of the protocol are passed over.
type contextData struct {
	AssetKeys             []string                   `json:"asset_keys"`
	CodeVersionByAssetKey map[string]*string         `json:"code_version_by_asset_key"`
	ProvenanceByAssetKey  map[string]*Provenance     `json:"provenance_by_asset_key"`
	PartitionKey          *string                    `json:"partition_key"`
	PartitionKeyRange     *PartitionKeyRange         `json:"partition_key_range"`
	PartitionTimeWindow   *wireTimeWindow            `json:"partition_time_window"`
	RunID                 *string                    `json:"run_id"`
	JobName               *string                    `json:"job_name"`
	RetryNumber           *int                       `json:"retry_number"`
	Extras                map[string]json.RawMessage `json:"extras"`
}

// wireTimeWindow holds the times as text: they are parsed where they are asked for, so that a program that does
// not need them does not fail on them.
type wireTimeWindow struct {
	Start string `json:"start"`
	End   string `json:"end"`
}

func decodeContext(raw []byte) (*Context, error) {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	var data *contextData
	if err := decoder.Decode(&data); err != nil {
		return nil, fmt.Errorf("pipes: decode context: %w%s", err, contextHint(raw))
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("pipes: decode context: more than one JSON value")
	}
	switch {
	case data == nil:
		return nil, errors.New("pipes: decode context: want a JSON object, got null")
	case data.RunID == nil:
		return nil, errors.New(`pipes: decode context: "run_id" is missing`)
	case data.RetryNumber == nil:
		return nil, errors.New(`pipes: decode context: "retry_number" is missing`)
	}
	return &Context{data: *data}, nil
}

// contextHint explains the one way in which Dagster itself writes what is not JSON: Python's json module writes
// NaN and the infinities as bare words.
func contextHint(raw []byte) string {
	for _, word := range []string{"NaN", "Infinity"} {
		if bytes.Contains(raw, []byte(word)) {
			return " (it holds " + word + ", which JSON cannot carry: pass such an extra as a string or null)"
		}
	}
	return ""
}

func isNull(raw json.RawMessage) bool { return string(bytes.TrimSpace(raw)) == "null" }
