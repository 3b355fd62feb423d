// Wrong configurations, one rule each, with the right sibling that differs in that one place and passes.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"loggingstack.dev/stand-ins/internal/testkit"
)

// refusal is one documented rule. In the file `in`, the text `old` is replaced by `wrong`, which is refused with `want`, or
// by `right`, which passes.
type refusal struct {
	rule, source      string
	in                string
	old, wrong, right string
	want              string
	// version is that of Logstash; 9.4.3 when it is not given.
	version string
	// unset is an environment variable that only the wrong one lacks.
	unset string
}

const (
	yml       = "logstash.yml"
	pipelines = "pipelines.yml"
	conf      = "main.conf"
	more      = "@MORE@"
	filter    = "@FILTER@"
	output    = "@OUTPUT@"
)

// raw writes the templates with one text replaced.
func (s *stage) raw(each refusal, replacement string) {
	values := s.values()
	fill := func(in, template string) string {
		if each.in == in {
			if strings.Count(template, each.old) == 0 {
				s.t.Fatalf("%s: %q is not in %s", each.rule, each.old, in)
			}
			template = strings.Replace(template, each.old, replacement, 1)
		}
		template = testkit.Fill(template, map[string]string{"MORE": "", "FILTER": "", "OUTPUT": ""})
		return testkit.Fill(template, values)
	}
	testkit.WriteFile(s.t, filepath.Join(s.folder, "config", yml), fill(yml, logstashYML))
	testkit.WriteFile(s.t, filepath.Join(s.folder, "config", pipelines), fill(pipelines, pipelinesYML))
	testkit.WriteFile(s.t, filepath.Join(s.folder, "pipeline", conf), fill(conf, pipelineConf))
}

const pipelinesYML = "- pipeline.id: main\n  path.config: @FOLDER@/pipeline/*.conf\n"

// check runs --config.test_and_exit in this process.
func (s *stage) check(version, unset string) (int, string) {
	environment := map[string]string{"ES_API_KEY": apiKey, "LOGSTASH_STAND_IN_VERSION": version, "NODE": "n", "OLD_KEY": s.server.OldKey}
	delete(environment, unset)
	out := bytes.Buffer{}
	code := run(context.Background(), []string{"--path.settings", filepath.Join(s.folder, "config"), "--config.test_and_exit"},
		func(name string) (string, bool) { value, ok := environment[name]; return value, ok }, &out, &out)
	return code, out.String() + messages(out.String())
}

// messages gives the texts of JSON log lines as they were before they were quoted.
func messages(output string) string {
	texts := []string{}
	for line := range strings.Lines(output) {
		entry := map[string]any{}
		if json.Unmarshal([]byte(line), &entry) == nil {
			texts = append(texts, fmt.Sprint(dig(entry, "logEvent", "message")))
		}
	}
	return strings.Join(texts, "\n")
}

func TestRefusals(t *testing.T) {
	s := newStage(t)
	rows := append(append(settingsRefusals, pipelineRefusals...), pluginRefusals...)
	if len(rows) < 30 {
		t.Fatalf("only %d rules", len(rows))
	}
	seen := map[string]bool{}
	for _, each := range rows {
		if seen[each.rule] {
			t.Errorf("%s: twice", each.rule)
		}
		seen[each.rule] = true
		t.Run(each.rule, func(t *testing.T) {
			if each.source == "" {
				t.Error("no source")
			}
			version := each.version
			if version == "" {
				version = "9.4.3"
			}
			s.t = t
			s.raw(each, each.wrong)
			code, out := s.check(version, each.unset)
			if code != 1 || !strings.Contains(out, each.want) {
				t.Errorf("wrong one: exit code %d, want 1 with %q; output:\n%s", code, each.want, out)
			}
			s.raw(each, each.right)
			if code, out := s.check(version, ""); code != 0 || !strings.Contains(out, "Configuration OK") {
				t.Errorf("right sibling: exit code %d; output:\n%s", code, out)
			}
		})
	}
	t.Logf("%d wrong configurations refused", len(rows))
}

// TestReadmeListsEveryRule keeps the table of the README whole.
func TestReadmeListsEveryRule(t *testing.T) {
	content, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, each := range append(append(settingsRefusals, pipelineRefusals...), pluginRefusals...) {
		// The formatter pads the columns.
		if !strings.Contains(strings.Join(strings.Fields(string(content)), " "), "| "+each.rule+" | "+each.source+" |") {
			t.Errorf("the README lacks: | %s | %s |", each.rule, each.source)
		}
	}
}

func TestSettingsOfTheEighthVersionPassThere(t *testing.T) {
	s := newStage(t)
	for name, row := range map[string]refusal{
		"http.host":                    {in: yml, old: "api.http.host: 127.0.0.1", right: "http.host: 127.0.0.1"},
		"cacert":                       {in: conf, old: `ssl_certificate_authorities => ["@ESCA@"]`, right: `cacert => "@ESCA@"`},
		"ssl":                          {in: conf, old: "ssl_enabled => true\n    ssl_certificate =>", right: "ssl => true\n    ssl_certificate =>"},
		"ssl_verify_mode":              {in: conf, old: `ssl_client_authentication => "required"`, right: `ssl_verify_mode => "force_peer"`},
		"ssl_certificate_verification": {in: conf, old: output, right: "ssl_certificate_verification => true"},
	} {
		t.Run(name, func(t *testing.T) {
			s.t = t
			s.raw(row, row.right)
			if code, out := s.check("8.19.8", ""); code != 0 || !strings.Contains(out, "eprecated") {
				t.Errorf("8.19.8 must take it with a deprecation: exit code %d\n%s", code, out)
			}
			if code, _ := s.check("9.4.3", ""); code != 1 {
				t.Errorf("9.4.3 must refuse it: exit code %d", code)
			}
		})
	}
}

func TestSecretsAreNotInRefusals(t *testing.T) {
	s := newStage(t)
	row := refusal{in: conf, old: output, wrong: `password => "very-secret-password-of-nobody" index => "x"`}
	s.raw(row, row.wrong)
	code, out := s.check("9.4.3", "")
	if code != 1 || strings.Contains(out, "very-secret") {
		t.Errorf("exit code %d, output:\n%s", code, out)
	}
}
