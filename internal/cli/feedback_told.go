package cli

import (
	"fmt"

	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/report/document"
	"github.com/baselinr/baselinr-pipes/report/terminal"
	"github.com/baselinr/baselinr-pipes/store"
)

type feedbackDocument struct {
	Version  int            `json:"version"`
	Undone   bool           `json:"undone"`
	Feedback []feedbackItem `json:"feedback"`
}

type feedbackItem struct {
	ID            string             `json:"id"`
	Kind          store.FeedbackKind `json:"kind"`
	Table         string             `json:"table"`
	RunID         *string            `json:"run_id"`
	FindingID     *string            `json:"finding_id"`
	Column        *string            `json:"column"`
	Metric        *string            `json:"metric"`
	AcceptedValue *metrics.Value     `json:"accepted_value"`
	Until         *string            `json:"until"`
	Reason        *string            `json:"reason"`
	By            string             `json:"by"`
	At            string             `json:"at"`
}

func feedbackOf(list []store.Feedback) []feedbackItem {
	items := []feedbackItem{}
	for _, f := range list {
		item := feedbackItem{
			ID: f.ID, Kind: f.Kind, Table: f.Table.ID(), RunID: textOrNull(f.RunID), FindingID: textOrNull(f.FindingID),
			Column: textOrNull(f.Column), Metric: textOrNull(f.Metric), Reason: textOrNull(f.Reason), By: f.By, At: document.Stamp(f.At),
		}
		if f.Kind == store.AcceptedFinding {
			value := metrics.Float(f.Current)
			item.AcceptedValue = &value
		}
		if !f.Until.IsZero() {
			until := document.Stamp(f.Until)
			item.Until = &until
		}
		items = append(items, item)
	}
	return items
}

func textOrNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// sentence tells feedback in a line.
func sentence(f store.Feedback) string {
	switch f.Kind {
	case store.AcceptedRun:
		return fmt.Sprintf("%s: run %s is normal; runs before it are no baselines%s", f.Table.ID(), f.RunID, because(f))
	case store.AcceptedFinding:
		return fmt.Sprintf("%s: %s is normal (finding %s)%s", f.Table.ID(), subjectOf(f), terminal.ShortID(f.FindingID), because(f))
	case store.Incident:
		return fmt.Sprintf("%s: run %s is an incident, and never a baseline%s", f.Table.ID(), f.RunID, because(f))
	default:
		text := fmt.Sprintf("%s: %s muted", f.Table.ID(), subjectOf(f))
		if !f.Until.IsZero() {
			text += " until " + f.Until.UTC().Format("2006-01-02 15:04") + " UTC"
		}
		return text + because(f)
	}
}

// subjectOf says of what feedback is.
func subjectOf(f store.Feedback) string {
	switch {
	case f.Kind == store.AcceptedFinding && f.Metric == string(metrics.Count):
		return fmt.Sprintf("%s at %s", f.Metric, metrics.Float(f.Current))
	case f.Kind == store.AcceptedFinding:
		return fmt.Sprintf("%s of column %s at %s", f.Metric, terminal.OneLine(f.Column), metrics.Float(f.Current))
	case f.RunID != "":
		return "run " + f.RunID
	case f.Column != "" && f.Metric != "":
		return fmt.Sprintf("%s of column %s", f.Metric, terminal.OneLine(f.Column))
	case f.Column != "":
		return "column " + terminal.OneLine(f.Column)
	case f.Metric != "":
		return f.Metric + " of every column"
	default:
		return "every finding"
	}
}

func because(f store.Feedback) string {
	if f.Reason == "" {
		return ""
	}
	return ": " + terminal.OneLine(f.Reason)
}

// saidBefore tells what feedback replaces, and what becomes of the reason that it had.
func saidBefore(now, before store.Feedback) string {
	if before.At.IsZero() {
		return ""
	}
	text := fmt.Sprintf(" (said before, by %s, %s UTC", before.By, before.At.UTC().Format("2006-01-02 15:04"))
	switch {
	case before.Reason == "":
	case before.Reason == now.Reason:
		text += ", with this reason"
	default:
		text += fmt.Sprintf("; this reason stands instead of %q", before.Reason)
	}
	return text + ")"
}
