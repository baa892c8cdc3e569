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
	folder, err := filepath.Abs("build/reference")
	if err != nil {
		return "", err
	}
	command, ready := filepath.Join(folder, "bin/baselinr"), filepath.Join(folder, ".ready")
	if _, err := os.Stat(ready); err == nil {
		return command, nil
	}
	say("installing the reference into build/reference ...")
	if _, err := output(ctx, "python3", "-m", "venv", "--clear", folder); err != nil {
		return "", err
	}
	pip := []string{"-m", "pip", "install", "--quiet", "--disable-pip-version-check", reference, "sqlalchemy<2.1"}
	if _, err := output(ctx, filepath.Join(folder, "bin/python"), pip...); err != nil {
		return "", err
	}
	return command, os.WriteFile(ready, nil, 0o644)
}
