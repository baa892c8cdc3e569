package main

import "testing"

// A small version of the measurement in docs/drift.md, of 100 columns and 20 runs: its seed is given, so that it
// either always passes or never does.
func TestATableThatDoesNotChangeHasNoAlarms(t *testing.T) {
	if alarms, findings := FalseAlarms(100, 20, 500, 7); alarms > 0 {
		t.Errorf("%d of 20 runs have findings: %v", alarms, findings)
	}
}
