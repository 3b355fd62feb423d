// Reload of pipeline files, back-pressure, and the ways to end.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"loggingstack.dev/stand-ins/internal/testkit"
)

func TestReloadTakesTheNewPipelineAndKeepsTheOldWhenItIsBad(t *testing.T) {
	s := newStage(t)
	process := s.start()
	s.send(s.beat(), lines(0, 5))
	s.awaitMessages(5)

	s.pipeline(`mutate { nonsense => 1 }`, "")
	testkit.Eventually(t, "a failed reload", func() bool {
		return fmt.Sprint(dig(s.get("/_node/stats/pipelines"), "pipelines", "main", "reloads", "failures")) != "0" &&
			dig(s.get("/_node/stats/pipelines"), "pipelines", "main", "reloads", "last_error") != nil
	})
	s.send(s.beat(), lines(5, 10))
	s.awaitMessages(10)
	s.awaitHealth("green")
	if !strings.Contains(process.Output(), "Unknown setting 'nonsense' for mutate") {
		t.Error("the log does not say what is wrong")
	}

	s.pipeline(`mutate { replace => { "stage" => "reloaded" } }`, "")
	testkit.Eventually(t, "a reload", func() bool {
		return dig(s.get("/_node/stats/pipelines"), "pipelines", "main", "reloads", "successes") == 1.0
	})
	s.send(s.beat(), lines(10, 15))
	s.awaitMessages(15)
	documents := s.elastic.Documents()
	if documents[len(documents)-1].Source["stage"] != "reloaded" || documents[0].Source["stage"] != nil {
		t.Errorf("first %v, last %v", documents[0].Source["stage"], documents[len(documents)-1].Source["stage"])
	}
}

func TestPipelinesComeAndGo(t *testing.T) {
	s := newStage(t)
	s.start()
	s.awaitHealth("green")
	testkit.WriteFile(t, filepath.Join(s.folder, "pipeline", "second", "second.conf"), `input { beats { port => `+fmt.Sprint(testkit.FreePort(t))+` host => "127.0.0.1" } } output { null { } }`)
	both := "- pipeline.id: main\n  path.config: " + s.folder + "/pipeline/*.conf\n- pipeline.id: second\n  path.config: " + s.folder + "/pipeline/second/*.conf\n"
	s.pipelines(both)
	running := func() string {
		names := []string{}
		pipelines, _ := dig(s.get("/_node/stats/pipelines"), "pipelines").(map[string]any)
		for _, name := range []string{"main", "second"} {
			if dig(pipelines, name, "queue") != nil {
				names = append(names, name)
			}
		}
		return strings.Join(names, " ")
	}
	testkit.Eventually(t, "two pipelines", func() bool { return running() == "main second" })
	if s.get("/_node/stats/pipelines/second")["pipelines"] == nil || s.get("/_node/stats/pipelines/third")["status"] != 404.0 {
		t.Error("single pipelines cannot be asked for")
	}
	s.pipelines(strings.Split(both, "- pipeline.id: second")[0])
	testkit.Eventually(t, "one pipeline", func() bool { return running() == "main" })
}

// TestABadPipelineAtTheStart: with automatic reload the process waits for a better one, without it ends with 1.
func TestABadPipelineAtTheStart(t *testing.T) {
	s := newStage(t)
	s.pipeline("nonsense { }", "")
	process := s.start()
	s.awaitHealth("red")
	if s.get("/")["version"] != "9.4.3" {
		t.Error("the API must answer")
	}
	s.pipeline("", "")
	s.awaitHealth("green")
	process.Terminate()

	s.pipeline("nonsense { }", "")
	without := s.start("--setting-that-is-none")
	if code := without.ExitCode(); code != 1 {
		t.Errorf("unknown flag: exit code %d", code)
	}
	ended := s.start("--config.reload.interval", "1s", "-f", filepath.Join(s.folder, "pipeline", "*.conf"))
	s.awaitHealth("red")
	ended.Kill()
	testkit.WriteFile(t, filepath.Join(s.folder, "config", "logstash.yml"), testkit.Fill(strings.Replace(strings.Replace(logstashYML, "config.reload.automatic: true", "", 1), "@MORE@", "", 1), s.values()))
	if code := s.start().ExitCode(); code != 1 {
		t.Errorf("bad pipeline without reload: exit code %d", code)
	}
}

func TestFullQueueHoldsTheBeat(t *testing.T) {
	s := newStage(t)
	text := strings.Replace(strings.Replace(logstashYML, "queue.max_bytes: 64mb", "queue.max_bytes: 200kb", 1), "queue.page_capacity: 1mb", "queue.page_capacity: 100kb", 1)
	testkit.WriteFile(t, filepath.Join(s.folder, "config", "logstash.yml"), testkit.Fill(strings.Replace(text, "@MORE@", "", 1), s.values()))
	s.elastic.Judge(func(testkit.Document, int) (int, string) { return 503, "away" })
	s.start()
	client := s.beat()
	finished := make(chan int, 1)
	go func() {
		for part := range 40 {
			if _, err := client.Send(lines(part*100, part*100+100)); err != nil {
				finished <- -1
				return
			}
		}
		finished <- 4000
	}()
	size := func() float64 {
		bytes, _ := dig(s.get("/_node/stats/pipelines"), "pipelines", "main", "queue", "queue_size_in_bytes").(float64)
		return bytes
	}
	testkit.Eventually(t, "a nearly full queue", func() bool { return size() > 170<<10 })
	select {
	case <-finished:
		t.Fatal("the Beat was not held")
	case <-time.After(300 * time.Millisecond):
	}
	if size() > 200<<10 {
		t.Errorf("the queue has %v bytes", size())
	}
	s.elastic.Judge(nil)
	if <-finished != 4000 {
		t.Fatal("the Beat got an error")
	}
	s.awaitMessages(4000)
}

