package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/internal/atomicfile"
)

func (a *app) configConvertCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "convert [FILE]",
		Short: "Prints the tidiest config that means the same, and says what has no meaning here",
		Args:  cobra.MaximumNArgs(1),
	}
	to := c.Flags().StringP("output-file", "O", "", "write it to this `file` instead")
	force := c.Flags().Bool("force", false, "replace the file if it exists")
	c.RunE = func(_ *cobra.Command, arguments []string) error {
		return a.configConvert(append(arguments, a.configPath)[0], *to, *force)
	}
	return c
}

func (a *app) configConvert(from, to string, force bool) error {
	from, err := config.Find(from, os.Getenv)
	if err != nil {
		return usageError{err}
	}
	if to != "" && !force {
		if _, err := os.Lstat(to); !errors.Is(err, fs.ErrNotExist) {
			return usageError{fmt.Errorf("%s exists; replace it with --force", to)}
		}
	}
	text, notes, err := config.Convert(from)
	if err != nil {
		_, err = a.loaded(nil, nil, err)
		return err
	}
	for _, n := range notes {
		fmt.Fprintln(a.Err, n)
	}
	if to == "" {
		_, err = a.Out.Write(text)
		return err
	}
	if err := replaceFile(to, text, from); err != nil {
		return fmt.Errorf("%s cannot be written: %w", to, err)
	}
	if filepath.Dir(filepath.Clean(to)) != filepath.Dir(filepath.Clean(from)) {
		fmt.Fprintf(a.Err, "%s: relative paths in it start at its own folder, no longer at that of %s\n", to, from)
	}
	return nil
}

// replaceFile writes a file whole or not at all, with the rights of the file like.
func replaceFile(path string, text []byte, like string) error {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target // a link stays one
	}
	info, err := os.Stat(like)
	if err != nil {
		return err
	}
	return atomicfile.Write(path, text, info.Mode().Perm())
}
