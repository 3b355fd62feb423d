// End to end: a Beat with a client certificate sends, Elasticsearch receives; kills, retries, reloads, back-pressure.
package main

import (
	"crypto/tls"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"loggingstack.dev/stand-ins/internal/testkit"
)

func TestEventsReachTheDataStream(t *testing.T) {
	s := newStage(t)
	process := s.start()
	s.send(s.beat(), lines(0, 500))
	s.awaitMessages(500)
	document := s.elastic.Documents()[0]
	if document.Verb != "create" || document.Index != "logs-kubernetes.container-default" {
		t.Errorf("%s into %s", document.Verb, document.Index)
	}
	source := document.Source
	for _, check := range []struct {
		name string
		want any
	}{{"@timestamp", "2026-03-04T05:06:07.123Z"}, {"@version", "1"}} {
		if source[check.name] != check.want {
			t.Errorf("%s is %v", check.name, source[check.name])
		}
	}
	if dig(source, "event", "original") != source["message"] || dig(source, "event", "dataset") != "x" {
		t.Errorf("event is %v", source["event"])
	}
	if fmt.Sprint(source["tags"]) != "[beats_input_codec_plain_applied]" || dig(source, "data_stream", "dataset") != "kubernetes.container" {
		t.Errorf("%v %v", source["tags"], source["data_stream"])
	}
	if _, there := source["@metadata"]; there {
		t.Error("metadata was sent")
	}
	s.awaitHealth("green")
	testkit.Eventually(t, "the figures", func() bool {
		stats := s.get("/_node/stats/pipelines")
		return dig(stats, "pipelines", "main", "events", "out") == 500.0 && dig(stats, "pipelines", "main", "queue", "events_count") == 0.0 &&
			dig(stats, "pipelines", "main", "queue", "type") == "persisted" && dig(stats, "pipelines", "main", "queue", "max_queue_size_in_bytes") == float64(64<<20)
	})
	if root := s.get("/"); root["version"] != "9.4.3" || root["status"] != "green" {
		t.Errorf("root: %v", root)
	}
	if code := process.Terminate(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	for _, secret := range []string{"very-secret-api-key", "dGVzdC1rZXktaWQ6dmVyeS1zZWNyZXQtYXBpLWtleQ"} {
		if strings.Contains(process.Output(), secret) {
			t.Error("the API key is in the log")
		}
	}
}

func TestOnlyClientsOfTheAuthorityAreLetIn(t *testing.T) {
	s := newStage(t)
	s.start()
	s.beat()
	stranger := testkit.NewAuthority(t, "stranger").Issue("stranger", "stranger")
	for name, certificates := range map[string][]tls.Certificate{"none": nil, "stranger": {stranger.Pair(t)}} {
		connection, err := tls.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", s.beatsPort), &tls.Config{RootCAs: s.beatAuthority.Pool(), ServerName: "localhost", Certificates: certificates})
		if err == nil {
			// With TLS 1.3 the refusal comes with the first read.
			_, err = connection.Read(make([]byte, 1))
		}
		if err == nil || !strings.Contains(err.Error(), "tls") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestKillLosesNothing: what was acknowledged to the Beat is in Elasticsearch after kill -9 and a new start.
func TestKillLosesNothing(t *testing.T) {
	s := newStage(t)
	s.elastic.Judge(func(testkit.Document, int) (int, string) { return 429, "es_rejected_execution_exception" })
	const rounds, perRound = 4, 300
	for round := range rounds {
		process := s.start()
		client := s.beat()
		for part := range 3 {
			s.send(client, lines(round*perRound+part*100, round*perRound+part*100+100))
		}
		if round == rounds-1 {
			s.elastic.Judge(nil)
			s.awaitMessages(rounds * perRound)
		}
		process.Kill()
	}
	for i := range rounds * perRound {
		if s.messages()[fmt.Sprintf("line %06d", i)] == 0 {
			t.Errorf("line %d is lost", i)
		}
	}
	s.start()
	testkit.Eventually(t, "an empty queue after all", func() bool {
		return dig(s.get("/_node/stats/pipelines"), "pipelines", "main", "queue", "events_count") == 0.0
	})
}

func TestTornQueueEndAfterKill(t *testing.T) {
	s := newStage(t)
	s.elastic.Refuse(make503(5)...)
	process := s.start()
	s.send(s.beat(), lines(0, 10))
	process.Kill()
	segments, err := filepath.Glob(filepath.Join(s.folder, "data", "queue", "main", "segment.*"))
	if err != nil || len(segments) == 0 {
		t.Fatalf("no segments: %v", err)
	}
	file, err := os.OpenFile(segments[len(segments)-1], os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.Write([]byte{0, 0, 0, 200, 1, 2, 3, 4, 'h', 'a', 'l', 'f'}); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	s.start()
	s.awaitMessages(10)
}

func make503(count int) []int {
	statuses := make([]int, count)
	for i := range statuses {
		statuses[i] = 503
	}
	return statuses
}
