package cli

import (
	"testing"

	"github.com/baselinr/baselinr-pipes/config"
)

func TestAWarehouseLimitLowersTheWorkersOfItsEngine(t *testing.T) {
	for _, test := range []struct {
		name    string
		workers int
		limits  config.WarehouseLimits
		want    int
	}{
		{"no limit", 4, nil, 4},
		{"a lower limit", 4, config.WarehouseLimits{"postgres": 2}, 2},
		{"a limit never raises", 1, config.WarehouseLimits{"postgres": 8}, 1},
		{"the limit of another engine", 4, config.WarehouseLimits{"sqlite": 1}, 4},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := config.Default()
			c.Source.Type = "postgres"
			c.Execution.MaxWorkers, c.Execution.WarehouseLimits = test.workers, test.limits
			if got := workers(&c); got != test.want {
				t.Errorf("%d workers, want %d", got, test.want)
			}
		})
	}
}
