package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/plan"
	"github.com/baselinr/baselinr-pipes/plan/cache"
	"github.com/baselinr/baselinr-pipes/warehouse"
	"github.com/baselinr/baselinr-pipes/warehouse/sqlite"
)

// patience is how long a plan waits for its source where it can do without, and nothing else is said.
const patience = 30 * time.Second

// discovery says where a plan takes from what the catalog says.
type discovery struct {
	refresh, offline bool
	maxAge           *time.Duration // nil for the config's
	timeout          *time.Duration // nil for patience, or for ever where the plan needs its source
}

// discoveryFlags adds the flags of a discovery to a command.
func discoveryFlags(c *cobra.Command) *discovery {
	d := &discovery{}
	f := c.Flags()
	f.BoolVar(&d.refresh, "refresh", false, "ask the source's catalog, and fail where it fails, whatever is known from before")
	f.BoolVar(&d.offline, "offline", false, "do not open the source: take what its catalog said last, however long ago")
	d.maxAge = f.Duration("max-age", 0, "use what the catalog said up to this `duration` ago (90s, 5m); default cache_ttl_seconds; 0 asks it anew")
	d.timeout = f.Duration("timeout", 0, "wait for the source no longer than this `duration`; 0 for ever; default 30s where the plan can do without it, else for ever")
	return d
}

// check returns what is wrong with the flags, and forgets those that were not given.
func (d *discovery) check(c *cobra.Command) error {
	given := slices.DeleteFunc([]string{"refresh", "offline", "max-age"}, func(name string) bool { return !c.Flags().Changed(name) })
	if len(given) > 1 {
		return fmt.Errorf("--%s: give one of them", strings.Join(given, " and --"))
	}
	for name, value := range map[string]**time.Duration{"max-age": &d.maxAge, "timeout": &d.timeout} {
		switch {
		case !c.Flags().Changed(name):
			*value = nil
		case **value < 0:
			return fmt.Errorf("--%s: must not be negative", name)
		}
	}
	return nil
}

// discover returns the plan of a config. What the catalog said a moment ago spares asking it; where the
// source fails, what it said last is taken instead, however long ago, and the plan's first warning tells.
func (a *app) discover(ctx context.Context, c *config.Config, d *discovery, options ...plan.Option) (*plan.Plan, error) {
	known := a.cache(c)
	if d.offline {
		return a.discoverOffline(ctx, c, known, options...)
	}
	var last *plan.Plan
	if !d.refresh {
		// What is wrong with it, too, is found out from the source.
		last, _ = a.knownPlan(ctx, c, known, options...)
	}
	if last != nil && (last.Discovery == nil || d.spares(c, a.now().Sub(last.Discovery.At))) {
		return last, nil
	}
	limit := time.Duration(0)
	switch {
	case d.timeout != nil:
		limit = *d.timeout
	case last != nil:
		limit = patience
	}
	var p *plan.Plan
	late := fmt.Errorf("source: %s: %w: no answer within %v; raise --timeout", place(c.Source), warehouse.ErrTimeout, limit)
	err := warehouse.Within(ctx, limit, late, func(ctx context.Context) error {
		built, source, err := a.buildPlan(ctx, c, options...)
		if source != nil && err == nil {
			source.Close()
		}
		p = built
		return err
	})
	var usage usageError
	if err == nil || last == nil || errors.As(err, &usage) || ctx.Err() != nil {
		return p, err
	}
	last.Discovery.From = plan.FromLastKnown
	last.Warnings = slices.Insert(last.Warnings, 0, a.outOfDate(last, err))
	return last, nil
}

// spares reports whether answers of an age spare asking the catalog. Those of the future, which a clock that
// was set back leaves, do not.
func (d *discovery) spares(c *config.Config, age time.Duration) bool {
	most := float64(c.Profiling.Discovery.CacheTTL)
	switch e, err := engineOf(c.Source, "source"); {
	case err != nil, age < 0:
		return false
	case d.maxAge != nil:
		most = d.maxAge.Seconds()
	case e.cheapCatalog:
		return false
	}
	return age.Seconds() < most
}

func (a *app) discoverOffline(ctx context.Context, c *config.Config, known *cache.Cache, options ...plan.Option) (*plan.Plan, error) {
	p, err := a.knownPlan(ctx, c, known, options...)
	switch {
	case !errors.Is(err, cache.ErrUnknown):
		return p, err
	case !c.Profiling.Discovery.Cache:
		return nil, usageError{errors.New("--offline: profiling.discovery_options.cache_discovery is false, so that nothing is known but by asking the source")}
	}
	return nil, fmt.Errorf("--offline: what this plan asks the catalog of %s is not known yet; run baselinr-pipes plan once while the source can be reached", place(c.Source))
}

// knownPlan returns the plan of a config by what is known of its source, however old.
func (a *app) knownPlan(ctx context.Context, c *config.Config, known *cache.Cache, options ...plan.Option) (*plan.Plan, error) {
	e, err := engineOf(c.Source, "source")
	if err != nil {
		return nil, usageError{err}
	}
	var catalog *cache.Known
	p, err := plan.Build(ctx, c, e.defaultSchema(c.Source), func(context.Context) (plan.Catalog, error) {
		if known == nil {
			return nil, cache.ErrUnknown
		}
		var err error
		catalog, err = known.Known()
		return catalog, err
	}, options...)
	if err != nil {
		return nil, notValid(err)
	}
	if catalog != nil {
		p.Discovery = &plan.Discovery{From: plan.FromCache, At: catalog.At()}
	}
	return p, nil
}

// outOfDate is the warning of a plan whose source failed with err.
func (a *app) outOfDate(p *plan.Plan, err error) string {
	age := a.now().Sub(p.Discovery.At).Round(time.Second)
	return fmt.Sprintf("THE SOURCE FAILED, and the plan is that of what its catalog said %v ago, at %s: tables made since are missing, and dropped ones are listed. plan --refresh fails instead. The failure: %s",
		age, p.Discovery.At.UTC().Format(time.RFC3339), strings.ReplaceAll(err.Error(), "\n", "; "))
}

// cache is what is known of the source's catalog; nil where the config wants none, or the user has no folder
// for it, which is told once.
func (a *app) cache(c *config.Config) *cache.Cache {
	if !c.Profiling.Discovery.Cache {
		return nil
	}
	folder, err := cache.Folder()
	if err != nil {
		a.warnNotKept(fmt.Sprintf("the user has no cache folder (%v); set XDG_CACHE_HOME", err))
		return nil
	}
	return cache.New(folder, apart(c.Source), a.now)
}

// warnNotKept tells, the first time, why what the catalog says is not kept.
func (a *app) warnNotKept(why string) {
	a.notKept.Do(func() {
		a.logger.Warn("what the catalog says is not kept for when the source is down: " + why)
	})
}

// apart is a source with all that tells it from others: its file wherever the program is started, and
// the user that the driver takes where the config names none.
func apart(source config.Connection) config.Connection {
	switch {
	case source.Type == sqlite.Type:
		if absolute, err := filepath.Abs(source.File()); err == nil {
			source.Filepath, source.Database = absolute, ""
		}
	case source.Username == "":
		source.Username = os.Getenv("PGUSER")
	}
	return source
}

// place says which source it is, without a secret.
func place(source config.Connection) string {
	if source.Host == "" {
		return source.Type + " " + source.File()
	}
	host := source.Host
	if source.Port != 0 {
		host = net.JoinHostPort(host, strconv.Itoa(source.Port))
	}
	return source.Type + " " + host + "/" + source.Database
}
