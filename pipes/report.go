package pipes

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"sync"
)

// A Severity tells how bad it is that an asset check did not pass.
type Severity string

// The two severities.
const (
	SeverityWarn  Severity = "WARN"
	SeverityError Severity = "ERROR"
)

// A Materialization tells Dagster that an asset was materialized.
type Materialization struct {
	AssetKey    string // may be empty where the step targets one asset
	Metadata    map[string]MetadataValue
	DataVersion string // where empty, Dagster makes one

	// First are keys of Metadata that come before the others, in this order: Dagster shows metadata in the order in
	// which it is reported. The others are sorted. Keys that Metadata lacks are passed over.
	First []string
}

// A Check is the result of an asset check. Dagster must know the check: it is declared with the asset.
type Check struct {
	AssetKey string // may be empty where the step targets one asset
	Name     string
	Passed   bool
	Severity Severity // SeverityError where empty
	Metadata map[string]MetadataValue
}

// ReportAssetMaterialization reports that an asset was materialized, once per asset and session.
func (s *Session) ReportAssetMaterialization(ctx context.Context, m Materialization) error {
	key, err := s.resolveAssetKey(m.AssetKey)
	if err == nil {
		err = s.materialize(key)
	}
	if err != nil {
		return fmt.Errorf("pipes: report asset materialization: %w", err)
	}
	err = s.report(ctx, methodReportAssetMaterialization, func(dst []byte) ([]byte, error) {
		dst = append(dst, `{"asset_key":`...)
		dst = appendString(dst, key)
		dst = append(dst, `,"data_version":`...)
		if m.DataVersion == "" {
			dst = append(dst, "null"...)
		} else {
			dst = appendString(dst, m.DataVersion)
		}
		dst = append(dst, `,"metadata":`...)
		dst, err := appendMetadata(dst, m.Metadata, m.First)
		return append(dst, '}'), err
	})
	if err != nil && !stillWaits(err) {
		s.unmaterialize(key)
	}
	return err
}

// ReportAssetCheck reports the result of an asset check.
func (s *Session) ReportAssetCheck(ctx context.Context, c Check) error {
	key, err := s.resolveAssetKey(c.AssetKey)
	switch {
	case err != nil:
	case c.Name == "":
		err = errors.New("the check has no name")
	case c.Severity == "":
		c.Severity = SeverityError
	case c.Severity != SeverityWarn && c.Severity != SeverityError:
		err = fmt.Errorf("severity %q: want %q or %q", c.Severity, SeverityWarn, SeverityError)
	}
	if err != nil {
		return fmt.Errorf("pipes: report asset check: %w", err)
	}
	return s.report(ctx, methodReportAssetCheck, func(dst []byte) ([]byte, error) {
		dst = append(dst, `{"asset_key":`...)
		dst = appendString(dst, key)
		dst = append(dst, `,"check_name":`...)
		dst = appendString(dst, c.Name)
		dst = append(dst, `,"passed":`...)
		dst = strconv.AppendBool(dst, c.Passed)
		dst = append(dst, `,"severity":`...)
		dst = appendString(dst, string(c.Severity))
		dst = append(dst, `,"metadata":`...)
		dst, err := appendMetadata(dst, c.Metadata, nil)
		return append(dst, '}'), err
	})
}

// ReportCustomMessage sends any value that encoding/json encodes; Dagster's get_custom_messages returns it. NaN and
// infinities become strings as in JSON.
func (s *Session) ReportCustomMessage(ctx context.Context, payload any) error {
	return s.report(ctx, methodReportCustomMessage, func(dst []byte) ([]byte, error) {
		dst, err := appendJSON(append(dst, `{"payload":`...), payload)
		return append(dst, '}'), err
	})
}

// maxStreamText bounds the text of one message of printed output, for the same reason as maxStack.
const maxStreamText = 3500

// LogExternalStream forwards output that some other program printed: Dagster prints it on the same stream of its own.
// Long text is sent in pieces.
func (s *Session) LogExternalStream(ctx context.Context, stream Stream, text string) error {
	if stream != Stdout && stream != Stderr {
		return fmt.Errorf("pipes: log external stream: want %q or %q, got %q", Stdout, Stderr, stream)
	}
	for text != "" {
		var piece string
		piece, text = cutText(text)
		err := s.report(ctx, methodLogExternalStream, func(dst []byte) ([]byte, error) {
			dst = append(dst, `{"stream":"`...)
			dst = append(dst, stream...)
			dst = append(dst, `","text":`...)
			dst = appendString(dst, piece)
			return append(dst, `,"extras":{}}`...), nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// cutText cuts text before a character so that what precedes is at most maxStreamText bytes of JSON.
func cutText(text string) (piece, rest string) {
	size := 0
	for i, r := range text {
		switch {
		case r > 0xffff:
			size += 12
		case r < 0x20 || r >= 0x7f:
			size += 6
		case r == '"' || r == '\\':
			size += 2
		default:
			size++
		}
		if size > maxStreamText {
			return text[:i], text[i:]
		}
	}
	return text, ""
}

// buffers keeps the memory of messages for the next ones.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

// report builds a message from params, which appends them as JSON, and sends it.
func (s *Session) report(ctx context.Context, method string, params func([]byte) ([]byte, error)) error {
	buffer := buffers.Get().(*[]byte)
	defer buffers.Put(buffer)
	line, err := params(beginMessage((*buffer)[:0], method))
	*buffer = line
	if err != nil {
		return fmt.Errorf("pipes: %s: %w", method, err)
	}
	if s.local != nil {
		return s.sendLocal(ctx, method, line[len(beginMessage(nil, method)):])
	}
	*buffer = endMessage(line)
	return s.send(ctx, *buffer, method == methodClosed)
}

func (s *Session) sendOpened(ctx context.Context, o options) error {
	extras := map[string]any{}
	maps.Copy(extras, o.openedExtras)
	if writer, ok := o.writer.(OpenedExtras); ok {
		maps.Copy(extras, writer.OpenedExtras())
	}
	return s.report(ctx, methodOpened, func(dst []byte) ([]byte, error) {
		dst, err := appendJSON(append(dst, `{"extras":`...), extras)
		return append(dst, '}'), err
	})
}

func (s *Session) sendClosed(ctx context.Context, reason error) error {
	return s.report(ctx, methodClosed, func(dst []byte) ([]byte, error) {
		dst = append(dst, '{')
		if reason != nil {
			dst = append(dst, `"exception":`...)
			dst = appendException(dst, reason, 0)
		}
		return append(dst, '}'), nil
	})
}
