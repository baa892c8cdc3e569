package drift

import "testing"

func TestWhyNoEarlierRunIsABaseline(t *testing.T) {
	const undo = "; drift incident RUN --undo, or drift accept RUN --undo, takes that back"
	for _, test := range []struct {
		name    string
		earlier []StoredRun
		want    string
	}{
		{"a first run has no earlier one", nil, noBaseline},
		{"the only one is an incident", []StoredRun{{Incident: true}},
			"not computed: no earlier run may be a baseline: of 1, 1 is marked as incident" + undo},
		{"one is accepted and an incident at once, as of histories from before that was refused", []StoredRun{{RunID: "a", Incident: true, Accepted: true}, {}, {Incident: true}},
			"not computed: no earlier run may be a baseline: of 3, 1 is marked as incident, 2 are older than the accepted run a" + undo},
		{"none can be read", []StoredRun{{}, {}}, "not computed: no earlier run may be a baseline: of 2, 2 are damaged"},
	} {
		r := Detect(DefaultSettings(), nil, levels("r", 0, 1, 1))
		r.NoneLeft(test.earlier)
		if r.Note != test.want {
			t.Errorf("%s: %q", test.name, r.Note)
		}
	}
}

func TestABacktestDoesNotTakeARunWhoseBaselinesAreIncidentsForAFirstOne(t *testing.T) {
	stored, load := series(100, 100)
	stored[0].Incident = true
	var verdicts []string
	err := Backtest{Settings: DefaultSettings(), AtLeast: Low}.Replay(stored, load, func(r Replayed) { verdicts = append(verdicts, r.Report.Verdict()) })
	if err != nil || len(verdicts) != 2 || verdicts[0] != "no baseline" || verdicts[1] != "not computed" {
		t.Errorf("%v %v", verdicts, err)
	}
}
