// Wrong kibana.yml, one rule each, with the right sibling that differs in that one place and passes.
package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"loggingstack.dev/stand-ins/internal/kibana"
	"loggingstack.dev/stand-ins/internal/testkit"
)

// refusal is one documented rule: in kibana.yml, `old` is replaced by `wrong`, which is refused with `want` and an exit code,
// or by `right`, which passes.
type refusal struct {
	rule, source, old, wrong, right, want string
	code                                  int
	version                               string
}

const (
	general   = "kibana general-settings"
	security  = "kibana security-settings"
	reporting = "kibana reporting-settings"
	breaking9 = "kibana breaking-changes 9.0"
	breaking8 = "kibana breaking-changes 8.0"
)

const (
	serverKey = "server.ssl.key: @SERVER@.key"
	publicURL = "server.publicBaseUrl: https://kibana.example"
	esHosts   = `elasticsearch.hosts: ["@ES@"]`
	esToken   = "elasticsearch.serviceAccountToken: ${TOKEN}"
	secKey    = "xpack.security.encryptionKey: ${KEY}"
	objKey    = "xpack.encryptedSavedObjects.encryptionKey: ${KEY}"
	repKey    = "xpack.reporting.encryptionKey: ${KEY}"
	port      = "server.port: @PORT@"
)

