package config

import "strings"

// Incremental says which tables are profiled again though their plan is the same.
type Incremental struct {
	Enabled         bool            `json:"enabled" jsonschema_description:"Record with each profile which version of the table's rows it read, and let Dagster's sensor start runs of tables whose data changed or that are due." example:"true"`
	ChangeDetection ChangeDetection `json:"change_detection" jsonschema_description:"Whether the source is asked if rows changed." absent:"its keys' defaults" example:"{enabled: false}"`
	Scheduling      Scheduling      `json:"adaptive_scheduling" jsonschema_description:"When tables are due." absent:"its keys' defaults" example:"{default_interval_minutes: 720}"`
}

// ChangeDetection says whether the source is asked if rows changed.
type ChangeDetection struct {
	Enabled bool `json:"enabled" jsonschema_description:"Ask the source's own counters whether a table's rows changed. 'false' knows of no table." example:"false"`
}

// Scheduling says when tables are due, in minutes since they were profiled last.
type Scheduling struct {
	Enabled   bool           `json:"enabled" jsonschema_description:"Let tables be due. 'false' leaves it to changes of their data, each of which then starts a run." example:"false"`
	Default   int            `json:"default_interval_minutes" jsonschema:"minimum=5" jsonschema_description:"Minutes after which a table is due of which it is not known whether its data changed." example:"720"`
	Min       int            `json:"min_interval_minutes" jsonschema:"minimum=5" jsonschema_description:"Minutes after which a table is due whose data changed; no table is more often, and none is requested again sooner where its run failed." example:"30"`
	Max       int            `json:"max_interval_minutes" jsonschema:"minimum=60" jsonschema_description:"Minutes after which every table is due; at least 'min_interval_minutes'." example:"20160"`
	Overrides map[string]int `json:"priority_overrides,omitempty" jsonschema_description:"By table, as 'schema.table' or 'table' in any case, the minutes that take the place of 'default_interval_minutes', and of 'min_interval_minutes' where its data changed; kept within the shortest and the longest." absent:"none" example:"{sales.orders: 60}"`
	Penalty   int            `json:"staleness_penalty_minutes" jsonschema:"minimum=5" jsonschema_description:"Minutes by which a table is due later whose data did not change." example:"2880"`
}

// Override returns the minutes that priority_overrides gives for a table, by its schema.table, where a key may
// have the database before it, else by its name alone; 0 for none.
func (s Scheduling) Override(id, name string) int {
	id, name = strings.ToLower(id), strings.ToLower(name)
	for _, fits := range []func(key string) bool{
		func(key string) bool { return key == id },
		func(key string) bool { return strings.HasSuffix(key, "."+id) },
		func(key string) bool { return key == name },
	} {
		for key, minutes := range s.Overrides {
			if fits(strings.ToLower(key)) {
				return minutes
			}
		}
	}
	return 0
}

func defaultIncremental() Incremental {
	return Incremental{
		ChangeDetection: ChangeDetection{Enabled: true},
		Scheduling:      Scheduling{Enabled: true, Default: 1440, Min: 60, Max: 10080, Penalty: 1440},
	}
}
