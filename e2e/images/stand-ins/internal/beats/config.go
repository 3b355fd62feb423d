// Package beats is the beats input: Lumberjack over TLS, acknowledged when the events are in the queue.
package beats

import (
	"crypto/tls"
	"fmt"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"loggingstack.dev/stand-ins/internal/logging"
	"loggingstack.dev/stand-ins/internal/pipeline"
	"loggingstack.dev/stand-ins/internal/pki"
	"loggingstack.dev/stand-ins/internal/plugins"
)

// Input is one checked beats input that can be started.
type Input struct {
	config           *plugins.Config
	log              *logging.Logger
	address          string
	tls              *tls.Config
	handshakeTimeout time.Duration
	idleTimeout      time.Duration
	transform        transform
	running          *running
}

func refuse(format string, arguments ...any) error {
	return &plugins.Failure{Message: fmt.Sprintf(format, arguments...)}
}

// New checks what the real input checks when it registers. It binds no port yet.
func New(config *plugins.Config, ecsCompatibility string, log *logging.Logger) (*Input, error) {
	input := &Input{
		config:           config,
		log:              log.Named("logstash.inputs.beats"),
		address:          net.JoinHostPort(config.TextOr("host", "0.0.0.0"), strconv.Itoa(int(config.Number("port", 0)))),
		handshakeTimeout: time.Duration(config.Number("ssl_handshake_timeout", 10000)) * time.Millisecond,
		idleTimeout:      time.Duration(config.Number("client_inactivity_timeout", 60)) * time.Second,
	}
	if port := config.Number("port", -1); port < 0 || port > 65535 || port != float64(int(port)) {
		return nil, refuse("port => %v of the beats input is no port", port)
	}
	var err error
	if input.transform, err = newTransform(config, ecsCompatibility); err != nil {
		return nil, err
	}
	if input.tls, err = input.tlsConfig(); err != nil {
		return nil, err
	}
	return input, nil
}

// ID is the plugin's id.
func (i *Input) ID() string { return i.config.ID }

// tlsConfig gives nothing when TLS is off.
func (i *Input) tlsConfig() (*tls.Config, error) {
	config := i.config
	if !config.Bool("ssl_enabled", config.Bool("ssl", false)) {
		ignored := slices.DeleteFunc(slices.Sorted(maps.Keys(config.Values)), func(name string) bool {
			return name == "ssl_enabled" || !strings.HasPrefix(name, "ssl_")
		})
		if len(ignored) > 0 {
			i.log.Warn(fmt.Sprintf("Configured SSL settings are not used when `ssl_enabled` is set to `false`: %q", ignored), nil)
		}
		return nil, nil
	}
	for _, needed := range []string{"ssl_key", "ssl_certificate"} {
		if config.Text(needed) == "" {
			return nil, refuse("%s => is a required setting when ssl_enabled => true is configured", needed)
		}
	}
	authentication, err := i.clientAuthentication()
	if err != nil {
		return nil, err
	}
	pair, err := pki.Pair(config.Text("ssl_certificate"), config.Text("ssl_key"), true)
	if err != nil {
		return nil, refuse("%s", err)
	}
	server := &tls.Config{Certificates: []tls.Certificate{pair}, ClientAuth: authentication, CipherSuites: pki.Suites(config.Texts("ssl_cipher_suites"))}
	server.MinVersion, server.MaxVersion = pki.Versions(config.Texts("ssl_supported_protocols"))
	if authorities := config.Texts("ssl_certificate_authorities"); len(authorities) > 0 {
		if server.ClientCAs, err = pki.Pool(authorities...); err != nil {
			return nil, refuse("%s", err)
		}
	}
	return server, nil
}

func (i *Input) clientAuthentication() (tls.ClientAuthType, error) {
	config := i.config
	authorities := len(config.Texts("ssl_certificate_authorities")) > 0
	mode := config.Text("ssl_client_authentication")
	if mode == "" {
		// Names of version 6 of the plugin, which 9 refuses before it comes here.
		mode = map[string]string{"none": "none", "peer": "optional", "force_peer": "required"}[config.Text("ssl_verify_mode")]
	}
	asked := mode == "optional" || mode == "required"
	if asked && !authorities {
		return 0, refuse("ssl_certificate_authorities => is a required setting when `ssl_client_authentication => '%s'` is configured", mode)
	}
	if mode == "none" && authorities {
		return 0, refuse("Configuring ssl_certificate_authorities requires ssl_client_authentication => to be configured with 'optional' or 'required'")
	}
	if slices.Contains(config.Texts("enrich"), "ssl_peer_metadata") && !asked && authorities {
		return 0, refuse("Configuring `enrich => [ssl_peer_metadata]` requires `ssl_client_authentication` to be configured with 'optional' or 'required'")
	}
	switch {
	case mode == "required", mode == "" && authorities:
		return tls.RequireAndVerifyClientCert, nil
	case mode == "optional":
		return tls.VerifyClientCertIfGiven, nil
	default:
		return tls.NoClientCert, nil
	}
}

func codecOf(config *plugins.Config) (string, error) {
	name := "plain"
	switch codec := config.Values["codec"].(type) {
	case string:
		name = codec
	case pipeline.Codec:
		name = codec.Name
		if codec.HasOptions {
			return "", refuse("Options of the codec '%s' are part of Logstash, but this stand-in cannot run them.", name)
		}
	}
	switch {
	case name == "multiline":
		return "", refuse("Multiline codec with beats input is not supported. Please refer to the beats documentation for how to best manage multiline data. See https://www.elastic.co/guide/en/beats/filebeat/current/multiline-examples.html")
	case name == "plain" || name == "json":
		return name, nil
	case plugins.CodecKnown(name):
		return "", refuse("The codec '%s' is part of Logstash, but this stand-in cannot run it.", name)
	default:
		return "", refuse("Couldn't find any codec plugin named '%s'. Are you sure this is correct? Trying to load the %s codec plugin resulted in this error: The plugin is not installed.", name, name)
	}
}
