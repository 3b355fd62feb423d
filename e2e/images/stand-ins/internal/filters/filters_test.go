// Tests of the filters: what they do to an event.
package filters

import (
	"encoding/json"
	"testing"
	"time"

	"loggingstack.dev/stand-ins/internal/event"
	"loggingstack.dev/stand-ins/internal/logging"
	"loggingstack.dev/stand-ins/internal/pipeline"
	"loggingstack.dev/stand-ins/internal/settings"
)

// apply runs one filter, written as in a pipeline, on an event of JSON and gives the fields as JSON.
func apply(t *testing.T, filter, input string) string {
	t.Helper()
	of := settings.New(settings.Version{Text: "9.4.3", Major: 9, Minor: 4})
	tree, err := pipeline.Compile(pipeline.Source{ID: "main", Settings: of, Text: "filter { " + filter + " }"}, nil)
	if err != nil {
		t.Fatalf("%s: %v", filter, err)
	}
	data := map[string]any{}
	if err := event.DecodeJSON([]byte(input), &data); err != nil {
		t.Fatal(err)
	}
	e := event.New(data, time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	made, err := New(tree.Filters[0].Plugin, logging.Discard())
	if err != nil {
		t.Fatalf("%s: %v", filter, err)
	}
	made(e)
	if e.Cancelled {
		return "cancelled"
	}
	delete(e.Data, "@version")
	if e.Data["@timestamp"] == "2026-01-02T03:04:05.000Z" {
		delete(e.Data, "@timestamp")
	}
	encoded, err := json.Marshal(e.Data)
	if err != nil {
		t.Fatal(err)
	}
	return string(encoded)
}

func TestFilters(t *testing.T) {
	for _, row := range []struct{ name, filter, input, want string }{
		{"rename", `mutate { rename => { "[a][b]" => "c" } }`, `{"a":{"b":1}}`, `{"a":{},"c":1}`},
		{"rename of nothing", `mutate { rename => { "x" => "y" } }`, `{"a":1}`, `{"a":1}`},
		{"update only what is there", `mutate { update => { "a" => "new" "b" => "new" } }`, `{"a":1}`, `{"a":"new"}`},
		{"replace makes fields", `mutate { replace => { "[a][b]" => "x-%{c}" } }`, `{"c":"y"}`, `{"a":{"b":"x-y"},"c":"y"}`},
		{"convert", `mutate { convert => { "a" => "integer" "b" => "float" "c" => "boolean" "d" => "string" } }`, `{"a":"1,234","b":"1.5x","c":"yes","d":7}`, `{"a":1234,"b":1.5,"c":true,"d":"7"}`},
		{"convert of a hash fails with a tag", `mutate { convert => { "a" => "integer" } }`, `{"a":{"b":1}}`, `{"a":{"b":1},"tags":["_mutate_error"]}`},
		{"gsub", `mutate { gsub => ["a", "(\d+)", "<\1>"] }`, `{"a":"x1y22"}`, `{"a":"x\u003c1\u003ey\u003c22\u003e"}`},
		{"case and strip", `mutate { uppercase => ["a"] lowercase => ["b"] capitalize => ["c"] strip => ["d"] }`, `{"a":"x","b":"Y","c":"zED","d":" s "}`, `{"a":"X","b":"y","c":"Zed","d":"s"}`},
		{"split and join", `mutate { split => { "a" => "," } join => { "b" => "-" } }`, `{"a":"1,2","b":["x","y"]}`, `{"a":["1","2"],"b":"x-y"}`},
		{"merge", `mutate { merge => { "a" => "b" } }`, `{"a":["1"],"b":"2"}`, `{"a":["1","2"],"b":"2"}`},
		{"copy is deep", `mutate { copy => { "a" => "b" } remove_field => ["[a][x]"] }`, `{"a":{"x":1}}`, `{"a":{},"b":{"x":1}}`},
		{"add and remove", `mutate { add_field => { "n" => "%{a}!" } add_tag => ["t"] remove_field => ["a", "none"] }`, `{"a":"x"}`, `{"n":"x!","tags":["t"]}`},
		{"json to root", `json { source => "message" remove_field => ["message"] }`, `{"message":"{\"a\":12345678901234567890}"}`, `{"a":12345678901234567890}`},
		{"json to target", `json { source => "message" target => "[p][q]" }`, `{"message":"[1]"}`, `{"message":"[1]","p":{"q":[1]}}`},
		{"json that is none", `json { source => "message" }`, `{"message":"{"}`, `{"message":"{","tags":["_jsonparsefailure"]}`},
		{"json that is none, quietly", `json { source => "message" skip_on_invalid_json => true }`, `{"message":"{"}`, `{"message":"{"}`},
		{"json with a bad timestamp", `json { source => "message" }`, `{"message":"{\"@timestamp\":\"x\"}"}`, `{"_@timestamp":"x","message":"{\"@timestamp\":\"x\"}","tags":["_timestampparsefailure"]}`},
		{"date", `date { match => ["time", "yyyy-MM-dd HH:mm:ss", "UNIX"] remove_field => ["time"] }`, `{"time":"2025-06-07 08:09:10"}`, `{"@timestamp":"2025-06-07T08:09:10.000Z"}`},
		{"date with a zone", `date { match => ["time", "ISO8601"] target => "[event][created]" }`, `{"time":"2025-06-07T08:09:10.123+02:00"}`, `{"event":{"created":"2025-06-07T06:09:10.123Z"},"time":"2025-06-07T08:09:10.123+02:00"}`},
		{"date that is none", `date { match => ["time", "UNIX_MS"] }`, `{"time":"noon"}`, `{"tags":["_dateparsefailure"],"time":"noon"}`},
		{"drop", `drop { }`, `{"a":1}`, `cancelled`},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := apply(t, row.filter, row.input); got != row.want {
				t.Errorf("got  %s\nwant %s", got, row.want)
			}
		})
	}
}
