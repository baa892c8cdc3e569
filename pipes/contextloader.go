package pipes

import (
	"context"
	"fmt"
	"os"
)

// A ContextLoader fetches the context that a context injector in Dagster put somewhere.
type ContextLoader interface {
	// LoadContext returns the context as JSON. The params are those of the injector.
	LoadContext(ctx context.Context, params Params) ([]byte, error)
}

// DefaultContextLoader loads the context from the file that the parameter "path" names
// (PipesTempFileContextInjector, PipesFileContextInjector), or takes it from the parameter "data" itself
// (PipesEnvContextInjector).
type DefaultContextLoader struct{}

var _ ContextLoader = DefaultContextLoader{}

// LoadContext implements ContextLoader.
func (DefaultContextLoader) LoadContext(_ context.Context, params Params) ([]byte, error) {
	path, inFile, err := params.OptionalString("path")
	if err != nil {
		return nil, err
	}
	if inFile {
		raw, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("pipes: load context: %w", err)
		}
		return raw, nil
	}
	if data, ok := params["data"]; ok {
		return data, nil
	}
	return nil, fmt.Errorf(`pipes: load context: want the parameter "path" or "data", got %s; `+
		"if Dagster injects the context in another way, pass its loader with WithContextLoader", params.names())
}