var refusals = []refusal{
	{rule: "unknown key", source: general, old: more, wrong: "server.hosts: x", right: "server.defaultRoute: /app/x", want: `Unknown configuration key(s): "server.hosts"`, code: 64},
	{rule: "unknown nested key", source: general, old: "  verificationMode: full", wrong: "  verification_mode: full", right: "  verificationMode: certificate", want: `"elasticsearch.ssl.verification_mode"`, code: 64},
	{rule: "unknown namespace", source: general, old: more, wrong: "logs.level: info", right: "logging.root.level: info", want: `"logs.level"`, code: 64},
	{rule: "kibana.index is gone", source: breaking8, old: more, wrong: "kibana.index: .kibana2", right: "status.allowAnonymous: true", want: `"kibana.index"`, code: 64},
	{rule: "xpack.security.enabled is gone", source: breaking8, old: more, wrong: "xpack.security.enabled: true", right: "xpack.security.secureCookies: true", want: `"xpack.security.enabled"`, code: 64},
	{rule: "logging.verbose is gone", source: breaking8, old: more, wrong: "logging.verbose: true", right: "logging.root.level: debug", want: `"logging.verbose"`, code: 64},
	{rule: "elasticsearch.url is gone", source: breaking8, old: more, wrong: "elasticsearch.url: https://x:9200", right: "elasticsearch.requestTimeout: 30s", want: `"elasticsearch.url"`, code: 64},
	{rule: "xpack.actions.whitelistedHosts is gone in 9", source: breaking9, old: more, wrong: "xpack.actions.whitelistedHosts: ['*']", right: "xpack.actions.allowedHosts: ['*']", want: `"xpack.actions.whitelistedHosts"`, code: 64},
	{rule: "xpack.alerts.healthCheck is gone in 9", source: breaking9, old: more, wrong: "xpack.alerts.healthCheck.interval: 1h", right: "xpack.alerting.healthCheck.interval: 1h", want: `"xpack.alerts.healthCheck.interval"`, code: 64},
	{rule: "not the superuser elastic", source: security, old: esToken, wrong: "elasticsearch.username: elastic\nelasticsearch.password: x", right: "elasticsearch.username: kibana_system\nelasticsearch.password: x", want: `value of "elastic" is forbidden`, code: 78},
	{rule: "token or user, not both", source: general, old: more, wrong: "elasticsearch.username: kibana_system", right: "elasticsearch.compression: true", want: `serviceAccountToken cannot be specified when "username" is also set`, code: 78},
	{rule: "token or password, not both", source: general, old: more, wrong: "elasticsearch.password: x", right: "elasticsearch.sniffOnStart: false", want: `serviceAccountToken cannot be specified`, code: 78},
	{rule: "xpack.security.encryptionKey has 32 characters", source: security, old: secKey, wrong: "xpack.security.encryptionKey: " + encryptionKey[:31], right: secKey, want: "it must have a minimum length of [32]", code: 78},
	{rule: "xpack.encryptedSavedObjects.encryptionKey has 32 characters", source: security, old: objKey, wrong: "xpack.encryptedSavedObjects.encryptionKey: short", right: objKey, want: "[config validation of [xpack.encryptedSavedObjects].encryptionKey]", code: 78},
	{rule: "xpack.reporting.encryptionKey has 32 characters", source: reporting, old: repKey, wrong: "xpack.reporting.encryptionKey: short", right: repKey, want: "[config validation of [xpack.reporting].encryptionKey]", code: 78},
	{rule: "decryptionOnlyKeys have 32 characters", source: security, old: more, wrong: "xpack.encryptedSavedObjects.keyRotation.decryptionOnlyKeys: [short]", right: "xpack.encryptedSavedObjects.keyRotation.decryptionOnlyKeys: [" + encryptionKey + "]", want: "minimum length of [32]", code: 78},
	{rule: "an encryption key is a text", source: security, old: secKey, wrong: "xpack.security.encryptionKey: 12345678901234567", right: `xpack.security.encryptionKey: "12345678901234567890123456789012"`, want: "expected value of type [string] but got [number]", code: 78},
	{rule: "publicBaseUrl has no slash at its end", source: general, old: publicURL, wrong: publicURL + "/", right: publicURL, want: "cannot end in a slash", code: 78},
	{rule: "publicBaseUrl has a scheme", source: general, old: publicURL, wrong: "server.publicBaseUrl: kibana.example", right: "server.publicBaseUrl: http://kibana.example", want: "expected URI with scheme [http|https]", code: 78},
	{rule: "publicBaseUrl has no query", source: general, old: publicURL, wrong: publicURL + "?a=b", right: publicURL + ":8443", want: "may only contain a protocol, host, port, and pathname", code: 78},
	{rule: "publicBaseUrl contains the basePath", source: general, old: publicURL, wrong: publicURL + "/kibana\nserver.basePath: /other", right: publicURL + "/kibana\nserver.basePath: /kibana", want: "must contain the [basePath]", code: 78},
	{rule: "basePath has no slash at its end", source: general, old: publicURL, wrong: "server.basePath: /kibana/", right: "server.basePath: /kibana", want: "must start with a slash, don't end with one", code: 78},
	{rule: "rewriteBasePath needs basePath", source: general, old: publicURL, wrong: "server.rewriteBasePath: true", right: "server.rewriteBasePath: true\nserver.basePath: /kibana", want: "cannot use [rewriteBasePath] when [basePath] is not specified", code: 78},
	{rule: "TLS needs a key", source: general, old: serverKey, wrong: "", right: serverKey, want: "must specify [certificate] and [key]", code: 78},
	{rule: "certificate or keystore, not both", source: general, old: more, wrong: "server.ssl.keystore.path: /x.p12", right: "server.ssl.supportedProtocols: [TLSv1.3]", want: "cannot use [key] when [keystore.path] is specified", code: 78},
	{rule: "client authentication needs TLS", source: general, old: "server.ssl.enabled: true", wrong: "server.ssl.enabled: false\nserver.ssl.clientAuthentication: required", right: "server.ssl.enabled: false", want: "must enable ssl to use [clientAuthentication]", code: 78},
	{rule: "server.port is a number", source: general, old: port, wrong: "server.port: http", right: `server.port: "5601"`, want: "expected value of type [number] but got [string]", code: 78},
	{rule: "server.host is a host", source: general, old: "server.host: 127.0.0.1", wrong: `server.host: "0"`, right: "server.host: 0.0.0.0", want: "value must be a valid hostname", code: 78},
	{rule: "elasticsearch.hosts are URLs", source: general, old: esHosts, wrong: `elasticsearch.hosts: ["es:9200"]`, right: `elasticsearch.hosts: "https://es:9200"`, want: "expected URI with scheme [http|https]", code: 78},
	{rule: "elasticsearch.hosts is not empty", source: general, old: esHosts, wrong: "elasticsearch.hosts: []", right: esHosts, want: "array size is [0], but cannot be smaller than [1]", code: 78},
	{rule: "verificationMode is a known one", source: general, old: "verificationMode: full", wrong: "verificationMode: strict", right: "verificationMode: none", want: "expected value to equal one of", code: 78},
	{rule: "times have a known unit", source: general, old: more, wrong: "elasticsearch.requestTimeout: 30sec", right: "elasticsearch.requestTimeout: 30000", want: "Failed to parse value as time value", code: 78},
	{rule: "shutdownTimeout is at most 2 minutes", source: general, old: more, wrong: "server.shutdownTimeout: 5m", right: "server.shutdownTimeout: 2m", want: "between 1 second and 2 minutes", code: 78},
	{rule: "server.uuid is a UUID", source: general, old: more, wrong: "server.uuid: kibana-0", right: "server.uuid: 5b2de169-2785-441b-ae8c-186a1936b17d", want: "must be a valid uuid", code: 78},
	{rule: "http2 needs TLS", source: general, old: "server.ssl.enabled: true", wrong: "server.ssl.enabled: false\nserver.protocol: http2", right: "server.protocol: http2\nserver.ssl.enabled: true", want: "http2 requires TLS", code: 78},
	{rule: "the root logger has a known level", source: general, old: more, wrong: "logging.root.level: verbose", right: "logging.root.level: warn", want: "expected value to equal one of", code: 78},
	{rule: "booleans are booleans", source: general, old: "server.ssl.enabled: true", wrong: "server.ssl.enabled: 1", right: "server.ssl.enabled: 'true'", want: "expected value of type [boolean] but got [number]", code: 78},
	{rule: "no version mismatch in production", source: general, old: more, wrong: "elasticsearch.ignoreVersionMismatch: true", right: "elasticsearch.ignoreVersionMismatch: false", want: "can only be set to true in development mode", code: 78},
	{rule: "variables in kibana.yml are set", source: "kibana environment variables in kibana.yml", old: secKey, wrong: "xpack.security.encryptionKey: ${NOWHERE}", right: "xpack.security.encryptionKey: ${NOWHERE:" + encryptionKey + "}", want: "Unknown environment variable referenced in config : NOWHERE", code: 1},
	{rule: "the configuration is YAML", source: general, old: more, wrong: "server: [", right: "ops: {interval: 5s}", want: "not valid YAML", code: 1},
}

