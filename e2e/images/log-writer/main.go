// Writes log lines to standard output at a steady rate and serves a ledger of them over HTTP: the id of each line that
// was written and the SHA-256 of its text. A test compares the ledger with what a search finds. It goes on serving when
// all lines are written, until it is told to stop.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

type options struct {
	texts  textOptions
	lines  int
	rate   float64
	say    string
	listen string
}

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "log-writer:", err)
		os.Exit(1)
	}
}

func run(arguments []string, output io.Writer) error {
	options, err := parse(arguments)
	if err != nil {
		return err
	}
	stop, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer cancel()
	book := newLedger(options.lines)
	server := &http.Server{Addr: options.listen, Handler: book.handler()}
	failed := make(chan error, 2)
	go func() { failed <- server.ListenAndServe() }()
	go func() {
		if err := write(stop, options, output, book); err != nil {
			failed <- err
		}
	}()
	select {
	case err := <-failed:
		return err
	case <-stop.Done():
		return server.Close()
	}
}

func parse(arguments []string) (options, error) {
	var given options
	var kinds string
	host, _ := os.Hostname()
	flags := flag.NewFlagSet("log-writer", flag.ContinueOnError)
	flags.StringVar(&given.texts.name, "name", host, "start of every id; must differ between writers")
	flags.Uint64Var(&given.texts.seed, "seed", 1, "same seed and name: same lines")
	flags.StringVar(&kinds, "kinds", strings.Join(smallKinds, ","), "kinds of ordinary lines, in turn")
	flags.IntVar(&given.texts.bigEvery, "big-every", 0, "every n-th line has 15 KB; 0: none")
	flags.IntVar(&given.texts.hugeEvery, "huge-every", 0, "every n-th line has more than 16 KiB, so that the runtime splits it; 0: none")
	flags.IntVar(&given.lines, "lines", 1000, "how many lines to write")
	flags.Float64Var(&given.rate, "rate", 100, "lines per second; 0: as fast as they are taken")
	flags.StringVar(&given.say, "say", "", "write this one line and nothing else")
	flags.StringVar(&given.listen, "listen", ":8080", "address that serves GET /ledger and GET /status")
	if err := flags.Parse(arguments); err != nil {
		return given, err
	}
	given.texts.kinds = strings.Split(kinds, ",")
	if given.say != "" {
		given.lines = 1
	}
	return given, errors.Join(given.check(), given.texts.check())
}

func (o options) check() error {
	if o.lines < 0 || o.rate < 0 {
		return fmt.Errorf("--lines %d and --rate %v must not be negative", o.lines, o.rate)
	}
	return nil
}

func write(stop context.Context, options options, output io.Writer, book *ledger) error {
	begin := time.Now()
	for number := 1; number <= options.lines; number++ {
		if options.rate > 0 {
			due := begin.Add(time.Duration(float64(number-1) / options.rate * float64(time.Second)))
			select {
			case <-stop.Done():
				return nil
			case <-time.After(time.Until(due)):
			}
		}
		id, text := options.texts.line(number)
		if options.say != "" {
			text = options.say
		}
		// One write per line: a line is in the ledger when all of it was taken, and never a part of one.
		if _, err := io.WriteString(output, text+"\n"); err != nil {
			return fmt.Errorf("line %s cannot be written: %w", id, err)
		}
		book.add(id, text)
	}
	return nil
}
