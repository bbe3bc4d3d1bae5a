// Command argocd-headless holds the parts of Argo CD that reconcile: the application controller, the repository
// server, and a Redis in memory for the two of them. Its first argument names the part; it ends with its input, so that
// no part outlives who started it.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alicebob/miniredis/v2"
	controller "github.com/argoproj/argo-cd/v3/cmd/argocd-application-controller/commands"
	reposerver "github.com/argoproj/argo-cd/v3/cmd/argocd-repo-server/commands"
	"github.com/spf13/cobra"
)

func main() {
	command := &cobra.Command{Use: "argocd-headless", SilenceUsage: true}
	command.AddCommand(named("application-controller", controller.NewCommand()))
	command.AddCommand(named("repo-server", reposerver.NewCommand()))
	command.AddCommand(redis())
	go endWithInput()
	if err := command.Execute(); err != nil {
		os.Exit(1)
	}
}

// endWithInput asks the process to end when the other side of its standard input is closed.
func endWithInput() {
	_, _ = io.Copy(io.Discard, os.Stdin)
	_ = syscall.Kill(os.Getpid(), syscall.SIGTERM)
}

func named(name string, command *cobra.Command) *cobra.Command {
	command.Use = name
	return command
}

// redis serves what the two others remember, behind the password in the variable that they read it from too.
func redis() *cobra.Command {
	return &cobra.Command{
		Use:   "redis ADDRESS",
		Short: "Serve a Redis in memory, with the password in REDIS_PASSWORD",
		Args:  cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, arguments []string) error {
			password := os.Getenv("REDIS_PASSWORD")
			if password == "" {
				return errors.New("REDIS_PASSWORD is not set")
			}
			server := miniredis.NewMiniRedis()
			server.RequireAuth(password)
			if err := server.StartAddr(arguments[0]); err != nil {
				return fmt.Errorf("listen on %s: %w", arguments[0], err)
			}
			defer server.Close()
			age(server)
			return nil
		},
	}
}

// age lets time pass for the keys, which miniredis leaves to its caller, until the process is told to end.
func age(server *miniredis.Miniredis) {
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			server.FastForward(time.Second)
		case <-stop:
			return
		}
	}
}
