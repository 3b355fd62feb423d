// Tests of the Kibana stand-in: its configuration files, and its life beside Elasticsearch.
package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"loggingstack.dev/stand-ins/internal/kibana"
	"loggingstack.dev/stand-ins/internal/testkit"
)

var binary string

func TestMain(m *testing.M) {
	path, cleanup, err := testkit.Build("kibana")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	binary = path
	code := m.Run()
	cleanup()
	os.Exit(code)
}

const (
	token = "AAEAAWVsYXN0aWMva2liYW5hL3Rlc3Q6c2VjcmV0"
	more  = "@MORE@"
)

const kibanaYML = `server.name: ${POD_NAME}
server.host: 127.0.0.1
server.port: @PORT@
server.publicBaseUrl: https://kibana.example
server.ssl.enabled: true
server.ssl.certificate: @SERVER@.crt
server.ssl.key: @SERVER@.key
elasticsearch.hosts: ["@ES@"]
elasticsearch.ssl:
  certificateAuthorities: ["@ESCA@"]
  verificationMode: full
elasticsearch.serviceAccountToken: ${TOKEN}
elasticsearch.healthCheck.delay: 50ms
elasticsearch.healthCheck.startupDelay: 20ms
xpack.security.encryptionKey: ${KEY}
xpack.encryptedSavedObjects.encryptionKey: ${KEY}
xpack.reporting.encryptionKey: ${KEY}
@MORE@
`

const encryptionKey = "0123456789abcdef0123456789abcdef"

func environment() map[string]string {
	return map[string]string{"POD_NAME": "kibana-0", "TOKEN": token, "KEY": encryptionKey}
}

func lookup(name string) (string, bool) {
	value, ok := environment()[name]
	return value, ok
}

func TestDottedNestedAndMixedKeysAreTheSame(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kibana.yml")
	for _, form := range []string{"server.port: 5602", "server: {port: 5602}", "server:\n  port: 5602\nserver.name: x"} {
		testkit.WriteFile(t, path, form)
		config, err := kibana.Load("9.4.3", []string{path}, nil, lookup)
		if err != nil || config.Number("server.port", 0) != 5602 {
			t.Errorf("%q: %v", form, err)
		}
	}
}

func TestSettingsThatNineRemovedPassInEight(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kibana.yml")
	testkit.WriteFile(t, path, "xpack.actions.whitelistedHosts: ['*']\nxpack.alerts.healthCheck.interval: 1h\n")
	if _, err := kibana.Load("8.19.8", []string{path}, nil, lookup); err != nil {
		t.Error(err)
	}
	testkit.WriteFile(t, path, "xpack.reporting.roles.enabled: false\n")
	config, err := kibana.Load("9.4.3", []string{path}, nil, lookup)
	if err != nil || len(config.Warnings) != 1 {
		t.Errorf("an ignored setting must pass with a warning: %v", err)
	}
}

func TestRootIsRefused(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Log("not root: only the flag can be tried")
		return
	}
	out := bytes.Buffer{}
	if code := run(context.Background(), nil, lookup, &out, &out); code != 1 || !strings.Contains(out.String(), "should not be run as root") {
		t.Errorf("exit code %d: %s", code, out.String())
	}
}

type stage struct {
	t       *testing.T
	ca      *testkit.Authority
	esCA    *testkit.Authority
	elastic *testkit.Elasticsearch
	port    int
	path    string
}

func newStage(t *testing.T) *stage {
	t.Helper()
	s := &stage{t: t, ca: testkit.NewAuthority(t, "kibana-ca"), esCA: testkit.NewAuthority(t, "es-ca"), port: testkit.FreePort(t), path: filepath.Join(t.TempDir(), "kibana.yml")}
	s.elastic = testkit.NewElasticsearch(t, s.esCA.Issue("es", "127.0.0.1").Pair(t), "Bearer "+token)
	s.write("")
	return s
}

func (s *stage) write(lines string) {
	server := s.ca.Issue("kibana", "localhost")
	testkit.WriteFile(s.t, s.path, testkit.Fill(kibanaYML, map[string]string{"PORT": fmt.Sprint(s.port), "SERVER": strings.TrimSuffix(server.Certificate, ".crt"), "ES": s.elastic.URL(), "ESCA": s.esCA.Path, "MORE": lines}))
}

func (s *stage) start(version string) *testkit.Process {
	list := []string{"KIBANA_STAND_IN_VERSION=" + version}
	for name, value := range environment() {
		list = append(list, name+"="+value)
	}
	return testkit.Start(s.t, binary, list, "--config", s.path, "--allow-root")
}

