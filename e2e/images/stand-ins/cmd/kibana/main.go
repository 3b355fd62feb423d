// The stand-in for Kibana. It keeps the official image's contract; see the README for what it checks and what it cannot.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"loggingstack.dev/stand-ins/internal/envsubst"
	"loggingstack.dev/stand-ins/internal/kibana"
	"loggingstack.dev/stand-ins/internal/logging"
)

const (
	versionVariable = "KIBANA_STAND_IN_VERSION"
	defaultVersion  = "9.4.3"
	home            = "/usr/share/kibana"
)

type options struct {
	files     []string
	overrides map[string]any
	allowRoot bool
	version   bool
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	code := run(ctx, os.Args[1:], os.LookupEnv, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is main with its surroundings as parameters. It gives the exit code.
func run(ctx context.Context, arguments []string, lookup envsubst.Lookup, stdout, stderr io.Writer) int {
	version, given := lookup(versionVariable)
	if !given || version == "" {
		version = defaultVersion
	}
	parsed, err := parse(arguments)
	if err != nil {
		return fatal(stderr, err)
	}
	if parsed.version {
		_, _ = fmt.Fprintln(stdout, version)
		return 0
	}
	if os.Geteuid() == 0 && !parsed.allowRoot {
		return fatal(stderr, errors.New("Kibana should not be run as root.  Use --allow-root to continue."))
	}
	if len(parsed.files) == 0 {
		parsed.files = []string{filepath.Join(configFolder(lookup), "kibana.yml")}
	}
	config, err := kibana.Load(version, parsed.files, parsed.overrides, lookup)
	if err != nil {
		return fatal(stderr, err)
	}
	log := newLogger(config, stdout)
	for _, warning := range config.Warnings {
		log.Named("config.deprecation").Warn(warning, nil)
	}
	log.Info("Kibana is starting", logging.Fields{"version": version, "stand_in": true})
	server, err := kibana.New(config, log)
	if err != nil {
		return fatal(stderr, err)
	}
	if err := server.Run(ctx); err != nil {
		return fatal(stderr, err)
	}
	log.Info("Kibana has stopped", nil)
	return 0
}

// fatal prints what Kibana prints and gives the exit code that belongs to the error.
func fatal(stderr io.Writer, err error) int {
	// Nothing depends on whether stderr can be written.
	_, _ = fmt.Fprintf(stderr, "\n FATAL  Error: %s\n", err)
	var refused *kibana.ConfigError
	if errors.As(err, &refused) {
		return refused.Code
	}
	return kibana.ExitOther
}

func configFolder(lookup envsubst.Lookup) string {
	for _, name := range []string{"KBN_PATH_CONF", "KIBANA_PATH_CONF"} {
		if folder, ok := lookup(name); ok && folder != "" {
			return folder
		}
	}
	return filepath.Join(home, "config")
}

// parse reads --config FILE (several), --allow-root, and settings as --server.port=5601.
func parse(arguments []string) (options, error) {
	parsed := options{overrides: map[string]any{}}
	for i := 0; i < len(arguments); i++ {
		name, value, inline := strings.Cut(arguments[i], "=")
		next := func() (string, error) {
			if inline {
				return value, nil
			}
			i++
			if i >= len(arguments) {
				return "", fmt.Errorf("option %s needs a value", name)
			}
			return arguments[i], nil
		}
		switch {
		case name == "--allow-root":
			parsed.allowRoot = true
		case name == "--version" || name == "-V":
			parsed.version = true
		case name == "--config" || name == "-c":
			file, err := next()
			if err != nil {
				return parsed, err
			}
			parsed.files = append(parsed.files, file)
		case strings.HasPrefix(name, "--") && strings.Contains(name, "."):
			text, err := next()
			if err != nil {
				return parsed, err
			}
			parsed.overrides[strings.TrimPrefix(name, "--")] = text
		default:
			return parsed, fmt.Errorf("unknown option %s", arguments[i])
		}
	}
	return parsed, nil
}

func newLogger(config *kibana.Config, stdout io.Writer) *logging.Logger {
	format := logging.KibanaPlain
	if config.JSONLogs() {
		format = logging.KibanaJSON
	}
	log := logging.New(stdout, logging.ParseLevel(config.Text("logging.root.level", "info")), format)
	for _, secret := range config.Secrets() {
		log.AddSecret(secret)
	}
	return log
}
