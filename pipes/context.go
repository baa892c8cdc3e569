package pipes

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Context is what Dagster told this process about the step that launched it. What is not in the context is an error
// that wraps ErrNotInContext, never a zero value. A Context does not change and may be used from many goroutines.
type Context struct {
	data contextData
	// outside is set where Dagster did not launch the process; then nothing is in the context.
	outside bool
}

// Provenance tells from which versions an asset was last materialized.
type Provenance struct {
	CodeVersion       string            `json:"code_version"`
	InputDataVersions map[string]string `json:"input_data_versions"` // by asset key
	IsUserProvided    bool              `json:"is_user_provided"`
}

// PartitionKeyRange is the range of partitions of the step, both ends included.
type PartitionKeyRange struct {
	Start string `json:"start"`
	End   string `json:"end"`
}

// TimeWindow is the time that the step's partitions cover: from Start until just before End.
type TimeWindow struct {
	Start, End time.Time
}

// RunID returns the ID of the Dagster run. It is empty outside Dagster only.
func (c *Context) RunID() string {
	if c.data.RunID == nil {
		return ""
	}
	return *c.data.RunID
}

// RetryNumber returns how often the step was tried before: 0 at the first attempt.
func (c *Context) RetryNumber() int {
	if c.data.RetryNumber == nil {
		return 0
	}
	return *c.data.RetryNumber
}

// JobName returns the name of the job, where the run has one.
func (c *Context) JobName() (string, error) {
	if c.data.JobName == nil {
		return "", c.missing("job name", "the run does not belong to a job")
	}
	return *c.data.JobName, nil
}

// IsAssetStep tells whether the step targets assets.
func (c *Context) IsAssetStep() bool { return c.data.AssetKeys != nil }

// AssetKeys returns the keys of all assets that the step targets, in the form of JoinAssetKey.
func (c *Context) AssetKeys() ([]string, error) {
	if c.data.AssetKeys == nil {
		return nil, c.missing("asset keys", "the step does not target assets")
	}
	return slices.Clone(c.data.AssetKeys), nil
}

// AssetKey returns the key of the one asset that the step targets. It is an error where it targets several.
func (c *Context) AssetKey() (string, error) {
	return c.oneAsset("asset key", "")
}

// CodeVersion returns the code version of an asset of the step. An empty assetKey stands for the step's only asset.
func (c *Context) CodeVersion(assetKey string) (string, error) {
	key, err := c.oneAsset("code version", assetKey)
	if err != nil {
		return "", err
	}
	version := c.data.CodeVersionByAssetKey[key]
	if version == nil {
		return "", c.missing("code version", fmt.Sprintf("asset %q declares none", key))
	}
	return *version, nil
}

// Provenance returns the provenance of an asset of the step: there is none before its first materialization.
// An empty assetKey stands for the step's only asset.
func (c *Context) Provenance(assetKey string) (Provenance, error) {
	key, err := c.oneAsset("provenance", assetKey)
	if err != nil {
		return Provenance{}, err
	}
	provenance := c.data.ProvenanceByAssetKey[key]
	if provenance == nil {
		return Provenance{}, c.missing("provenance", fmt.Sprintf("asset %q was not materialized before", key))
	}
	p := *provenance
	p.InputDataVersions = maps.Clone(p.InputDataVersions)
	return p, nil
}

// IsPartitionStep tells whether the step targets partitions.
func (c *Context) IsPartitionStep() bool { return c.data.PartitionKeyRange != nil }

// PartitionKey returns the key of the partition that the step targets.
func (c *Context) PartitionKey() (string, error) {
	if c.data.PartitionKey == nil {
		return "", c.missing("partition key", "the step does not target a single partition")
	}
	return *c.data.PartitionKey, nil
}

// PartitionKeyRange returns the range of partitions that the step targets; for one partition its ends are the same.
func (c *Context) PartitionKeyRange() (PartitionKeyRange, error) {
	if c.data.PartitionKeyRange == nil {
		return PartitionKeyRange{}, c.missing("partition key range", "the step does not target partitions")
	}
	return *c.data.PartitionKeyRange, nil
}

// PartitionTimeWindow returns the time that the step's partitions cover, where they are partitions of time.
func (c *Context) PartitionTimeWindow() (TimeWindow, error) {
	wire := c.data.PartitionTimeWindow
	if wire == nil {
		return TimeWindow{}, c.missing("partition time window", "the step does not target partitions of time")
	}
	start, errStart := parseTime(wire.Start)
	end, errEnd := parseTime(wire.End)
	if err := errors.Join(errStart, errEnd); err != nil {
		return TimeWindow{}, fmt.Errorf("pipes: partition time window: %w", err)
	}
	return TimeWindow{Start: start, End: end}, nil
}

// Extra decodes the extra name into what into points at, by the rules of encoding/json. Pass a *json.RawMessage to
// get it as it is: numbers past 2^53 keep all their digits only there, in an integer type or in a json.Number. An
// extra that is null is in the context, and leaves into as json.Unmarshal does.
func (c *Context) Extra(name string, into any) error {
	raw, ok := c.data.Extras[name]
	if !ok {
		why := "no extras were passed"
		if len(c.data.Extras) > 0 {
			why = "the extras are " + quoteAll(sortedKeys(c.data.Extras))
		}
		return c.missing(fmt.Sprintf("extra %q", name), why)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("pipes: extra %q: %w", name, err)
	}
	return nil
}

// Extras returns all extras, each as JSON. The map is empty where there are none.
func (c *Context) Extras() map[string]json.RawMessage {
	extras := make(map[string]json.RawMessage, len(c.data.Extras))
	for name, raw := range c.data.Extras {
		extras[name] = slices.Clone(raw)
	}
	return extras
}

// oneAsset resolves assetKey, which may be empty, to one of the step's assets.
func (c *Context) oneAsset(what, assetKey string) (string, error) {
	keys := c.data.AssetKeys
	switch {
	case len(keys) == 0:
		return "", c.missing(what, "the step does not target assets")
	case assetKey != "" && !slices.Contains(keys, assetKey):
		return "", c.missing(what, fmt.Sprintf("%q is none of the step's assets %s", assetKey, quoteAll(keys)))
	case assetKey != "":
		return assetKey, nil
	case len(keys) > 1:
		return "", c.missing(what, "the step targets several assets: "+quoteAll(keys))
	}
	return keys[0], nil
}

func (c *Context) missing(what, why string) error {
	if c.outside {
		why = "Dagster did not launch this process"
	}
	return notInContext(what, why)
}

// parseTime reads what Python's datetime.isoformat writes; a time without an offset is taken as UTC.
func parseTime(text string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err == nil {
		return t, nil
	}
	if t, naive := time.Parse("2006-01-02T15:04:05.999999999", text); naive == nil {
		return t, nil
	}
	return time.Time{}, err
}

func sortedKeys[V any](m map[string]V) []string { return appendSortedKeys(nil, m) }

func appendSortedKeys[V any](keys []string, m map[string]V) []string {
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
