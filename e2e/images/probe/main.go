// A container that the cluster's own tests look around with: it has no shell, only these commands.
package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

const usage = `usage: probe serve <address> <text> | get <url> | resolve <name> | write <path> <text> | read <path> | print <lines> <bytes> | sleep
`

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 3 && args[0] == "serve":
		return http.ListenAndServe(args[1], http.HandlerFunc(func(answer http.ResponseWriter, _ *http.Request) {
			fmt.Fprintln(answer, args[2])
		}))
	case len(args) == 2 && args[0] == "get":
		return get(args[1])
	case len(args) == 2 && args[0] == "resolve":
		addresses, err := net.LookupHost(args[1])
		fmt.Println(strings.Join(addresses, " "))
		return err
	case len(args) == 3 && args[0] == "write":
		return os.WriteFile(args[1], []byte(args[2]), 0o666)
	case len(args) == 2 && args[0] == "read":
		text, err := os.ReadFile(args[1])
		fmt.Println(string(text))
		return err
	case len(args) == 3 && args[0] == "print":
		return print(args[1], args[2])
	case len(args) == 1 && args[0] == "sleep":
		stop := make(chan os.Signal, 1)
		signal.Notify(stop, syscall.SIGTERM)
		<-stop
		return nil
	}
	return fmt.Errorf("unknown arguments %q\n%s", args, usage)
}

func get(url string) error {
	client := http.Client{Timeout: 5 * time.Second}
	answer, err := client.Get(url)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	_, err = io.Copy(os.Stdout, answer.Body)
	return err
}

// print writes numbered lines of a size, then sleeps, so that the log's files can be looked at.
func print(lines, size string) error {
	var count, bytes int
	if _, err := fmt.Sscan(lines+" "+size, &count, &bytes); err != nil {
		return err
	}
	for line := range count {
		fmt.Printf("%08d %s\n", line, strings.Repeat("x", bytes))
	}
	return run([]string{"sleep"})
}
