// The retry rules of the elasticsearch output, against a fake Elasticsearch.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"loggingstack.dev/stand-ins/internal/testkit"
)

// TestRefusedBulkIsSentAgain: an answer that is not 200 never loses a batch, whatever the status.
func TestRefusedBulkIsSentAgain(t *testing.T) {
	for _, status := range []int{400, 401, 403, 404, 413, 429, 500, 502, 503} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			s := newStage(t)
			s.elastic.Refuse(status, status, status)
			process := s.start()
			s.send(s.beat(), lines(0, 20))
			s.awaitMessages(20)
			if s.elastic.Bulks() < 4 {
				t.Errorf("%d bulk requests", s.elastic.Bulks())
			}
			for message, count := range s.messages() {
				if count != 1 {
					t.Errorf("%s came %d times", message, count)
				}
			}
			if code := process.Terminate(); code != 0 {
				t.Errorf("exit code %d", code)
			}
		})
	}
}

// TestDocumentsAreJudgedOneByOne: 429 and 5xx are sent again, 409 is dropped, 400 and 404 are dead letters or dropped.
func TestDocumentsAreJudgedOneByOne(t *testing.T) {
	verdicts := map[string]int{"line 000001": 429, "line 000002": 503, "line 000003": 409, "line 000004": 400, "line 000005": 404}
	for name, more := range map[string]string{"dropped": "", "dead letters": "dead_letter_queue.enable: true"} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			s.settings(more)
			s.elastic.Judge(func(document testkit.Document, attempt int) (int, string) {
				status := verdicts[fmt.Sprint(document.Source["message"])]
				if (status == 429 || status == 503) && attempt > 2 {
					return 201, ""
				}
				return status, "some_exception"
			})
			s.start()
			s.send(s.beat(), lines(0, 10))
			s.awaitMessages(7)
			testkit.Eventually(t, "an empty queue", func() bool {
				unread, sending := s.held()
				return unread == 0 && sending == 0
			})
			got := s.messages()
			for message, status := range verdicts {
				want := 0
				if status == 429 || status == 503 {
					want = 1
				}
				if got[message] != want {
					t.Errorf("%s (%d) came %d times", message, status, got[message])
				}
			}
			letters := s.deadLetters()
			want := 0
			if more != "" {
				want = 2
			}
			if len(letters) != want {
				t.Errorf("dead letters: %q", letters)
			}
			for _, letter := range letters {
				if !strings.Contains(letter, "line 00000") || !strings.Contains(letter, "some_exception") {
					t.Errorf("dead letter: %s", letter)
				}
			}
		})
	}
}

func (s *stage) deadLetters() []string {
	content, err := os.ReadFile(filepath.Join(s.folder, "data", "dead_letter_queue", "main", "1.log"))
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(content)), "\n")
}

// TestTooLargeGoesToTheDeadLetters: dlq_custom_codes => [413] keeps one large document from blocking all others.
func TestTooLargeGoesToTheDeadLetters(t *testing.T) {
	s := newStage(t)
	s.settings("dead_letter_queue.enable: true")
	s.pipeline("", "dlq_custom_codes => [413]")
	s.elastic.Refuse(413)
	s.start()
	client := s.beat()
	s.send(client, lines(0, 1))
	testkit.Eventually(t, "a dead letter", func() bool { return len(s.deadLetters()) == 1 })
	s.send(client, lines(1, 2))
	s.awaitMessages(1)
}

func TestElasticsearchAwayAndBack(t *testing.T) {
	s := newStage(t)
	s.elastic.LetIn("ApiKey of-somebody-else")
	process := s.start()
	s.send(s.beat(), lines(0, 50))
	testkit.Eventually(t, "the refusal in the log", func() bool { return strings.Contains(process.Output(), "Got response code '401'") })
	if unread, sending := s.held(); unread+sending != 50 {
		t.Errorf("%v unread, %v on their way", unread, sending)
	}
	// The persisted queue keeps the events, so the end need not wait for Elasticsearch.
	if code := process.Terminate(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	fresh := testkit.NewElasticsearch(t, s.esAuthority.Issue("other", "127.0.0.1").Pair(t), s.authorization)
	s.elastic = fresh
	s.pipeline("", "")
	s.start()
	s.awaitMessages(50)
}

// TestWrongAuthorityIsNotTrusted: the name in the certificate and the authority are both verified.
func TestWrongAuthorityIsNotTrusted(t *testing.T) {
	for name, certificate := range map[string]func(*stage) testkit.Files{
		"authority": func(s *stage) testkit.Files { return s.beatAuthority.Issue("fake", "127.0.0.1") },
		"name":      func(s *stage) testkit.Files { return s.esAuthority.Issue("fake", "elsewhere.example") },
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			s.elastic = testkit.NewElasticsearch(t, certificate(s).Pair(t), s.authorization)
			s.pipeline("", "")
			process := s.start()
			testkit.Eventually(t, "the refusal in the log", func() bool { return strings.Contains(process.Output(), "x509: ") })
			if len(s.elastic.Documents()) > 0 {
				t.Error("documents were sent")
			}
		})
	}
}

func TestBatchesAreSplitAtTwentyMegabytes(t *testing.T) {
	s := newStage(t)
	s.settings("pipeline.workers: 1")
	s.pipeline(`mutate { remove_field => ["[event][original]"] }`, "")
	s.start()
	client := s.beat()
	big := strings.Repeat("0123456789abcdef", 1<<16)
	events := []any{}
	for i := range 45 {
		events = append(events, map[string]any{"message": fmt.Sprintf("%d %s", i, big)})
	}
	s.send(client, events)
	s.awaitMessages(45)
	if s.elastic.Bulks() < 3 || s.elastic.Largest() > 20<<20 {
		t.Errorf("%d requests, the largest of %d bytes", s.elastic.Bulks(), s.elastic.Largest())
	}
}

func TestHostsTakeTurns(t *testing.T) {
	s := newStage(t)
	second := testkit.NewElasticsearch(t, s.esAuthority.Issue("second", "127.0.0.1").Pair(t), s.authorization)
	values := s.values()
	values["ES"] = s.elastic.URL() + `", "` + second.URL()
	text := testkit.Fill(pipelineConf, map[string]string{"FILTER": "", "OUTPUT": ""})
	testkit.WriteFile(t, filepath.Join(s.folder, "pipeline", "main.conf"), testkit.Fill(text, values))
	process := s.start()
	client := s.beat()
	testkit.Eventually(t, "both hosts alive", func() bool { return strings.Count(process.Output(), "Restored connection") == 2 })
	for i := range 20 {
		s.send(client, lines(i, i+1))
		testkit.Eventually(t, "one more document", func() bool { return len(s.elastic.Documents())+len(second.Documents()) == i+1 })
	}
	if len(s.elastic.Documents()) == 0 || len(second.Documents()) == 0 {
		t.Errorf("%d and %d", len(s.elastic.Documents()), len(second.Documents()))
	}
	second.Close()
	s.send(client, lines(20, 60))
	testkit.Eventually(t, "all through the one that is left", func() bool { return len(s.messages()) >= 40 })
}
