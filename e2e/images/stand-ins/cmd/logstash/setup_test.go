// What the tests of the Logstash stand-in share: the built binary, a folder laid out like the image's, a Beat.
package main

import (
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	lumber "github.com/elastic/go-lumber/client/v2"

	"loggingstack.dev/stand-ins/internal/testkit"
)

var binary string

func TestMain(m *testing.M) {
	path, cleanup, err := testkit.Build("logstash")
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
	apiKey           = "test-key-id:very-secret-api-key"
	keystorePassword = "very-secret-keystore"
)

// stage is one Logstash with certificates, folders and the Elasticsearch that it writes to.
type stage struct {
	t             *testing.T
	folder        string
	esAuthority   *testkit.Authority
	beatAuthority *testkit.Authority
	server        testkit.Files
	client        testkit.Files
	elastic       *testkit.Elasticsearch
	authorization string
	keystore      string
	beatsPort     int
	apiPort       int
}

const logstashYML = `allow_superuser: true
api.http.host: 127.0.0.1
api.http.port: @API@
path.data: @FOLDER@/data
path.logs: @FOLDER@/logs
queue.type: persisted
queue.page_capacity: 1mb
queue.max_bytes: 64mb
log.format: json
config.reload.automatic: true
config.reload.interval: 200ms
pipeline.ecs_compatibility: v8
@MORE@
`

const pipelineConf = `input {
  beats {
    port => @PORT@
    host => "127.0.0.1"
    ssl_enabled => true
    ssl_certificate => "@SERVER@.crt"
    ssl_key => "@SERVER@.key"
    ssl_certificate_authorities => ["@BEATCA@"]
    ssl_client_authentication => "required"
  }
}
filter {
  @FILTER@
}
output {
  elasticsearch {
    hosts => ["@ES@"]
    ssl_enabled => true
    ssl_certificate_authorities => ["@ESCA@"]
    api_key => "${ES_API_KEY}"
    data_stream => "true"
    data_stream_type => "logs"
    data_stream_dataset => "kubernetes.container"
    data_stream_namespace => "default"
    retry_initial_interval => 0.1
    retry_max_interval => 0.2
    resurrect_delay => 0.1
    @OUTPUT@
  }
}
`

func newStage(t *testing.T) *stage {
	t.Helper()
	s := &stage{t: t, folder: t.TempDir(), esAuthority: testkit.NewAuthority(t, "es-ca"), beatAuthority: testkit.NewAuthority(t, "beats-ca"),
		beatsPort: testkit.FreePort(t), apiPort: testkit.FreePort(t)}
	s.server = s.beatAuthority.Issue("logstash", "127.0.0.1", "localhost")
	s.client = s.beatAuthority.Issue("filebeat", "filebeat")
	s.keystore = s.server.Keystore(t, keystorePassword)
	s.authorization = "ApiKey " + base64.StdEncoding.EncodeToString([]byte(apiKey))
	s.elastic = testkit.NewElasticsearch(t, s.esAuthority.Issue("elasticsearch", "127.0.0.1").Pair(t), s.authorization)
	s.settings("")
	s.pipelines("- pipeline.id: main\n  path.config: " + s.folder + "/pipeline/*.conf\n")
	s.pipeline("", "")
	return s
}

func (s *stage) values() map[string]string {
	return map[string]string{"API": fmt.Sprint(s.apiPort), "PORT": fmt.Sprint(s.beatsPort), "FOLDER": s.folder,
		"SERVER": s.server.Certificate[:len(s.server.Certificate)-len(".crt")], "BEATCA": s.beatAuthority.Path, "ESCA": s.esAuthority.Path, "ES": s.elastic.URL(), "KEYSTORE": s.keystore}
}

func (s *stage) settings(more string) {
	text := testkit.Fill(logstashYML, map[string]string{"MORE": more})
	testkit.WriteFile(s.t, filepath.Join(s.folder, "config", "logstash.yml"), testkit.Fill(text, s.values()))
}

func (s *stage) pipelines(text string) {
	testkit.WriteFile(s.t, filepath.Join(s.folder, "config", "pipelines.yml"), text)
}

