// Tests of field references, %{...} texts and what every event has.
package event

import (
	"testing"
	"time"
)

var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

func TestNewEventHasTimestampVersionAndLegalTags(t *testing.T) {
	event := New(map[string]any{"tags": map[string]any{"a": "b"}, "@timestamp": "no time"}, noon)
	if event.Data["@version"] != "1" || event.Data["@timestamp"] != "2026-03-04T12:00:00.000Z" {
		t.Fatalf("got %v", event.Data)
	}
	if _, kept := event.Data["_tags"]; !kept {
		t.Fatalf("illegal tags are not renamed: %v", event.Data)
	}
}

func TestReferencesReachNestedFieldsAndMetadata(t *testing.T) {
	event := New(map[string]any{"@metadata": map[string]any{"beat": "filebeat"}, "list": []any{"x", "y"}}, noon)
	if err := event.Set("[a][b]", "c"); err != nil {
		t.Fatal(err)
	}
	for reference, want := range map[string]any{"[a][b]": "c", "[@metadata][beat]": "filebeat", "[list][1]": "y", "[list][-1]": "y"} {
		if got, ok := event.Get(reference); !ok || got != want {
			t.Errorf("%s: got %v, want %v", reference, got, want)
		}
	}
	if err := event.Set("[a][b][c]", 1); err == nil {
		t.Error("a field below a text was set")
	}
	if _, ok := event.Data["@metadata"]; ok {
		t.Error("metadata stayed in the document")
	}
}

func TestSprintf(t *testing.T) {
	event := New(map[string]any{"a": map[string]any{"b": "c"}, "@timestamp": "2026-03-04T05:06:07.123456789Z"}, noon)
	for format, want := range map[string]string{
		"x-%{[a][b]}": "x-c", "%{none}": "%{none}", "%{+yyyy.MM.dd}": "2026.03.04", "%{@timestamp}": "2026-03-04T05:06:07.123456789Z",
	} {
		if got := event.Sprintf(format); got != want {
			t.Errorf("%s: got %q, want %q", format, got, want)
		}
	}
}

func TestEncodeKeepsBigNumbers(t *testing.T) {
	var data map[string]any
	if err := DecodeJSON([]byte(`{"n":12345678901234567890}`), &data); err != nil {
		t.Fatal(err)
	}
	encoded, err := New(data, noon).Encode()
	if err != nil {
		t.Fatal(err)
	}
	decoded, err := Decode(encoded)
	if err != nil {
		t.Fatal(err)
	}
	if Text(decoded.Data["n"]) != "12345678901234567890" {
		t.Errorf("got %v", decoded.Data["n"])
	}
}

func TestValidReference(t *testing.T) {
	for reference, want := range map[string]bool{"a": true, "[a][b]": true, "[a]b": false, "[a[b]]": false, "": false, "[]": false} {
		if ValidReference(reference) != want {
			t.Errorf("%q: want %v", reference, want)
		}
	}
}