func TestRefusals(t *testing.T) {
	authority := testkit.NewAuthority(t, "ca")
	server := authority.Issue("kibana", "localhost")
	values := map[string]string{"PORT": "5601", "SERVER": strings.TrimSuffix(server.Certificate, ".crt"), "ES": "https://es:9200", "ESCA": authority.Path, "MORE": ""}
	path := filepath.Join(t.TempDir(), "kibana.yml")
	load := func(each refusal, replacement string) error {
		if !strings.Contains(kibanaYML, each.old) {
			t.Fatalf("%s: %q is not in kibana.yml", each.rule, each.old)
		}
		testkit.WriteFile(t, path, testkit.Fill(strings.Replace(kibanaYML, each.old, replacement, 1), values))
		_, err := kibana.Load("9.4.3", []string{path}, nil, lookup)
		return err
	}
	for _, each := range refusals {
		t.Run(each.rule, func(t *testing.T) {
			out := bytes.Buffer{}
			err := load(each, each.wrong)
			if err == nil {
				t.Fatal("the wrong one passes")
			}
			if code := fatal(&out, err); code != each.code || !strings.Contains(out.String(), each.want) {
				t.Errorf("exit code %d, want %d with %q: %s", code, each.code, each.want, out.String())
			}
			if err := load(each, each.right); err != nil {
				t.Errorf("the right sibling: %v", err)
			}
		})
	}
	t.Logf("%d wrong configurations refused", len(refusals))
}

func TestReadmeListsEveryRule(t *testing.T) {
	content, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, each := range refusals {
		// The formatter pads the columns.
		if !strings.Contains(strings.Join(strings.Fields(string(content)), " "), "| "+each.rule+" | "+each.source+" |") {
			t.Errorf("the README lacks: | %s | %s |", each.rule, each.source)
		}
	}
}
