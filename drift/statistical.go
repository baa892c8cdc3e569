package drift

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/baselinr/baselinr-pipes/metrics"
)

// trial is a test of a column, before it is known whether it counts among all tests of the run.
type trial struct {
	test interface {
		name() string
		metric() metrics.Name
	}
	column   string
	settings StatisticalSettings
	baseline Baseline
	result   result
}

// tried runs the strategy's tests on a column.
func (s StatisticalSettings) tried(baseline Baseline, before, now Sample) (trials []trial, skipped []Skipped) {
	column := now.Runs[0].Column
	skip := func(t test, why string) {
		skipped = append(skipped, Skipped{Column: column.Name, Test: t.name(), Why: why})
	}
	for _, t := range tests() {
		if !s.runs(t.name()) || !t.applies(column) {
			continue
		}
		if why := s.untestable(t, before, now); why != "" {
			skip(t, why)
			continue
		}
		r, err := t.compare(s.Parameters, before, now)
		if err != nil {
			skip(t, err.Error())
			continue
		}
		if !holdsNumbers(column) {
			r.leastEffect = 0
		} else if t.metric() == metrics.Histogram && (before.binned() || now.binned()) {
			const roughly = ", as far as histograms tell whose bins are taken as evenly filled"
			r.sentence += roughly
			if r.discreet != "" {
				r.discreet += roughly
			}
		}
		trials = append(trials, trial{t, column.Name, s, baseline, r})
	}
	return trials, skipped
}

// runs reports whether the settings ask for a test.
func (s StatisticalSettings) runs(name string) bool { return slices.Contains(s.Tests, name) }

// untestable says why a column is too small to be tested; empty where it is not.
func (s StatisticalSettings) untestable(t test, before, now Sample) string {
	was, is := t.size(before), t.size(now)
	switch n := min(was, is); {
	case n >= float64(max(s.MinValues, 1)):
		return ""
	case was == 0 && is == 0:
		return "both runs hold no value"
	case was == 0:
		return "the baseline holds no value"
	case is == 0:
		return "the run holds no value"
	default:
		return fmt.Sprintf("a run of %s values is smaller than the %d that a test needs", short(n), s.MinValues)
	}
}

// judged returns the findings among all trials of a run. A trial is a finding where its effect is large
// enough, and, where it has a p-value, chance does not explain it: neither by the test's own level nor,
// corrected for the number of tests in the run, by the run's.
func judged(trials []trial) []Finding {
	var pValues []float64
	for _, t := range trials {
		if t.result.pValue != nil {
			pValues = append(pValues, *t.result.pValue)
		}
	}
	corrected := adjusted(pValues)
	var findings []Finding
	for _, t := range trials {
		f := t.finding()
		if t.result.pValue != nil {
			f.AdjustedPValue, corrected = &corrected[0], corrected[1:]
			alpha, own := t.settings.Parameters.Alpha[t.test.name()]
			if *f.AdjustedPValue > t.settings.Level || own && *f.PValue > alpha {
				continue
			}
		}
		if f.Severity != None {
			evidence := t.evidence(f, len(pValues))
			f.Reason += evidence
			if f.Discreet != "" {
				f.Discreet += evidence
			}
			findings = append(findings, f)
		}
	}
	return findings
}

// finding is the trial as a finding, whatever its p-value.
func (t trial) finding() Finding {
	thresholds := t.settings.Parameters.Effects[t.test.name()].scaled(t.settings.Sensitivity.factor())
	f := Finding{
		Column: t.column, Metric: t.test.metric(), Test: t.test.name(),
		Baseline: t.result.baseline, Current: t.result.current, Bounds: t.result.bounds,
		Score: &t.result.statistic, PValue: t.result.pValue, Effect: &t.result.effect,
		Severity:       thresholds.Severity(t.result.effect),
		BaselineMethod: t.baseline.Method, BaselineRunID: t.baseline.RunID(), BaselineRuns: t.baseline.runIDs(),
	}
	if t.result.change != nil {
		percent := *t.result.change * 100
		f.ChangePercent = &percent
	}
	judged := fmt.Sprintf(" (%s: "+effectForms[t.test.name()]+"%s, %s from %s on)",
		t.test.name(), short(t.result.effect), t.interpolated(thresholds), f.Severity, short(thresholds.of(f.Severity)))
	f.Reason, f.OfValues = t.result.sentence+judged, t.result.ofValues
	if t.result.discreet != "" {
		f.Discreet = t.result.discreet + judged
	}
	return f
}

// interpolated says that a finding of numbers rests on where values are taken to lie between two that are known: were
// they elsewhere, it could be less severe.
func (t trial) interpolated(thresholds Thresholds) string {
	least := t.result.leastEffect
	if least == 0 || thresholds.Severity(least) == thresholds.Severity(t.result.effect) {
		return ""
	}
	return fmt.Sprintf(" with shares between known values interpolated, %s at least", short(least))
}

// effectForms say what the sizes of the tests' effects are.
var effectForms = map[string]string{
	KSTest: "D = %s", PSI: "index %s", ZScore: "%s standard deviations", ChiSquare: "Cramér's V = %s", Entropy: "%s bits",
	TopK: "distance %s", Wasserstein: "%s standard deviations", JensenShannon: "distance %s", NullRatioTest: "Cohen's h = %s",
	RowCountTest: "%s of the rows", Freshness: "%s runs late",
}

// evidence tells how sure a finding is, and what it is compared with.
func (t trial) evidence(f Finding, tests int) string {
	text := ""
	if f.PValue != nil {
		p, corrected := probability(*f.PValue), probability(*f.AdjustedPValue)
		if corrected == p {
			corrected = "also"
		} else if bare, ok := strings.CutPrefix(corrected, "= "); ok {
			corrected = bare
		}
		text = ", by chance with p " + p
		if tests > 1 {
			text += fmt.Sprintf(" (%s corrected for %d tests)", corrected, tests)
		}
	}
	return text + ", against " + t.baseline.Reason
}

// probability writes a p-value with two digits that count. Those that are as good as 0 are told as such; the
// finding has them in full.
func probability(p float64) string {
	const asGoodAsZero = 1e-15
	if p < asGoodAsZero {
		return "< 1e-15"
	}
	return "= " + strconv.FormatFloat(p, 'g', 2, 64)
}