// status gives the code and body of /api/status, or 0 while nothing listens.
func (s *stage) status(authorization string) (int, map[string]any, string) {
	client := &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: s.ca.Pool(), ServerName: "localhost"}, DisableKeepAlives: true}}
	request, err := http.NewRequest(http.MethodGet, fmt.Sprintf("https://127.0.0.1:%d/api/status", s.port), nil)
	if err != nil {
		s.t.Fatal(err)
	}
	if authorization != "" {
		request.Header.Set("Authorization", authorization)
	}
	response, err := client.Do(request)
	if err != nil {
		return 0, nil, ""
	}
	defer func() { _ = response.Body.Close() }()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, nil, ""
	}
	body := map[string]any{}
	if err := json.Unmarshal(content, &body); err != nil {
		s.t.Fatalf("%s: %v", content, err)
	}
	return response.StatusCode, body, string(content)
}

func (s *stage) await(code int) {
	s.t.Helper()
	testkit.Eventually(s.t, fmt.Sprintf("status %d", code), func() bool { got, _, _ := s.status(""); return got == code })
}

func TestReadyOnlyWhileElasticsearchLetsItIn(t *testing.T) {
	s := newStage(t)
	s.elastic.LetIn("Bearer somebody-else")
	process := s.start("9.4.3")
	s.await(503)
	if _, _, text := s.status(""); !strings.Contains(text, `"critical"`) {
		t.Errorf("body: %s", text)
	}
	s.elastic.LetIn("Bearer " + token)
	s.await(200)
	if _, body, _ := s.status(""); body["version"] != nil {
		t.Errorf("strangers are told too much: %v", body)
	}
	_, body, text := s.status("Bearer " + token)
	if !strings.Contains(text, `"level":"available"`) || !strings.Contains(text, `"number":"9.4.3"`) || body["name"] != "kibana-0" {
		t.Errorf("body: %s", text)
	}
	s.elastic.LetIn("nobody")
	s.await(503)
	s.elastic.LetIn("Bearer " + token)
	s.await(200)
	s.elastic.Close()
	s.await(503)
	if code := process.Terminate(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	for _, secret := range []string{token, encryptionKey} {
		if strings.Contains(process.Output(), secret) {
			t.Error("a secret is in the log")
		}
	}
}

func TestAnonymousStatus(t *testing.T) {
	s := newStage(t)
	s.write("status.allowAnonymous: true")
	s.start("9.4.3")
	s.await(200)
	if _, body, text := s.status(""); body["version"] == nil {
		t.Errorf("body: %s", text)
	}
}

func TestVersionsMustFit(t *testing.T) {
	for _, row := range []struct {
		kibana, elasticsearch string
		code                  int
	}{{"9.4.3", "9.4.3", 200}, {"9.4.3", "9.5.0", 200}, {"9.4.3", "9.4.0", 200}, {"9.4.3", "9.3.9", 503}, {"9.4.3", "8.19.8", 503}, {"8.19.8", "9.4.3", 503}} {
		t.Run(row.kibana+" with "+row.elasticsearch, func(t *testing.T) {
			s := newStage(t)
			s.elastic.SetVersion(row.elasticsearch)
			process := s.start(row.kibana)
			s.await(row.code)
			if row.code == 503 {
				testkit.Eventually(t, "the reason", func() bool {
					return strings.Contains(process.Output(), "is incompatible with the following Elasticsearch nodes")
				})
			}
		})
	}
}

func TestElasticsearchIsVerified(t *testing.T) {
	for _, row := range []struct {
		name, mode string
		stranger   bool
		hosts      string
		code       int
	}{
		{"full, right", "full", false, "127.0.0.1", 200}, {"full, wrong name", "full", false, "elsewhere", 503}, {"certificate, wrong name", "certificate", false, "elsewhere", 200},
		{"certificate, wrong authority", "certificate", true, "127.0.0.1", 503}, {"none, wrong authority", "none", true, "elsewhere", 200},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := newStage(t)
			authority := s.esCA
			if row.stranger {
				authority = testkit.NewAuthority(t, "stranger")
			}
			s.elastic = testkit.NewElasticsearch(t, authority.Issue("other", row.hosts).Pair(t), "Bearer "+token)
			s.write("")
			content, err := os.ReadFile(s.path)
			if err != nil {
				t.Fatal(err)
			}
			testkit.WriteFile(t, s.path, strings.Replace(string(content), "verificationMode: full", "verificationMode: "+row.mode, 1))
			process := s.start("9.4.3")
			s.await(row.code)
			if row.code == 503 {
				testkit.Eventually(t, "the reason", func() bool { return strings.Contains(process.Output(), "x509: ") })
			}
		})
	}
}

func TestExitCodesOfTheBinary(t *testing.T) {
	s := newStage(t)
	for line, code := range map[string]int{"server.hosts: x": 64, "server.shutdownTimeout: 5m": 78, "elasticsearch.ssl.keyPassphrase: x": 1} {
		s.write(line)
		process := s.start("9.4.3")
		if got := process.ExitCode(); got != code || !strings.Contains(process.Output(), "FATAL") {
			t.Errorf("%s: exit code %d: %s", line, got, process.Output())
		}
	}
}