// TestDrain: with queue.drain the end waits until Elasticsearch has everything, without it the queue keeps it.
func TestDrain(t *testing.T) {
	for _, drain := range []bool{true, false} {
		t.Run(fmt.Sprint(drain), func(t *testing.T) {
			s := newStage(t)
			s.settings(fmt.Sprintf("queue.drain: %v", drain))
			s.elastic.Judge(func(testkit.Document, int) (int, string) { return 503, "away" })
			process := s.start()
			s.send(s.beat(), lines(0, 100))
			if drain {
				go func() {
					testkit.Eventually(t, "the input stops", func() bool { return strings.Contains(process.Output(), "SIGTERM") })
					s.elastic.Judge(nil)
				}()
			}
			if code := process.Terminate(); code != 0 {
				t.Errorf("exit code %d", code)
			}
			if got := len(s.messages()); (drain && got != 100) || (!drain && got != 0) {
				t.Errorf("%d messages", got)
			}
		})
	}
}

// TestDrainEndsWithEventsWhenElasticsearchCannotBeReached: exit code 0 is no proof of an empty queue.
func TestDrainEndsWithEventsWhenElasticsearchCannotBeReached(t *testing.T) {
	for name, away := range map[string]func(*stage){
		"refused":     func(s *stage) { s.elastic.LetIn("ApiKey of-somebody-else") },
		"unreachable": func(s *stage) { s.elastic.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			s.settings("queue.drain: true")
			process := s.start()
			client := s.beat()
			s.send(client, lines(0, 1))
			s.awaitMessages(1)
			away(s)
			s.send(client, lines(1, 301))
			if code := process.Terminate(); code != 0 {
				t.Errorf("exit code %d", code)
			}
			if got := len(s.messages()); got != 1 {
				t.Errorf("%d messages", got)
			}
			s.elastic = testkit.NewElasticsearch(t, s.esAuthority.Issue("other", "127.0.0.1").Pair(t), s.authorization)
			s.pipeline("", "")
			s.start()
			s.awaitMessages(300)
		})
	}
}

// TestClosedInputEmptiesTheQueue: a pipeline whose input listens to the pod itself only takes in nothing, is known by the
// id of its input, and says when nothing is left.
func TestClosedInputEmptiesTheQueue(t *testing.T) {
	s := newStage(t)
	s.elastic.Judge(func(testkit.Document, int) (int, string) { return 503, "away" })
	s.start()
	s.send(s.beat(), lines(0, 1000))
	inputs := func() string {
		found, _ := dig(s.get("/_node/stats/pipelines/main"), "pipelines", "main", "plugins", "inputs").([]any)
		ids := []string{}
		for _, each := range found {
			input, _ := each.(map[string]any)
			ids = append(ids, fmt.Sprint(input["id"]))
		}
		return strings.Join(ids, " ")
	}
	path := filepath.Join(s.folder, "pipeline", "main.conf")
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	testkit.WriteFile(t, path, strings.Replace(string(content), `host => "127.0.0.1"`, "host => \"127.0.0.1\"\n    id => \"closed-1\"", 1))
	testkit.Eventually(t, "the closed pipeline", func() bool { return inputs() == "closed-1" })
	testkit.Eventually(t, "everything queued or on its way", func() bool {
		unread, sending := s.held()
		return unread+sending == 1000 && sending > 0
	})
	s.elastic.Judge(nil)
	testkit.Eventually(t, "nothing left", func() bool {
		unread, sending := s.held()
		return unread == 0 && sending == 0
	})
	if got := len(s.messages()); got != 1000 {
		t.Errorf("%d messages", got)
	}
}

func TestMemoryQueueIsEmptiedAtTheEnd(t *testing.T) {
	s := newStage(t)
	testkit.WriteFile(t, filepath.Join(s.folder, "config", "logstash.yml"), testkit.Fill(strings.Replace(strings.Replace(logstashYML, "queue.type: persisted", "queue.type: memory", 1), "@MORE@", "", 1), s.values()))
	process := s.start()
	s.send(s.beat(), lines(0, 300))
	if code := process.Terminate(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if got := len(s.messages()); got != 300 {
		t.Errorf("%d messages", got)
	}
}

func TestSecondProcessOnTheSameDataIsRefused(t *testing.T) {
	s := newStage(t)
	s.start()
	s.awaitHealth("green")
	second := s.start()
	if code := second.ExitCode(); code != 1 || !strings.Contains(second.Output(), "already another instance") {
		t.Errorf("exit code %d: %s", code, second.Output())
	}
}

func TestEventsWithoutLineAndRoutedElsewhere(t *testing.T) {
	s := newStage(t)
	s.pipeline(`if [kind] == "secret" { drop { } } else if [kind] in ["audit", "access"] { mutate { replace => { "[data_stream][dataset]" => "%{kind}" } } }`, "")
	s.start()
	s.send(s.beat(), []any{map[string]any{"kind": "secret", "n": 1}, map[string]any{"kind": "audit", "n": 2}, map[string]any{"n": 12345678901234567}})
	testkit.Eventually(t, "two documents", func() bool { return len(s.elastic.Documents()) == 2 })
	documents := s.elastic.Documents()
	if documents[0].Index != "logs-audit-default" || documents[1].Index != "logs-kubernetes.container-default" {
		t.Errorf("%s and %s", documents[0].Index, documents[1].Index)
	}
	if fmt.Sprint(documents[0].Source["tags"]) != "[beats_input_raw_event]" {
		t.Errorf("tags %v", documents[0].Source["tags"])
	}
}
