package main

import (
	"context"
	"os"
	"path/filepath"
)

// reference is the Python tool that this project's configuration comes from.
const reference = "baselinr==0.9.0"

// installReference returns the reference's command, in an environment of its own that is made if missing.
func installReference(ctx context.Context) (string, error) {
	folder, err := environment(ctx, "build/reference", reference, "sqlalchemy<2.1")
	return filepath.Join(folder, "bin/baselinr"), err
}

// environment returns the absolute path of a folder that is a Python environment with these packages; it is made if
// missing.
func environment(ctx context.Context, folder string, packages ...string) (string, error) {
	folder, err := filepath.Abs(folder)
	if err != nil {
		return "", err
	}
	ready := filepath.Join(folder, ".ready")
	if _, err := os.Stat(ready); err == nil {
		return folder, nil
	}
	say("installing %s into %s ...", packages[0], folder)
	if _, err := output(ctx, "python3", "-m", "venv", "--clear", folder); err != nil {
		return "", err
	}
	pip := append([]string{"-m", "pip", "install", "--quiet", "--disable-pip-version-check"}, packages...)
	if _, err := output(ctx, filepath.Join(folder, "bin/python"), pip...); err != nil {
		return "", err
	}
	return folder, os.WriteFile(ready, nil, 0o644)
}
