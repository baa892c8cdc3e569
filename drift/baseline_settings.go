package drift

import "slices"

// Depth is how many of the last runs the settings need, at most; beside those there are the ones that are pinned, and
// those of Periods.
func (s Settings) Depth() int {
	depth := s.Judgement.depth()
	for _, c := range s.Columns {
		depth = max(depth, c.Judgement.depth())
	}
	return depth
}

func (j Judgement) depth() int { return max(j.Baseline.depth(), j.windowLength()) }

func (b BaselineSettings) depth() int {
	switch b.Strategy {
	case MovingAverage:
		return max(b.MovingAverage, 1)
	case PriorPeriod, StableWindow:
		return stableAmong
	case AutoBaseline:
		return max(autoAmong, b.MovingAverage)
	}
	return 1
}

// Against returns the settings with every column compared with one run.
func (s Settings) Against(runID string) Settings {
	s.Baseline.Strategy, s.Baseline.Run, s.Baseline.Asked, s.Baseline.Refused = PinnedRun, runID, true, ""
	return s.oneBaseline()
}

// Since compares a run with one that was accepted, to tell whether a level has moved since.
func (s Settings) Since(accepted, run *Run) *Report {
	return Detect(s.Against(accepted.RunID), []*Run{accepted}, run)
}

// AgainstFile returns the settings with every column compared with the run of a file.
func (s Settings) AgainstFile(f FileBaseline) Settings {
	s.Baseline.Strategy, s.Baseline.File, s.Baseline.Refused = BaselineFile, f, ""
	return s.oneBaseline()
}

// oneBaseline returns the settings with the table's baseline for every column.
func (s Settings) oneBaseline() Settings {
	s.Columns = slices.Clone(s.Columns)
	for i := range s.Columns {
		s.Columns[i].Judgement.Baseline = s.Baseline
	}
	return s
}

// Resolved returns the settings with what resolve makes of each baseline, of the table and of columns.
func (s Settings) Resolved(resolve func(BaselineSettings) (BaselineSettings, error)) (Settings, error) {
	var err error
	if s.Baseline, err = resolve(s.Baseline); err != nil {
		return s, err
	}
	s.Columns = slices.Clone(s.Columns)
	for i := range s.Columns {
		of := &s.Columns[i].Judgement.Baseline
		if *of, err = resolve(*of); err != nil {
			return s, err
		}
	}
	return s, nil
}

// Baselines lists the baselines of the table and of columns.
func (s Settings) Baselines() []BaselineSettings {
	list := []BaselineSettings{s.Baseline}
	for _, c := range s.Columns {
		list = append(list, c.Judgement.Baseline)
	}
	return list
}

// Pinned returns the IDs of the runs that the settings pin, which may be older than Depth reaches.
func (s Settings) Pinned() []string {
	var ids []string
	for _, b := range s.Baselines() {
		if b.Strategy == PinnedRun && b.Refused == "" {
			ids = append(ids, b.Run)
		}
	}
	return ids
}
