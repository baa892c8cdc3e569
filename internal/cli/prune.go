package cli

import "github.com/spf13/cobra"

func (a *app) pruneCommand() *cobra.Command { return &cobra.Command{Use: "prune"} }
