// Rules of Kibana's configuration that look at more than the type of one setting.
package kibana

import (
	"crypto/tls"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"loggingstack.dev/stand-ins/internal/pki"
)

func (c *Config) checkRules() error {
	for _, rule := range []func() error{c.checkUser, c.checkPublicURL, c.checkServerTLS, c.checkServer, c.checkElasticsearchTLS, c.checkCompression} {
		if err := rule(); err != nil {
			return err
		}
	}
	return nil
}

func (c *Config) checkUser() error {
	if c.Text("elasticsearch.username", "") == "elastic" {
		return invalid("[config validation of [elasticsearch].username]: value of \"elastic\" is forbidden. This is a superuser account that cannot write to system indices that Kibana needs to function. Use a service account token instead.")
	}
	if c.Has("elasticsearch.username") && c.Has("elasticsearch.serviceAccountToken") {
		return invalid("[config validation of [elasticsearch].serviceAccountToken]: serviceAccountToken cannot be specified when \"username\" is also set.")
	}
	if c.Has("elasticsearch.password") && c.Has("elasticsearch.serviceAccountToken") {
		return invalid("[config validation of [elasticsearch].serviceAccountToken]: serviceAccountToken cannot be specified when \"password\" is also set.")
	}
	if c.Bool("elasticsearch.ignoreVersionMismatch") {
		return invalid("[config validation of [elasticsearch].ignoreVersionMismatch]: \"ignoreVersionMismatch\" can only be set to true in development mode")
	}
	if c.Bool("elasticsearch.skipStartupConnectionCheck") {
		return invalid("[config validation of [elasticsearch].skipStartupConnectionCheck]: \"skipStartupConnectionCheck\" can only be set to true when running from source to allow integration tests to run without an ES server")
	}
	if c.Major >= 9 {
		for key := range c.values {
			if strings.HasPrefix(key, "xpack.reporting.roles.") {
				c.Warnings = append(c.Warnings, fmt.Sprintf("%s is ignored since 9.0", key))
			}
		}
	}
	return nil
}

func (c *Config) checkPublicURL() error {
	text := c.Text("server.publicBaseUrl", "")
	if text == "" {
		return nil
	}
	parsed, err := url.Parse(text)
	if err != nil {
		return invalid("[config validation of [server].publicBaseUrl]: %s", err)
	}
	basePath := c.Text("server.basePath", "")
	switch {
	case parsed.RawQuery != "" || parsed.Fragment != "" || parsed.User != nil:
		return invalid("[config validation of [server]]: [publicBaseUrl] may only contain a protocol, host, port, and pathname")
	case strings.HasSuffix(text, "/"):
		return invalid("[config validation of [server]]: [publicBaseUrl] cannot end in a slash (/)")
	case parsed.Path != basePath:
		return invalid("[config validation of [server]]: [publicBaseUrl] must contain the [basePath]: %s !== %s", parsed.Path, basePath)
	}
	return nil
}

func (c *Config) checkServerTLS() error {
	certificate, key, store := c.Has("server.ssl.certificate"), c.Has("server.ssl.key"), c.Has("server.ssl.keystore.path")
	enabled := c.Bool("server.ssl.enabled")
	switch {
	case key && store:
		return invalid("[config validation of [server].ssl]: cannot use [key] when [keystore.path] is specified")
	case certificate && store:
		return invalid("[config validation of [server].ssl]: cannot use [certificate] when [keystore.path] is specified")
	case enabled && !store && (!certificate || !key):
		return invalid("[config validation of [server].ssl]: must specify [certificate] and [key] -- or [keystore.path] -- when ssl is enabled")
	case !enabled && c.Text("server.ssl.clientAuthentication", "none") != "none":
		return invalid("[config validation of [server].ssl]: must enable ssl to use [clientAuthentication]")
	case c.Has("server.ssl.redirectHttpFromPort") && enabled && c.Number("server.ssl.redirectHttpFromPort", 0) == c.Number("server.port", 5601):
		return invalid("[config validation of [server]]: Kibana does not accept http traffic to [port] when ssl is enabled (only https is allowed), so [ssl.redirectHttpFromPort] cannot be configured to the same value. Both are [%v].", c.Number("server.port", 5601))
	}
	protocols := c.Texts("server.ssl.supportedProtocols")
	modern := len(protocols) == 0 || slices.Contains(protocols, "TLSv1.2") || slices.Contains(protocols, "TLSv1.3")
	if c.Text("server.protocol", "") == "http2" && !c.Bool("server.http2.allowUnsecure") && (!enabled || !modern) {
		return invalid("[config validation of [server]]: http2 requires TLS to be enabled. Use [http2.allowUnsecure: true] to allow running http2 without a valid h2c setup")
	}
	return nil
}

