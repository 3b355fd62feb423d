// Package elasticsearch is the elasticsearch output: checks at registration, bulk requests, retries, dead letters.
package elasticsearch

import (
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"loggingstack.dev/stand-ins/internal/logging"
	"loggingstack.dev/stand-ins/internal/pki"
	"loggingstack.dev/stand-ins/internal/plugins"
)

// Context is what an output needs to know of its pipeline.
type Context struct {
	Version          string
	Major            int
	ECSCompatibility string
	DeadLetters      DeadLetterWriter
	Log              *logging.Logger
}

func refuse(format string, arguments ...any) error {
	return &plugins.Failure{Message: fmt.Sprintf(format, arguments...)}
}

// New checks what the real output checks when it registers. It connects to nothing yet.
func New(config *plugins.Config, in Context) (*Output, error) {
	output := &Output{config: config, context: in, log: in.Log.Named("logstash.outputs.elasticsearch")}
	for _, secret := range []string{"api_key", "password", "cloud_auth"} {
		in.Log.AddSecret(config.Text(secret))
	}
	for _, check := range []func() error{output.checkAction, output.checkAuthentication, output.checkHosts, output.checkTarget, output.checkDeadLetters, output.checkUnsupported} {
		if err := check(); err != nil {
			return nil, err
		}
	}
	transport, err := output.tlsConfig()
	if err != nil {
		return nil, err
	}
	output.pool = newPool(output, transport)
	output.retryFirst = seconds(config.Number("retry_initial_interval", 2))
	output.retryMost = seconds(config.Number("retry_max_interval", 64))
	output.statuses = map[int]bool{400: true, 404: true}
	for _, code := range config.Texts("dlq_custom_codes") {
		number := 0
		if _, err := fmt.Sscan(code, &number); err != nil {
			return nil, refuse("dlq_custom_codes: %q is no status code", code)
		}
		output.statuses[number] = true
	}
	return output, nil
}

func seconds(number float64) time.Duration { return time.Duration(number * float64(time.Second)) }

var actions = []string{"index", "delete", "create", "update"}

var dynamic = regexp.MustCompile(`%\{.+\}`)

func (o *Output) checkAction() error {
	if !o.config.Has("action") {
		return nil
	}
	action := o.config.Text("action")
	switch {
	case action == "":
		return refuse("No action specified!")
	case dynamic.MatchString(action):
		return refuse("An action made of fields is part of Logstash, but this stand-in cannot run it.")
	case !slices.Contains(actions, action):
		return refuse("Action '%s' is invalid! Pick one of %q or use a sprintf style statement", action, actions)
	case action == "delete" || action == "update":
		return refuse("The action '%s' is part of Logstash, but this stand-in cannot run it.", action)
	}
	return nil
}

func (o *Output) tlsOption() (bool, bool) {
	for _, name := range []string{"ssl_enabled", "ssl"} {
		if o.config.Has(name) {
			return o.config.Bool(name, false), true
		}
	}
	return false, false
}

func (o *Output) effectivelyTLS() bool {
	if enabled, given := o.tlsOption(); given {
		return enabled
	}
	hosts := o.config.Texts("hosts")
	return len(hosts) > 0 && !slices.ContainsFunc(hosts, func(host string) bool { return !strings.HasPrefix(host, "https://") })
}

var idAndKey = regexp.MustCompile(`\A[^:]+:[^:]+\z`)

func (o *Output) checkAuthentication() error {
	config := o.config
	ways := 0
	for _, given := range []bool{config.Text("cloud_auth") != "", config.Text("api_key") != "", config.Text("user") != "" || config.Text("password") != ""} {
		if given {
			ways++
		}
	}
	if ways > 1 {
		return refuse("Multiple authentication options are specified, please only use one of user/password, cloud_auth or api_key")
	}
	key := config.Text("api_key")
	switch {
	case config.Has("api_key") && key == "":
		return refuse("Invalid api_key format. The api_key is empty.")
	case key == "":
		if config.Text("user") != "" && config.Text("password") != "" {
			o.authorization = "Basic " + base64.StdEncoding.EncodeToString([]byte(config.Text("user")+":"+config.Text("password")))
		}
		return nil
	case !o.effectivelyTLS():
		return refuse("Using api_key authentication requires SSL/TLS secured communication using the `ssl => true` option")
	case isBase64(key) || strings.HasPrefix(key, "essu_"):
		o.authorization = "ApiKey " + key
	case idAndKey.MatchString(key):
		o.authorization = "ApiKey " + base64.StdEncoding.EncodeToString([]byte(key))
	default:
		return refuse("Invalid api_key format. Expected a base64-encoded key, an 'id:api_key' pair, or a Cloud API key (essu_ prefix).")
	}
	o.log.AddSecret(strings.TrimPrefix(o.authorization, "ApiKey "))
	return nil
}

