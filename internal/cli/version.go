package cli

import (
	"fmt"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"github.com/baselinr/baselinr-pipes/report/document"
)

// The build sets these (-ldflags -X).
var (
	version = "dev"
	commit  = "unknown"
)

func (a *app) versionCommand() *cobra.Command {
	c := &cobra.Command{Use: "version", Short: "Tells the version and what is built in"}
	form := outputFlag(c)
	c.RunE = func(*cobra.Command, []string) error {
		if *form == outputJSON {
			return document.Write(a.Out, struct {
				Version   string   `json:"version"`
				Commit    string   `json:"commit"`
				GoVersion string   `json:"go_version"`
				Engines   []string `json:"engines"`
			}{version, commit, runtime.Version(), engineNames()})
		}
		_, err := fmt.Fprintf(a.Out, "baselinr-pipes %s (commit %s, %s), engines: %s\n", version, commit, runtime.Version(), strings.Join(engineNames(), ", "))
		return err
	}
	return c
}
