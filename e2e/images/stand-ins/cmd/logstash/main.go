// The stand-in for Logstash. It keeps the official image's contract; see the README for what it checks and what it cannot.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"loggingstack.dev/stand-ins/internal/agent"
	"loggingstack.dev/stand-ins/internal/api"
	"loggingstack.dev/stand-ins/internal/envsubst"
	"loggingstack.dev/stand-ins/internal/logging"
	"loggingstack.dev/stand-ins/internal/settings"
)

const (
	versionVariable = "LOGSTASH_STAND_IN_VERSION"
	defaultVersion  = "9.4.3"
)

func main() {
	// Only the first signal asks for an end; Kubernetes kills later.
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	code := run(ctx, os.Args[1:], os.LookupEnv, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is main with its surroundings as parameters. It gives the exit code.
func run(ctx context.Context, arguments []string, lookup envsubst.Lookup, stdout, stderr io.Writer) int {
	of, err := readSettings(arguments, lookup)
	if err != nil {
		// Nothing depends on whether stderr can be written.
		_, _ = fmt.Fprintln(stderr, err)
		return 1
	}
	if of.Bool("version") {
		_, _ = fmt.Fprintf(stdout, "logstash %s (stand-in)\n", of.Version.Text)
		return 0
	}
	log := newLogger(of, stdout)
	if err := checkSuperuser(of, log); err != nil {
		log.Fatal("An unexpected error occurred!", logging.Fields{"error": err.Error()})
		return 1
	}
	for _, deprecation := range of.Deprecations {
		log.Named("org.logstash.deprecation").Warn(deprecation, nil)
	}
	log.Info("Starting Logstash", logging.Fields{"logstash.version": of.Version.Text, "stand_in": true})
	if _, err := of.Pipelines(lookup); err != nil {
		_, _ = fmt.Fprintln(stderr, "ERROR: "+err.Error())
		log.Fatal(err.Error(), nil)
		return 1
	}
	if of.Bool("config.test_and_exit") {
		if err := agent.CheckAll(of, lookup, log); err != nil {
			log.Fatal("The given configuration is invalid. Reason: "+err.Error(), nil)
			return 1
		}
		_, _ = fmt.Fprintln(stdout, "Configuration OK")
		log.Info("Using config.test_and_exit mode. Config Validation Result: OK. Exiting Logstash", nil)
		return 0
	}
	return serve(ctx, of, lookup, log)
}

func serve(ctx context.Context, of *settings.Settings, lookup envsubst.Lookup, log *logging.Logger) int {
	pipelines, err := agent.New(of, lookup, log)
	if err != nil {
		log.Fatal(err.Error(), nil)
		return 1
	}
	if of.Bool("api.enabled") {
		server, err := api.Start(of, pipelines, log)
		if err != nil {
			log.Fatal(err.Error(), nil)
			return 1
		}
		defer server.Close()
	}
	code := pipelines.Run(ctx)
	log.Info("Logstash shut down.", logging.Fields{"exit_code": code})
	return code
}

func readSettings(arguments []string, lookup envsubst.Lookup) (*settings.Settings, error) {
	text, given := lookup(versionVariable)
	if !given || text == "" {
		text = defaultVersion
	}
	version, err := settings.ParseVersion(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", versionVariable, err)
	}
	of := settings.New(version)
	folder := settings.SettingsFolder(arguments, lookup)
	if folder == "" {
		folder = of.Text("path.settings")
	}
	if err := of.Load(folder, lookup); err != nil {
		return nil, err
	}
	if err := of.Set("path.settings", filepath.Clean(folder)); err != nil {
		return nil, err
	}
	if err := of.Apply(arguments); err != nil {
		return nil, err
	}
	return of, of.Check()
}

func newLogger(of *settings.Settings, stdout io.Writer) *logging.Logger {
	format := logging.LogstashPlain
	if of.Text("log.format") == "json" {
		format = logging.LogstashJSON
	}
	log := logging.New(stdout, logging.ParseLevel(of.Text("log.level")), format).Named("logstash.runner")
	log.AddSecret(of.Text("api.auth.basic.password"))
	log.AddSecret(of.Text("api.ssl.keystore.password"))
	return log
}

// checkSuperuser: since 9.0 Logstash does not run as root unless allow_superuser is set.
func checkSuperuser(of *settings.Settings, log *logging.Logger) error {
	if os.Geteuid() != 0 {
		return nil
	}
	if !of.Bool("allow_superuser") {
		return fmt.Errorf("Logstash cannot be run as superuser.")
	}
	log.Warn("NOTICE: Allowing Logstash to run as superuser is heavily discouraged as it poses a security risk. It is strongly recommended to set 'allow_superuser' to false.", nil)
	return nil
}