func isBase64(text string) bool {
	decoded, err := base64.StdEncoding.Strict().DecodeString(text)
	return err == nil && base64.StdEncoding.EncodeToString(decoded) == text
}

func (o *Output) checkHosts() error {
	hosts := o.config.Texts("hosts")
	if o.config.Has("cloud_id") {
		return refuse("cloud_id is part of Logstash, but this stand-in cannot run it.")
	}
	if len(hosts) == 0 {
		hosts = []string{"127.0.0.1"}
	}
	enabled, given := o.tlsOption()
	for _, host := range hosts {
		parsed, err := parseHost(host)
		if err != nil {
			return err
		}
		if parsed.Scheme == "" {
			parsed.Scheme = map[bool]string{true: "https", false: "http"}[o.effectivelyTLS()]
		}
		if given && enabled && parsed.Scheme == "http" {
			return refuse("Explicit value for 'scheme' was declared, but it is different in one of the URLs given! Please make sure your URLs are inline with explicit values. The URLs have the property set to 'http', but it was also set to 'https' explicitly")
		}
		if parsed.Port() == "" {
			parsed.Host += ":9200"
		}
		o.hosts = append(o.hosts, parsed)
	}
	return nil
}

func parseHost(host string) (*url.URL, error) {
	text := host
	if !strings.Contains(text, "://") {
		text = "//" + text
	}
	parsed, err := url.Parse(text)
	if err != nil || parsed.Hostname() == "" {
		return nil, refuse("hosts: %q is not a valid host or URL", host)
	}
	if parsed.Scheme != "" && parsed.Scheme != "http" && parsed.Scheme != "https" {
		return nil, refuse("hosts: the scheme of %q must be http or https", parsed.Redacted())
	}
	return parsed, nil
}

func (o *Output) checkDeadLetters() error {
	for _, code := range o.config.Texts("dlq_custom_codes") {
		switch {
		case o.context.DeadLetters == nil:
			return refuse("DLQ feature (dlq_custom_codes) is configured while DLQ is not enabled")
		case code == "400" || code == "404":
			return refuse("[%s] are already defined as standard DLQ error codes", code)
		case code == "200" || code == "201":
			return refuse("[%s] are success codes which cannot be redefined in dlq_custom_codes", code)
		case code == "409":
			return refuse("[%s] are error codes already defined as conflict which cannot be redefined in dlq_custom_codes", code)
		}
	}
	return nil
}

// unsupported are options that the real output knows and acts on, and this one does not: better refused than ignored.
var unsupported = []string{"sniffing", "proxy", "ssl_truststore_path", "ssl_keystore_path", "truststore", "keystore", "ca_trusted_fingerprint",
	"template", "ilm_rollover_alias", "ilm_policy", "ilm_pattern", "version", "parent", "join_field", "script", "upsert", "doc_as_upsert"}

func (o *Output) checkUnsupported() error {
	for _, name := range unsupported {
		if o.config.Has(name) && o.config.Values[name] != false && o.config.Values[name] != "" {
			return refuse("The option %s of the elasticsearch output is part of Logstash, but this stand-in cannot run it.", name)
		}
	}
	return nil
}

func (o *Output) tlsConfig() (*tls.Config, error) {
	config := o.config
	client := &tls.Config{CipherSuites: pki.Suites(config.Texts("ssl_cipher_suites"))}
	client.MinVersion, client.MaxVersion = pki.Versions(config.Texts("ssl_supported_protocols"))
	authorities := config.Texts("ssl_certificate_authorities")
	if config.Has("cacert") {
		authorities = append(authorities, config.Text("cacert"))
	}
	if len(authorities) > 1 {
		return nil, refuse("Multiple values on \"ssl_certificate_authorities\" are not supported by this plugin")
	}
	if len(authorities) == 1 {
		pool, err := pki.Pool(authorities...)
		if err != nil {
			return nil, refuse("%s", err)
		}
		client.RootCAs = pool
	}
	certificate, key := config.Text("ssl_certificate"), config.Text("ssl_key")
	switch {
	case certificate != "" && key == "":
		return nil, refuse("Using an \"ssl_certificate\" requires an \"ssl_key\"")
	case certificate == "" && key != "":
		return nil, refuse("An \"ssl_certificate\" is required when using an \"ssl_key\"")
	case certificate != "":
		pair, err := pki.Pair(certificate, key, true)
		if err != nil {
			return nil, refuse("%s", err)
		}
		client.Certificates = []tls.Certificate{pair}
	}
	if config.Text("ssl_verification_mode") == "none" || !config.Bool("ssl_certificate_verification", true) {
		o.log.Warn("You have enabled encryption but DISABLED certificate verification, to make sure your data is secure set `ssl_verification_mode => full`", nil)
		client.InsecureSkipVerify = true
	}
	return client, nil
}

func sortedKeys(values map[string]any) []string { return slices.Sorted(maps.Keys(values)) }
