package cli

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/baselinr/baselinr-pipes/config"
)

// A parameter of a test that is left out has the value that the schema says.
func TestTheDefaultsOfTestsAreThoseOfTheSchema(t *testing.T) {
	type node struct {
		Properties map[string]node
		Default    any
	}
	text, err := config.Schema()
	if err != nil {
		t.Fatal(err)
	}
	var schema node
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	absent, checked := statisticalOf(config.Default().Drift.Statistical), 0
	for test, keys := range schema.Properties["drift_detection"].Properties["statistical"].Properties["test_params"].Properties {
		for key, parameter := range keys.Properties {
			if parameter.Default == nil {
				continue
			}
			checked++
			set := config.Default().Drift.Statistical
			if err := json.Unmarshal(fmt.Appendf(nil, `{"test_params": {%q: {%q: %v}}}`, test, key, parameter.Default), &set); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(statisticalOf(set), absent, cmpopts.EquateApprox(1e-12, 0)); diff != "" {
				t.Errorf("%s.%s: %v (-schema +absent):\n%s", test, key, parameter.Default, diff)
			}
		}
	}
	if checked < 11 {
		t.Errorf("only %d defaults", checked)
	}
}