func (s *stage) pipeline(filter, output string) {
	text := testkit.Fill(pipelineConf, map[string]string{"FILTER": filter, "OUTPUT": output})
	testkit.WriteFile(s.t, filepath.Join(s.folder, "pipeline", "main.conf"), testkit.Fill(text, s.values()))
}

func (s *stage) start(arguments ...string) *testkit.Process {
	s.t.Helper()
	environment := []string{"ES_API_KEY=" + apiKey, "LOGSTASH_STAND_IN_VERSION=9.4.3"}
	return testkit.Start(s.t, binary, environment, append([]string{"--path.settings", filepath.Join(s.folder, "config")}, arguments...)...)
}

// get reads one page of the API; it gives nothing while there is no answer.
func (s *stage) get(path string) map[string]any {
	response, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d%s", s.apiPort, path))
	if err != nil {
		return nil
	}
	defer func() { _ = response.Body.Close() }()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		return nil
	}
	body := map[string]any{}
	if json.Unmarshal(content, &body) != nil {
		return nil
	}
	return body
}

// held gives how many events are queued, and how many are on their way to Elasticsearch.
func (s *stage) held() (unread, sending float64) {
	stats := s.get("/_node/stats/pipelines/main")
	unread, known := dig(stats, "pipelines", "main", "queue", "events").(float64)
	outputs, _ := dig(stats, "pipelines", "main", "plugins", "outputs").([]any)
	if !known || len(outputs) != 1 {
		return -1, -1
	}
	output, _ := outputs[0].(map[string]any)
	in, _ := dig(output, "events", "in").(float64)
	out, _ := dig(output, "events", "out").(float64)
	return unread, in - out
}

func (s *stage) awaitHealth(status string) {
	s.t.Helper()
	testkit.Eventually(s.t, "health "+status, func() bool { return s.get("/_health_report")["status"] == status })
}

// dig walks nested maps of an API answer.
func dig(body map[string]any, names ...string) any {
	var current any = body
	for _, name := range names {
		tree, ok := current.(map[string]any)
		if !ok {
			return nil
		}
		current = tree[name]
	}
	return current
}

// beat connects like Filebeat, with its client certificate.
func (s *stage) beat() *lumber.SyncClient {
	s.t.Helper()
	config := &tls.Config{RootCAs: s.beatAuthority.Pool(), Certificates: []tls.Certificate{s.client.Pair(s.t)}, ServerName: "localhost"}
	var client *lumber.SyncClient
	testkit.Eventually(s.t, "the beats port is open", func() bool {
		var err error
		client, err = lumber.SyncDialWith(func(network, address string) (net.Conn, error) {
			return tls.Dial(network, address, config)
		}, fmt.Sprintf("127.0.0.1:%d", s.beatsPort), lumber.Timeout(30*time.Second), lumber.CompressionLevel(3))
		return err == nil
	})
	s.t.Cleanup(func() { _ = client.Close() })
	return client
}

func lines(from, to int) []any {
	events := []any{}
	for i := from; i < to; i++ {
		events = append(events, map[string]any{"message": fmt.Sprintf("line %06d", i), "@timestamp": "2026-03-04T05:06:07.123Z",
			"@metadata": map[string]any{"beat": "filebeat"}, "event": map[string]any{"dataset": "x"}})
	}
	return events
}

func (s *stage) send(client *lumber.SyncClient, events []any) {
	s.t.Helper()
	if acknowledged, err := client.Send(events); err != nil || acknowledged != len(events) {
		s.t.Fatalf("%d of %d acknowledged: %v", acknowledged, len(events), err)
	}
}

func (s *stage) messages() map[string]int {
	counts := map[string]int{}
	for _, document := range s.elastic.Documents() {
		message, _ := document.Source["message"].(string)
		counts[message]++
	}
	return counts
}

func (s *stage) awaitMessages(count int) {
	s.t.Helper()
	testkit.Eventually(s.t, fmt.Sprintf("%d messages in Elasticsearch", count), func() bool { return len(s.messages()) >= count })
}