func (c *Config) checkServer() error {
	if c.Bool("server.rewriteBasePath") && !c.Has("server.basePath") {
		return invalid("[config validation of [server]]: cannot use [rewriteBasePath] when [basePath] is not specified")
	}
	timeout := c.Duration("server.shutdownTimeout", 30*time.Second)
	if timeout < time.Second || timeout > 2*time.Minute {
		return invalid("[config validation of [server].shutdownTimeout]: the value should be between 1 second and 2 minutes")
	}
	if c.Bool("server.cors.allowCredentials") && (!c.Has("server.cors.allowOrigin") || slices.Contains(c.Texts("server.cors.allowOrigin"), "*")) {
		return invalid("[config validation of [server].cors]: Cannot specify wildcard origin \"*\" with \"credentials: true\". Please provide a list of allowed origins.")
	}
	if c.Bool("server.requestId.allowFromAnyIp") && len(c.Texts("server.requestId.ipAllowlist")) > 0 {
		return invalid("[config validation of [server].requestId]: allowFromAnyIp must be set to 'false' if any values are specified in ipAllowlist")
	}
	return nil
}

func (c *Config) checkElasticsearchTLS() error {
	store := c.Has("elasticsearch.ssl.keystore.path")
	switch {
	case store && c.Has("elasticsearch.ssl.key"):
		return invalid("[config validation of [elasticsearch].ssl]: cannot use [key] when [keystore.path] is specified")
	case store && c.Has("elasticsearch.ssl.certificate"):
		return invalid("[config validation of [elasticsearch].ssl]: cannot use [certificate] when [keystore.path] is specified")
	}
	return nil
}

func (c *Config) checkCompression() error {
	if enabled, given := c.values["server.compression.enabled"]; given && enabled == false && c.Has("server.compression.referrerWhitelist") {
		return invalid("[config validation of [server]]: cannot use [compression.referrerWhitelist] when [compression.enabled] is set to false")
	}
	return nil
}

// unsupported are settings that Kibana acts on and this stand-in does not: better refused than ignored.
func (c *Config) unsupported() error {
	for _, key := range []string{"server.ssl.keystore.path", "server.ssl.truststore.path", "elasticsearch.ssl.keystore.path", "elasticsearch.ssl.truststore.path", "server.ssl.keyPassphrase", "elasticsearch.ssl.keyPassphrase"} {
		if c.Has(key) {
			return fmt.Errorf("%s is part of Kibana, but this stand-in cannot use it", key)
		}
	}
	return nil
}

// ServerTLS gives the certificate to serve with, or nothing when TLS is off.
func (c *Config) ServerTLS() (*tls.Config, error) {
	if err := c.unsupported(); err != nil {
		return nil, err
	}
	if !c.Bool("server.ssl.enabled") {
		return nil, nil
	}
	pair, err := pki.Pair(c.Text("server.ssl.certificate", ""), c.Text("server.ssl.key", ""), false)
	if err != nil {
		return nil, err
	}
	served := &tls.Config{Certificates: []tls.Certificate{pair}}
	served.MinVersion, served.MaxVersion = pki.Versions(c.Texts("server.ssl.supportedProtocols"))
	switch c.Text("server.ssl.clientAuthentication", "none") {
	case "required":
		served.ClientAuth = tls.RequireAndVerifyClientCert
	case "optional":
		served.ClientAuth = tls.VerifyClientCertIfGiven
	}
	if authorities := c.Texts("server.ssl.certificateAuthorities"); len(authorities) > 0 {
		if served.ClientCAs, err = pki.Pool(authorities...); err != nil {
			return nil, err
		}
	}
	return served, nil
}

// ElasticsearchTLS gives how Elasticsearch's certificate is verified.
func (c *Config) ElasticsearchTLS() (*tls.Config, error) {
	client := &tls.Config{MinVersion: tls.VersionTLS12}
	if authorities := c.Texts("elasticsearch.ssl.certificateAuthorities"); len(authorities) > 0 {
		pool, err := pki.Pool(authorities...)
		if err != nil {
			return nil, err
		}
		client.RootCAs = pool
	}
	if c.Has("elasticsearch.ssl.certificate") && c.Has("elasticsearch.ssl.key") && c.Bool("elasticsearch.ssl.alwaysPresentCertificate") {
		pair, err := pki.Pair(c.Text("elasticsearch.ssl.certificate", ""), c.Text("elasticsearch.ssl.key", ""), false)
		if err != nil {
			return nil, err
		}
		client.Certificates = []tls.Certificate{pair}
	}
	switch c.Text("elasticsearch.ssl.verificationMode", "full") {
	case "none":
		client.InsecureSkipVerify = true
	case "certificate":
		verifyChainOnly(client)
	}
	return client, nil
}
