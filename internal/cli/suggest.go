package cli

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// farthest is by how many letters a name may differ from the one that is suggested.
const farthest = 2

var unknownFlag = regexp.MustCompile(`^unknown flag: --([^= ]+)`)

// nearestCommand names the subcommand that a misspelt one seems to mean; empty where there is none.
func nearestCommand(c *cobra.Command, arguments []string) string {
	if len(arguments) == 0 || !c.HasSubCommands() {
		return ""
	}
	c.SuggestionsMinimumDistance = farthest
	near := c.SuggestionsFor(arguments[0])
	if len(near) == 0 {
		return ""
	}
	return fmt.Sprintf("; did you mean %s?", strings.Join(near, " or "))
}

// nearestFlag names the flag that a misspelt one seems to mean; empty where there is none.
func nearestFlag(c *cobra.Command, err error) string {
	unknown := unknownFlag.FindStringSubmatch(err.Error())
	if unknown == nil {
		return ""
	}
	names := &cobra.Command{SuggestionsMinimumDistance: farthest} // whose subcommands stand for the flags
	c.Flags().VisitAll(func(f *pflag.Flag) {
		names.AddCommand(&cobra.Command{Use: f.Name, Run: func(*cobra.Command, []string) {}})
	})
	near := names.SuggestionsFor(unknown[1])
	if len(near) == 0 {
		return ""
	}
	return "; did you mean --" + strings.Join(near, " or --") + "?"
}

// oneArgument refuses a command line without the one argument that a command takes, in words that name it.
func oneArgument(what string) cobra.PositionalArgs {
	return func(_ *cobra.Command, arguments []string) error {
		switch len(arguments) {
		case 0:
			return fmt.Errorf("%s is missing", what)
		case 1:
			return nil
		}
		return fmt.Errorf("one argument is taken, %s, and there are %d: %s", what, len(arguments), strings.Join(arguments, " "))
	}
}
