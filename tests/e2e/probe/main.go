// Command probe is what the pods of the cluster tests run: a server, and the few questions they ask.
package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"time"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(arguments []string) error {
	if len(arguments) == 0 {
		return fmt.Errorf("probe serve ADDRESS | get URL | read FILE | write FILE TEXT")
	}
	switch arguments[0] {
	case "serve":
		return http.ListenAndServe(arguments[1], http.HandlerFunc(func(answer http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(answer, "here")
		}))
	case "get":
		client := http.Client{Timeout: 3 * time.Second}
		answer, err := client.Get(arguments[1])
		if err != nil {
			return err
		}
		defer answer.Body.Close()
		_, err = io.Copy(os.Stdout, answer.Body)
		return err
	case "read":
		text, err := os.ReadFile(arguments[1])
		fmt.Print(string(text))
		return err
	case "write":
		return os.WriteFile(arguments[1], []byte(arguments[2]), 0o600)
	}
	return fmt.Errorf("unknown word %q", arguments[0])
}
